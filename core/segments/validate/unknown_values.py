"""Values in rules that neither a vocabulary nor the store knows."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from core.errors import Mistake
from core.mistakes import dotted, unknown
from core.records import NOUNS
from core.segments import rules
from core.segments.compile.counted_rows import where_of
from core.segments.compile.groups import GROUP_NAMES
from core.segments.compile.interests import INTEREST_SOURCES, QUESTIONS, TOPIC_NAMES, answers_to
from core.segments.compile.profile_fields import field_vocabulary
from core.segments.compile.sql.clock import Clock
from core.segments.compile.sql.context import EvaluationContext
from core.segments.compile.sql.vocabulary import StoredValues, Vocabulary
from core.segments.compile.subjects.attributes import STORE_NAMES
from core.segments.compile.subjects.registry import subject_of
from core.segments.definition import Segment
from core.segments.rules import Measured, NamesRule, Rule
from core.segments.rules.conditions import TextComparisons
from core.store.keys import fold
from core.store.shop import Shop

_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)
_STORES = Vocabulary(fold, STORE_NAMES)


def unknown_values(
    segments: Iterable[Segment], shop: Shop, transaction: sa.Connection | None
) -> Iterator[Mistake]:
    """Warnings of unknown values, with the nearest known ones.

    Without a transaction only fixed vocabularies are known. Where the store has no value of an
    attribute, none is unknown. Each column is read once.
    """
    context = EvaluationContext(shop, Clock.at(_ANY_DAY, shop.zone), {}, frozenset(NOUNS))
    known = _KnownWords(transaction)
    for segment in segments:
        sample = segment.sample()
        path = dotted("segments", [segment.name])
        reported: dict[tuple[str, str], Mistake] = {}
        for part in rules.all_rules(sample.rule):
            for name, vocabulary, words in _named(part, context):
                found = known.of(vocabulary) if vocabulary and words else {}
                for word in words if found else ():
                    # The value of a sample is made up.
                    if vocabulary and vocabulary.key(word) not in found and word != sample.value:
                        reported[name, word] = Mistake(path, unknown(name, word, found.values()))
        yield from reported.values()


class _KnownWords:
    """The words of vocabularies; each column of the store is read once."""

    def __init__(self, transaction: sa.Connection | None) -> None:
        self._transaction = transaction
        self._values: dict[StoredValues, list[tuple[str, str]]] = {}

    def of(self, vocabulary: Vocabulary) -> Mapping[str, str]:
        """Every known word by its key."""
        known = {vocabulary.key(word): word for word in vocabulary.fixed}
        for stored in vocabulary.stored:
            for key, shown in self._read(stored):
                known.setdefault(vocabulary.key(key), shown)
        return known

    def _read(self, stored: StoredValues) -> list[tuple[str, str]]:
        if self._transaction is None:
            return []
        if stored not in self._values:
            rows = self._transaction.execute(stored.query())
            self._values[stored] = [(row.key, row.shown) for row in rows]
        return self._values[stored]


Named = tuple[str, Vocabulary | None, tuple[str, ...]]
"""Name of an attribute, its vocabulary, and the words that a rule compares it with."""


def _named(rule: Rule, context: EvaluationContext) -> Iterator[Named]:
    match rule:
        case Measured():
            subject = subject_of(rule, context)
            for name, condition in where_of(rule).items():
                if isinstance(condition, TextComparisons):
                    yield name, subject.attribute(name).vocabulary, _words(condition)
        case rules.FieldRule(field=field):
            words = tuple(filter(_is_name, _words(rule.texts)))
            yield field, field_vocabulary(field, context.shop), words
        case rules.GroupsRule():
            yield "group", GROUP_NAMES, _words(rule)
        case rules.InterestsRule(where=where):
            yield "topic", TOPIC_NAMES, _words(rule)
            yield "source", INTEREST_SOURCES, _words(where.source if where else None)
        case rules.AnswersRule():
            yield "question", QUESTIONS, (rule.answers,)
            yield f"answer to {rule.answers}", answers_to(rule.answers), _words(rule)
        case rules.LivesRule():
            yield "store", _STORES, (rule.store,)


def _is_name(word: str) -> bool:
    """Whether a word is no number, date or flag, which may be any."""
    return word not in {"true", "false"} and any(letter.isalpha() for letter in word)


def _words(compared: TextComparisons | NamesRule | rules.AnswersRule | None) -> tuple[str, ...]:
    """The whole words of comparisons; parts of words may be anything."""
    if compared is None:
        return ()
    words = [compared.is_, compared.is_not, *(compared.in_ or ()), *(compared.not_in or ())]
    if isinstance(compared, NamesRule):
        only = compared.only
        words += [compared.contains, *((only,) if isinstance(only, str) else only or ())]
    return tuple(word for word in words if word is not None)
