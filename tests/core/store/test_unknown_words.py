"""A status, a currency or a country that nobody knows is kept as given, counted, never guessed."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.records import Contact, Order, Rate
from core.store.keys import is_country
from core.store.tables import people, trade
from tests.core.store.filled_store import FilledStore

PLACED = datetime(2024, 5, 1, 10, tzinfo=UTC)


def order(name: str, currency: str | None) -> Order:
    return Order(id=name, placed_at=PLACED, currency=currency, total=Decimal(100))


def test_an_amount_in_a_currency_without_a_rate_is_stored_with_an_unknown_value(
    hub: FilledStore,
) -> None:
    counts = hub.take(order("o1", "XTS"), order("o2", "XTS"), order("o3", "DKK"))
    assert counts["no rate for XTS"] == 2
    assert counts["quarantined"] == 0
    stored = hub.order("o1")
    assert (stored["currency"], stored["net"], stored["net_shop"]) == ("XTS", 100 * 10_000, None)
    assert stored["valid"]
    assert hub.order("o3")["net_shop"] == 100 * 10_000


def test_a_rate_that_arrives_later_gives_the_value(hub: FilledStore) -> None:
    hub.take(order("o1", "XTS"))
    counts = hub.take(Rate(currency="XTS", day=PLACED.date(), rate=Decimal(2)))
    assert hub.order("o1")["net_shop"] == 200 * 10_000
    assert not [name for name in counts if name.startswith("no rate")]


@pytest.mark.parametrize("country", ["Danmark", "901", "XQ", "DNK"])
def test_an_unknown_country_is_stored_as_given_and_counted(hub: FilledStore, country: str) -> None:
    counts = hub.take(
        Contact(id="c1", country=country, phone="20 11 22 33"), Contact(id="c2", country="se")
    )
    assert counts["unknown country"] == 1
    profile = hub.row(people.Profile, id=hub.profile_of("c1"))
    assert profile["country"] == country.upper()
    # A number without a country's prefix is not read as of the shop's country instead.
    assert hub.rows(people.Identifier) == []
    assert counts["emptied phone"] == 1


def test_a_contact_without_a_country_is_not_counted(hub: FilledStore) -> None:
    assert hub.take(Contact(id="c1"))["unknown country"] == 0


def test_countries_are_two_letters_in_any_case() -> None:
    assert [is_country(each) for each in ("DK", "no", "Gl", "D", "")] == [True] * 3 + [False] * 2


def test_an_unknown_currency_is_not_stored(hub: FilledStore) -> None:
    with pytest.raises(ValueError, match="currency"):
        order("o1", "kr.")
    assert hub.rows(trade.Order) == []
