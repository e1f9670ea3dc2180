"""In which order and in what pieces the moves of a plan are sent."""

from collections.abc import Iterator

import pytest

from core.audience import spool as module
from core.audience.spool import PlannedChange, Spool


@pytest.fixture
def spool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Spool]:
    """Two tags and a field for five people, in small pieces."""
    monkeypatch.setattr(module, "CHUNK_SIZE", 4)
    with Spool() as spool:
        for binding_index, is_field in ((0, False), (1, True), (2, False)):
            spool.add((change(binding_index, key) for key in "edcba"), is_field=is_field)
        spool.add([PlannedChange(0, "forget", "z", None, None, None)], is_field=False)
        yield spool


def change(binding_index: int, key: str) -> PlannedChange:
    return PlannedChange(binding_index, "enter", key, "yes", None, None)


def sent(chunks: Iterator[list[PlannedChange]]) -> list[list[str]]:
    return [[f"{each.key}{each.binding_index}" for each in chunk] for chunk in chunks]


def test_tags_are_sent_one_by_one_and_then_fields_by_person(spool: Spool) -> None:
    assert sent(spool.to_send()) == [
        ["e0", "d0", "c0", "b0"], ["a0", "e2", "d2", "c2"], ["b2", "a2"],
        ["a1", "b1", "c1", "d1"], ["e1"],
    ]  # fmt: skip


def test_where_requests_carry_one_person_nobody_is_torn_apart(spool: Spool) -> None:
    assert sent(spool.to_send(by_person=True)) == [
        ["a0", "a1", "a2", "b0", "b1", "b2"], ["c0", "c1", "c2", "d0", "d1", "d2"],
        ["e0", "e1", "e2"],
    ]  # fmt: skip
    whole = sent(spool.to_send(by_person=True, people_at_once=2))
    assert [len(chunk) for chunk in whole] == [12, 3]


def test_an_empty_spool_sends_nothing() -> None:
    with Spool() as spool:
        assert list(spool.to_send(by_person=True)) == list(spool.to_send()) == []
