"""Messages for unknown words name the nearest known ones."""

import pytest

from core.mistakes import nearest, unknown


@pytest.mark.parametrize(
    ("read", "first"), [("DKR", "DKK"), ("dkk", "DKK"), ("SKE", "SEK"), ("EURO", "EUR")]
)
def test_the_likeliest_word_comes_first(read: str, first: str) -> None:
    assert nearest(read, ["PKR", "LKR", "KRW", "DKK", "SEK", "EUR", "AUD"])[0] == first


def test_nothing_is_near_to_a_word_of_another_kind() -> None:
    assert nearest("zebra", ["DKK", "SEK"]) == ()


def test_no_more_than_three_words_are_offered() -> None:
    assert len(nearest("order", [f"order{number}" for number in range(9)])) == 3


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        (["pull", "push"], 'there is no key "pul"; did you mean "pull"?'),
        (["a", "b"], 'there is no key "pul"; known: "a", "b"'),
        ([], 'there is no key "pul"; none is known'),
        (map(str, range(50)), 'there is no key "pul", and none of the 50 known ones is similar'),
    ],
)
def test_the_sentence_names_what_there_is(known: list[str], sentence: str) -> None:
    assert unknown("key", "pul", known) == sentence
