"""Meta, held against the suite and its vendor's description."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
import respx

from connectors.kit import Change, Misconfigured, Outcome, Target, Unauthorized, Unavailable
from connectors.kit.testing import Description, DestinationContract, FakeSystem, Person, Written
from connectors.meta import Meta

SETTINGS = {"account": "7001", "token": "a-token"}
VIPS = Target("audience", "VIP")


def hashed(address: str) -> str:
    return sha256(address.encode()).hexdigest()


class Audiences(FakeSystem):
    """Audiences of an ad account; a session's number is drawn anew each time."""

    @classmethod
    def person(cls, number: int) -> Person:
        """Somebody whose key is no number that a session may hold."""
        return Person(f"profile {number}", f"person{number}@example.com")

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Rows that it does not know are taken as well as others."""
        known = any(each.key in self.refused for each in self.named(request))
        return super().answer(request) if known else httpx.Response(200, json={"num_received": 1})

    def written(self) -> list[Written]:
        """Requests that write, their sessions without the number."""
        found = super().written()
        for each in found:
            if "session" in (each.body or {}):
                del each.body["session"]["session_id"]
        return found


def users(*rows: list[str]) -> dict[str, Any]:
    """The body of a request that names these rows."""
    return {
        "payload": {"schema": ["EMAIL", "PHONE"], "data": list(rows)},
        "session": {"batch_seq": 1, "last_batch_flag": True, "estimated_num_total": len(rows)},
    }


FIRST = [hashed("person1@example.com"), ""]


class TestWriting(DestinationContract):
    connector = Meta
    settings = SETTINGS
    fake = Audiences
    writes = {
        (VIPS, "yes"): [Written("POST", "/501/users", users(FIRST))],
        (VIPS, None): [Written("DELETE", "/501/users", users(FIRST))],
    }

    @pytest.fixture
    def description(self, description_of: Callable[[str], Description]) -> Description:
        return description_of("meta")

    @pytest.mark.parametrize(
        ("code", "error", "said"),
        [
            (190, Unauthorized, "make a new one in Business settings"),
            (200, Unauthorized, "grant it ads_management for the ad account 7001"),
            (2650, Unauthorized, "accept Meta's terms"),
            (2635, Misconfigured, "has ended v26.0"),
            (1, Unavailable, "the error is unknown"),
            (2, Unavailable, "the service is down"),
        ],
    )
    def test_an_error_says_what_to_do(
        self, destination: Meta, api: Audiences, code: int, error: type[Exception], said: str
    ) -> None:
        api.outage = httpx.Response(400, json={"error": {"message": "(#1) no", "code": code}})
        with pytest.raises(error, match=said):
            list(destination.push(self.adding(*api.welcome(1))))

    def test_a_throttled_account_is_left_alone_as_long_as_it_says(
        self, destination: Meta, api: Audiences
    ) -> None:
        usage = '{"7001": [{"type": "custom_audience", "estimated_time_to_regain_access": 19}]}'
        api.outage = httpx.Response(
            400, json={"error": {"code": 80003}}, headers={"X-Business-Use-Case-Usage": usage}
        )
        with pytest.raises(Unavailable) as error:
            list(destination.push(self.adding(*api.welcome(1))))
        assert error.value.not_before == destination._clock.now() + timedelta(minutes=19)

    @pytest.mark.parametrize("usage", ["", "{", "[1]", '{"7001": [{}]}', '{"7001": null}'])
    def test_a_throttled_account_that_names_no_time_is_tried_later(
        self, destination: Meta, api: Audiences, usage: str
    ) -> None:
        api.outage = httpx.Response(
            400, json={"error": {"code": 80003}}, headers={"X-Business-Use-Case-Usage": usage}
        )
        with pytest.raises(Unavailable) as error:
            list(destination.push(self.adding(*api.welcome(1))))
        assert error.value.not_before is None

    def test_an_error_in_a_good_answer_is_no_success(
        self, destination: Meta, api: Audiences
    ) -> None:
        api.outage = httpx.Response(200, json={"error": {"code": 100, "message": "no schema"}})
        (outcome,) = destination.push(self.adding(*api.welcome(1)))
        assert (outcome.result, "no schema" in outcome.reason) == ("rejected", True)

    @pytest.mark.parametrize("subcode", [33, 1713230])
    def test_an_audience_that_is_gone_or_blocked_costs_one_request_and_is_tried_again(
        self, destination: Meta, api: Audiences, subcode: int
    ) -> None:
        error = {"code": 100, "error_subcode": subcode, "error_user_msg": "Appeal, or look for it"}
        destination.begin_push()
        outcomes: list[Outcome] = []
        for _ in range(2):
            changes = self.adding(*api.welcome(9))
            api.outage = httpx.Response(400, json={"error": error})
            outcomes += destination.push(changes)
        assert {(each.result, each.passing) for each in outcomes} == {("rejected", True)}
        assert "Appeal, or look for it" in outcomes[0].reason
        assert (len(outcomes), len(api.written())) == (18, 1)

    @pytest.mark.parametrize(
        ("invalid", "result"),
        [(2, "applied"), ("3", "rejected"), (None, "applied"), ("x", "applied")],
    )
    def test_hashes_that_cannot_be_read_are_counted(
        self, destination: Meta, api: Audiences, invalid: Any, result: str
    ) -> None:
        changes = self.adding(*api.welcome(3))
        api.outage = httpx.Response(200, json={"num_invalid_entries": invalid})
        outcomes = list(destination.push(changes))
        assert {each.result for each in outcomes} == {result}
        told = [each.reason for each in outcomes if "hash that Meta could not read" in each.reason]
        assert len(told) == (int(invalid) if invalid in (2, "3") else 0)

    def test_a_secret_of_the_app_is_proved_with_every_request(
        self, destination: Meta, api: Audiences
    ) -> None:
        settings = {"account": "7001", "token": "access-token", "app_secret": "app-secret"}
        proved = Meta(**settings)
        proved._clock = destination._clock
        list(proved.push(self.adding(*api.welcome(1))))
        proofs = {each.url.params.get("appsecret_proof") for each in api.requests}
        assert proofs == {"dbf9c72b4c8f56924f8e07138f6d465c69cb5c9dbca908ce1403e993e1a5f799"}

    def test_people_of_several_addresses_fill_more_than_one_request(
        self, destination: Meta, api: Audiences
    ) -> None:
        rows = tuple({"EMAIL": f"{number:064x}"} for number in range(25_000))
        list(destination.push([Change(VIPS, "1", "x", add=rows)]))
        sizes = [len(each.body["payload"]["data"]) for each in api.written()]
        sessions = [each.body["session"] for each in api.written()]
        assert sizes == [10_000, 10_000, 5_000]
        assert [(each["batch_seq"], each["last_batch_flag"]) for each in sessions] == [
            (1, False), (2, False), (3, True),
        ]  # fmt: skip

    def test_an_address_that_changed_is_taken_out_and_its_new_one_put_in(
        self, destination: Meta, api: Audiences
    ) -> None:
        change = Change(VIPS, "1", "x", add=({"EMAIL": "b" * 64},), remove=({"EMAIL": "a" * 64},))
        assert [each.result for each in destination.push([change])] == ["applied"]
        assert [(each.method, each.body["payload"]["data"]) for each in api.written()] == [
            ("DELETE", [["a" * 64, ""]]), ("POST", [["b" * 64, ""]]),
        ]  # fmt: skip

    def test_an_audience_of_another_type_is_refused_by_name(
        self, destination: Meta, respx_mock: respx.MockRouter
    ) -> None:
        row = {"id": "9", "name": "VIP", "subtype": "LOOKALIKE"}
        respx_mock.get(path__regex="customaudiences").respond(json={"data": [row]})
        change = Change(VIPS, "1", "x", add=({"EMAIL": "b" * 64},))
        (outcome,) = destination.push([change])
        assert outcome.result == "rejected"
        assert "an audience of the type LOOKALIKE" in outcome.reason
