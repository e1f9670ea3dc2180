"""Each vendor's refusals name the missing permission, and where it is granted."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from connectors.heyloyalty import Heyloyalty
from connectors.kit import (
    Broken,
    Change,
    HubError,
    Misconfigured,
    RestSource,
    Target,
    Unauthorized,
    Unavailable,
    Window,
)
from connectors.kit.testing import FakeClock
from connectors.mailchimp import Mailchimp
from connectors.square import Square
from connectors.woocommerce import WooCommerce
from tests.connectors.kit.good import Fair

EVER = Window(until=datetime(2100, 1, 1, tzinfo=UTC))
SOURCES: dict[str, tuple[type[RestSource], dict[str, Any]]] = {
    "orders": (WooCommerce, {"url": "https://shop.test", "key": "ck", "secret": "cs"}),
    "catalog": (Square, {"token": "made-up-token"}),
    "people": (Fair, {}),
}
NEWS: dict[str, Any] = {"api_key": "made-up-key-us1", "audience": "a1b2c3"}
CLUB: dict[str, Any] = {"api_key": "made-up-key", "api_secret": "made-up", "list": 7001}


@pytest.fixture
def network() -> Iterator[respx.Route]:
    with respx.mock() as router:
        yield router.route()


def connected(kind: type[RestSource], settings: dict[str, Any]) -> RestSource:
    source = kind(**settings)
    source._clock = FakeClock()
    return source


def refused(network: respx.Route, stream: str, status: int, body: Any) -> HubError:
    """The error that a refusal of the first request becomes."""
    network.respond(status, json=body)
    source = connected(*SOURCES.get(stream) or ((Mailchimp, NEWS)))
    with pytest.raises(HubError) as error:
        list(source.read(stream, EVER))
    return error.value


def said(code: str) -> dict[str, Any]:
    return {"code": code, "message": "Beklager, ann@example.com.", "data": {"status": 401}}


def square(code: str) -> dict[str, Any]:
    return {"errors": [{"category": "AUTHENTICATION_ERROR", "code": code, "detail": "No."}]}


@pytest.mark.parametrize(
    ("stream", "status", "body", "kind", "words"),
    [
        ("orders", 401, said("woocommerce_rest_cannot_view"), Unauthorized,
         ["the permission Read;", "WooCommerce, Settings, Advanced, REST API", "Authorization"]),
        ("orders", 403, said("woocommerce_rest_authentication_error"), Unauthorized,
         ["the credential is refused", "the permission Read;"]),
        ("orders", 401, said("something_else"), Unauthorized, ["the credential is refused"]),
        ("orders", 401, [], Unauthorized, ["the credential is refused"]),
        ("orders", 404, said("rest_no_route"), Misconfigured,
         ["url: https://shop.test has no wp-json/wc/v3", "Permalinks", "still has that API"]),
        ("orders", 410, said("gone"), Broken, ["perhaps with its version", "newer version"]),
        ("catalog", 403, square("INSUFFICIENT_SCOPES"), Unauthorized,
         ["lacks the permission ITEMS_READ", "developer.squareup.com"]),
        ("catalog", 403, square("FORBIDDEN"), Unauthorized,
         ["lacks the permission ITEMS_READ", "developer.squareup.com"]),
        ("catalog", 401, square("UNAUTHORIZED"), Unauthorized, ["the token is refused", "sandbox"]),
        ("catalog", 401, square("ACCESS_TOKEN_REVOKED"), Unauthorized, ["expired or was revoked"]),
        ("catalog", 400, square("INVALID_SQUARE_VERSION_FORMAT"), Misconfigured,
         ["version: Square does not speak 2025-08-20", "release notes"]),
        ("catalog", 410, square("GONE"), Misconfigured, ["version: Square does not speak"]),
        ("members", 401, {"title": "API Key Invalid"}, Unauthorized,
         ["not known in its data centre", "Mailchimp, Account, Extras, API keys"]),
        ("members", 403, {"title": "Forbidden"}, Unauthorized,
         ["the role Manager or Admin", "Mailchimp, Account, Settings, Users"]),
        ("members", 410, {"title": "Gone"}, Broken, ["perhaps with its version"]),
        ("people", 403, {}, Unauthorized, ["give it the rights that this connector needs"]),
        ("people", 410, {}, Broken, ["answered 410", "newer version of the connector"]),
    ],
)  # fmt: skip
def test_a_refusal_says_what_to_do(
    network: respx.Route, stream: str, status: int, body: Any, kind: type[HubError],
    words: list[str],
) -> None:  # fmt: skip
    error = refused(network, stream, status, body)
    assert type(error) is kind
    assert [each for each in words if each not in str(error)] == []
    assert "ann@example.com" not in str(error)
    assert network.call_count == 1


def test_a_key_that_may_only_read_is_told_when_it_writes(network: respx.Route) -> None:
    network.respond(401, json=said("woocommerce_rest_cannot_batch"))
    shop = WooCommerce(**SOURCES["orders"][1])
    with pytest.raises(Unauthorized, match="lacks the permission Read/Write; grant it"):
        list(shop.push([Change(Target("tag", "Loyal"), "7", "yes")]))


def test_a_page_for_a_wrong_address_is_no_api(network: respx.Route) -> None:
    network.respond(404, html="<html>Page not found</html>")
    with pytest.raises(Misconfigured, match=r"url: https://shop.test has no wp-json/wc/v3"):
        list(connected(*SOURCES["orders"]).read("orders", EVER))


@pytest.mark.parametrize("status", [401, 403])
def test_a_signature_that_is_refused_may_be_the_clocks_fault(
    network: respx.Route, status: int
) -> None:
    network.respond(status)
    with pytest.raises(Unauthorized, match=r"Heyloyalty \(Account, API\).*clock right"):
        list(connected(Heyloyalty, CLUB).read("members", EVER))


class Napping(Fair):
    """Has a vendor who says in its own way that it is too busy."""

    def meaning_of(self, answer: Any) -> HubError | None:
        """A teapot has to be asked again."""
        return Unavailable("a teapot") if answer.status == 418 else None


def test_a_refusal_that_means_later_is_sent_again_and_then_left_to_the_next_run(
    network: respx.Route,
) -> None:
    good = httpx.Response(200, json=[{"id": 1, "mail": "ida@x.test"}])
    network.mock(side_effect=[httpx.Response(418), httpx.Response(418), good])
    (page,) = connected(Napping, {}).read("people", EVER)
    assert len(page.records) == 1
    network.mock(side_effect=None, return_value=httpx.Response(418))
    with pytest.raises(Unavailable, match="answered 418: a teapot; the next run tries again"):
        list(connected(Napping, {}).read("people", EVER))
