"""Catalogues: the targets that a vendor has, found by the names that bindings give them."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.kit.fields import unescaped
from connectors.kit.http.body import Response, dig
from connectors.kit.streams import Declared, Raw
from connectors.kit.writing.batches import KnownTarget, Unwritable
from core.contract import Target
from core.errors import Broken

NEAREST = 3
"""Known names that a message offers."""


def _one_of_them(row: Raw) -> str:  # noqa: ARG001 - every row is one
    return ""


@dataclass(frozen=True)
class Names:
    """The list of a vendor's targets of one kind; read once per push."""

    of: Declared
    name: str = "name"
    """Path of the name in a row. Names are compared unescaped and without regard to case."""
    id: str = "id"
    """Path of its id, as requests name it."""
    create: Callable[[Any, str], Response] | None = None
    """Creates a target that is missing: a function of the connection and the name. An answer that
    refuses it is told. Absent: people create it at the vendor."""
    created: str = ""
    """Path of the id in the answer of `create`; absent: `id`. A text is the id itself."""
    other: Callable[[Raw], str] = _one_of_them
    """Names what a row is instead of such a target, like `a saved segment`; "" for a target."""
    noun: str = ""
    """The vendor's word for such a target; absent: the kind."""
    advice: str = "create it there"
    """How people create one: `create it in Mailchimp (Audience, Settings, Audience fields)`."""


class NameList:
    """The rows of a catalogue by their names."""

    def __init__(self, vendor: str, kind: str, names: Names, rows: Iterable[Raw]) -> None:
        """Read the rows; of two that share a name the first that can be written."""
        self._vendor = vendor
        self._names = names
        self._noun = names.noun or kind
        self._rows: dict[str, Raw] = {}
        self._others: dict[str, str] = {}
        self._known: set[str] = set()
        self._created: dict[str, str] = {}
        for row in rows:
            name = str(unescaped(dig(row, names.name)) or "").strip()
            if what := names.other(row):
                self._others.setdefault(name.casefold(), what)
            elif name:
                self._known.add(name)
                self._rows.setdefault(name.casefold(), row)
                self._rows[name] = row

    def find(self, target: Target) -> KnownTarget | None:
        """The target of a name; None where it is missing and may be created.

        Raises Unwritable where it is something else, or only people can create it.
        """
        name = target.name.strip()
        folded = name.casefold()
        if folded in self._created:
            return KnownTarget(target, self._created[folded])
        row = self._rows.get(name) or self._rows.get(folded)
        if row is not None:
            return KnownTarget(target, str(dig(row, self._names.id)), row)
        if what := self._others.get(folded):
            raise Unwritable(
                f"{self._vendor} has {what} of the name {name!r}; choose another name"
                f"{nearest(name, self._known)}"
            )
        if self._names.create is None:
            raise Unwritable(
                f"{self._vendor} has no {self._noun} {name!r}{nearest(name, self._known)}; "
                f"correct the name, or {self._names.advice}"
            )
        return None

    def created(self, target: Target, answer: Response) -> KnownTarget:
        """The target that an answer to its creation tells; raises Broken where it tells no id."""
        body = answer.json()
        id_ = body if isinstance(body, str) else dig(body, self._names.created or self._names.id)
        if id_ is None:
            raise Broken(f"{answer.where} does not tell the id of the {self._noun} it created")
        self._created[target.name.strip().casefold()] = str(id_)
        return KnownTarget(target, str(id_))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the nearest known names as a question, "" where none is near."""
    folded = {each.casefold(): each for each in sorted(known, reverse=True)}
    found = difflib.get_close_matches(name.casefold(), folded, n=NEAREST)
    return f" (is it {' or '.join(repr(folded[each]) for each in found)}?)" if found else ""


def option_of(text: str, options: Mapping[str, str], lacks: str, advice: str) -> str:
    """Return the option that a text names in whatever case.

    `options`: name -> option. Raises Unwritable with what the field lacks, the nearest option, and
    what to do.
    """
    named = {name.casefold(): option for name, option in options.items()}
    if (found := named.get(text.casefold())) is None:
        raise Unwritable(f"{lacks}{nearest(text, options.values())}; {advice}")
    return found
