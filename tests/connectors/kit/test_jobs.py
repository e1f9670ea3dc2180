"""Changes that go in as jobs: what is pending, what is lost, and what a state tells."""

from collections.abc import Mapping

import httpx
import pytest
import respx

from connectors.kit import (
    NOT_ON_THE_LIST,
    Batch,
    Broken,
    Change,
    JobLost,
    Jobs,
    Outcome,
    PerPerson,
    Response,
    Target,
)

CHANGES = [Change(Target("field", "note"), key, "a") for key in ("1", "2", "3")]


class Pool(Jobs):
    """Imports fields at night."""

    kind = "pool"
    base_url = "https://pool.test"
    batch = {"field": PerPerson(1000)}
    handles = {"field": "import.id"}
    job = "/imports/{job}"

    def gating_lists(self) -> tuple[str, ...]:
        return ()

    def write(self, batch: Batch) -> Response:
        return self.send("POST", "/imports", json=[*batch.people])

    def done(self, state: Response, job: str) -> Mapping[str, str] | None:  # noqa: ARG002
        if state.part("status") == "dropped":
            raise JobLost
        refused: Mapping[str, str] | None = state.part("refused")
        return refused


def resolved(status: int, state: object) -> list[Outcome]:
    with respx.mock:
        respx.get("https://pool.test/imports/7").mock(httpx.Response(status, json=state))
        return list(Pool().resolve("7", CHANGES))


def test_a_batch_is_pending_under_the_handle_of_its_job() -> None:
    with respx.mock:
        respx.post("https://pool.test/imports").mock(
            httpx.Response(202, json={"import": {"id": 7}})
        )
        outcomes = list(Pool().push(CHANGES))
    assert [(each.result, each.handle) for each in outcomes] == [("pending", "7")] * 3
    assert Pool().cost(CHANGES).requests == 2


def test_an_answer_without_a_handle_is_no_job() -> None:
    with respx.mock, pytest.raises(Broken, match="does not name the job"):
        respx.post("https://pool.test/imports").mock(httpx.Response(202, json={"import": {}}))
        list(Pool().push(CHANGES))


def test_a_state_tells_of_everybody() -> None:
    refused = {"1": NOT_ON_THE_LIST, "2": "ann@example.com is too long", "9": "nobody asked"}
    assert [(each.result, each.reason) for each in resolved(200, {"refused": refused})] == [
        ("skipped", NOT_ON_THE_LIST), ("rejected", "… is too long"), ("applied", ""),
    ]  # fmt: skip
    assert [each.result for each in resolved(200, {"refused": None})] == ["pending"] * 3


@pytest.mark.parametrize(("status", "state"), [(404, {}), (410, {}), (200, {"status": "dropped"})])
def test_a_job_that_is_forgotten_or_dropped_is_lost(status: int, state: object) -> None:
    assert resolved(status, state) == []
