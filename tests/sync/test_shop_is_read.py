"""A webshop that goes on selling while it is read: everything is read, in few requests."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.store.tables import CONTACTS, LINES, ORDERS, PRODUCTS, REFUNDS
from sandbox import Sandbox
from sync.hub import Hub, open_hub
from sync.pull import pull
from sync.runs import Run, running
from tests.sandbox_config import write_config

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
PAGE = 100


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(NOW, people=250) as sandbox:
        yield sandbox
        assert sandbox.violations == []


@pytest.fixture
def hub(sandbox: Sandbox, tmp_path: Path) -> Iterator[Hub]:
    with open_hub(write_config(tmp_path, sandbox, {"shop": ""}, ""), sandbox.clock.now) as hub:
        yield hub


def pulled(hub: Hub) -> Run:
    with running(hub, "pull") as run:
        pull(run, ["shop"])
    assert run.errors == []
    return run


def requests(sandbox: Sandbox) -> Counter[str]:
    """Requests since the last look, by their path."""
    seen = Counter(each.path.partition("/v3")[2] for each in sandbox.woocommerce.requests)
    sandbox.woocommerce.requests.clear()
    return seen


def stored(hub: Hub) -> dict[str, str]:
    """Orders of the store and their status."""
    with hub.database.read() as transaction:
        rows = transaction.execute(select(ORDERS.c.external_id, ORDERS.c.status))
        return {row.external_id: row.status for row in rows}


def test_a_shop_that_saves_orders_at_every_request_is_read_once_and_whole(
    sandbox: Sandbox, hub: Hub
) -> None:
    before = {str(number) for number in sandbox.world.orders}
    sandbox.world.saves_per_request = 3
    pulled(hub)
    assert before <= stored(hub).keys()
    sold = len(sandbox.world.orders)
    assert requests(sandbox)["/orders"] <= 1.2 * sold / PAGE + 3
    sandbox.world.saves_per_request = 0
    pulled(hub)
    assert stored(hub).keys() == {str(number) for number in sandbox.world.orders}


def test_an_idle_shop_is_asked_a_handful_of_times(sandbox: Sandbox, hub: Hub) -> None:
    pulled(hub)
    requests(sandbox)
    sandbox.clock.advance(hours=1)
    pulled(hub)
    idle = requests(sandbox)
    assert idle.total() <= 8
    assert idle["/customers"] == 1


def test_every_list_is_asked_for_the_fields_that_are_read(sandbox: Sandbox, hub: Hub) -> None:
    pulled(hub)
    assert all("_fields" in each.query for each in sandbox.woocommerce.requests)
    # No setting reads meta data.
    assert not any("meta_data" in each.query["_fields"] for each in sandbox.woocommerce.requests)


def test_a_first_pull_walks_each_list_once(sandbox: Sandbox, hub: Hub) -> None:
    pulled(hub)
    orders = [each for each in sandbox.woocommerce.requests if each.path.endswith("/orders")]
    read = [each for each in orders if each.query.get("orderby") == "modified"]
    assert len(read) <= 1.2 * -(-len(sandbox.world.orders) // PAGE)
    seen = requests(sandbox)
    assert seen["/customers"] == -(-len(sandbox.world.customers) // PAGE)
    assert not any(path.startswith("/orders/") for path in seen)


@pytest.mark.parametrize("older", [False, True], ids=["newer", "older"])
def test_refunds_and_variations_are_read_from_their_lists_else_per_order_and_product(
    tmp_path: Path, *, older: bool
) -> None:
    with (
        Sandbox(NOW, people=60, older=older) as sandbox,
        open_hub(write_config(tmp_path, sandbox, {"shop": ""}, ""), sandbox.clock.now) as hub,
    ):
        pulled(hub)
        returned = [each for each in sandbox.world.orders.values() if each.refunds]
        with hub.database.read() as transaction:
            assert transaction.scalar(select(func.count()).select_from(REFUNDS)) == sum(
                len(each.refunds) for each in returned
            )
            sizes = [size.id for each in sandbox.world.products for size in each.variations]
            stored = PRODUCTS.c.parent_external_id.is_not(None)
            assert transaction.scalar(
                select(func.count()).select_from(PRODUCTS).where(stored)
            ) == len(sizes)
            known = transaction.execute(
                select(LINES.c.list_price, LINES.c.variant_external_id.is_not(None))
            ).all()
            assert {bool(of_variant) for price, of_variant in known if price} == {True, False}


def test_new_accounts_and_buyers_are_read_at_once_and_the_others_once_a_day(
    sandbox: Sandbox, hub: Hub
) -> None:
    def stated() -> dict[str, str]:
        with hub.database.read() as transaction:
            rows = transaction.execute(select(CONTACTS.c.external_id, CONTACTS.c.stated))
            return {row.external_id: row.stated for row in rows}

    world = sandbox.world
    pulled(hub)
    buyer, quiet, *_ = [each for each in world.customers.values() if each.role == "customer"]
    for moved in (buyer, quiet):
        moved.person = replace(moved.person, city="Elsewhere")
    sandbox.clock.advance(hours=1)
    newcomer = world.welcome(replace(world.people[0], email="new@home.example", registered=True))
    world.place_order(buyer.person, [(world.products[0], 1)])
    pulled(hub)
    account = world.shop.account(newcomer)
    assert account is not None
    known = stated()
    assert str(account.id) in known
    assert "Elsewhere" in known[str(buyer.id)]
    assert "Elsewhere" not in known[str(quiet.id)]
    del world.shop.customers[quiet.id]
    sandbox.clock.advance(days=1)
    pulled(hub)
    assert str(quiet.id) not in stated()


def test_what_no_date_tells_is_found_by_the_look_of_the_next_morning(
    sandbox: Sandbox, hub: Hub
) -> None:
    world = sandbox.world
    pulled(hub)
    assert "trash" not in set(stored(hub).values())
    young = [each for each in world.orders.values() if each.placed_at > NOW - timedelta(days=50)]
    trashed, erased, edited, *_ = [each for each in young if each.valid and not each.refunds]
    refunded = next(each for each in young if each.refunds)
    world.delete_order(trashed)
    world.delete_order(erased, trash=False)
    world.delete_refund(refunded, refunded.refunds[0])
    edited.status = "cancelled"
    looks = ["trash" in each.query.get("status", "") for each in sandbox.woocommerce.requests]
    assert any(looks)
    requests(sandbox)
    # At two in the night of the shop the day before goes on.
    sandbox.clock.turn_to(datetime(2026, 3, 3, 1, 0, tzinfo=UTC))
    pulled(hub)
    assert stored(hub)[str(trashed.id)] != "cancelled"
    sandbox.clock.turn_to(datetime(2026, 3, 3, 2, 30, tzinfo=UTC))
    pulled(hub)
    morning = stored(hub)
    assert (morning[str(trashed.id)], morning[str(edited.id)]) == ("cancelled", "cancelled")
    # One look may miss an order; two say that it is gone.
    assert str(erased.id) in morning
    sandbox.clock.advance(hours=2)
    pulled(hub)
    assert str(erased.id) in stored(hub)
    sandbox.clock.advance(days=1)
    pulled(hub)
    assert str(erased.id) not in stored(hub)
    with hub.database.read() as transaction:
        stored_refunds = transaction.scalar(select(func.count()).select_from(REFUNDS))
    assert stored_refunds == sum(len(each.refunds) for each in world.orders.values())
