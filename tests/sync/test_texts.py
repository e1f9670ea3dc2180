"""Every language has all texts."""

from datetime import date
from string import Formatter

import pytest

from sync.texts import Language, Texts, sentences

OTHERS = [each for each in Language if each is not Language.english]


def blanks(sentence: str) -> set[str]:
    """The names of what is filled into a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_sentences(language: Language) -> None:
    assert sentences(language).keys() == sentences(Language.english).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_fills_the_same_blanks(language: Language) -> None:
    different = [
        key
        for key, sentence in sentences(language).items()
        if blanks(sentence) != blanks(sentences(Language.english)[key])
    ]
    assert different == []


@pytest.mark.parametrize("language", Language)
def test_no_sentence_is_empty_or_begins_or_ends_with_a_blank(language: Language) -> None:
    wrong = [
        key
        for key, sentence in sentences(language).items()
        if not sentence or (sentence != sentence.strip() and key != "numbers.thousands")
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "number", "day"),
    [
        (Language.english, "1,234,567", "9 March 2026"),
        (Language.danish, "1.234.567", "9. marts 2026"),
        (Language.norwegian, "1\u00a0234\u00a0567", "9. mars 2026"),
        (Language.swedish, "1\u00a0234\u00a0567", "9 mars 2026"),
    ],
)
def test_numbers_and_dates_are_written_as_people_write_them(
    language: Language, number: str, day: str
) -> None:
    texts = Texts(language)
    assert texts.number(1_234_567) == number
    assert texts.date(date(2026, 3, 9)) == day


def test_a_sentence_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"demo\.nothing"):
        Texts(Language.english).say("demo.nothing")
