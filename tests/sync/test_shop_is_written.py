"""A webshop as source and destination: its meta data decides the segments and carries them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config import load
from core.errors import Misconfigured, Unauthorized
from sandbox import Sandbox
from sandbox.world.facts import Facts, months
from sync.cli.commands.check import check
from sync.cli.commands.pipeline import run_once
from sync.hub import Hub, open_hub
from sync.runs import Run, running
from tests.sandbox_config import write_config

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
SHOP = """
store_meta = "_store"
fields = { gender = "gender", birthday = "birthday" }
[connections.shop.push.tags]
women = "segment_women"
aarhus = "segment_aarhus"
[connections.shop.push.fields]
segments = "segments"
"""
SEGMENTS = """
[segments.women]
recipe = "gender"
is = "female"
[segments.aarhus]
recipe = "store_customers"
store = "Aarhus"
within = "12 months"
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(NOW, people=250) as sandbox:
        # The lists know people's gender too, and are not read here.
        sandbox.world.list.members.clear()
        sandbox.world.club.members.clear()
        yield sandbox
        assert sandbox.violations == []


@pytest.fixture
def hub(sandbox: Sandbox, tmp_path: Path) -> Iterator[Hub]:
    config = write_config(tmp_path, sandbox, {"shop": SHOP}, SEGMENTS)
    with open_hub(config, sandbox.clock.now) as hub:
        yield hub


def ran(hub: Hub) -> Run:
    with running(hub, "run") as run:
        run_once(run)
    assert run.errors == []
    return run


def carrying(sandbox: Sandbox, key: str, value: str) -> set[str]:
    return {
        customer.person.email.lower()
        for customer in sandbox.world.customers.values()
        if value in str(customer.meta.get(key, "")).split(",")
    }


def test_accounts_carry_what_the_shops_own_notes_say(sandbox: Sandbox, hub: Hub) -> None:
    ran(hub)
    facts = Facts(sandbox.world, shop_notes=True)
    with_account = {each.person.email.lower() for each in sandbox.world.customers.values()}
    women = facts.who(lambda each: each.gender == "female") & with_account
    aarhus = with_account & facts.who(
        lambda each: any(
            order.store == "Aarhus" and facts.within(order.placed_at, months(12))
            for order in each.orders
        )
    )
    assert women
    assert aarhus
    assert carrying(sandbox, "segment_women", "yes") == women
    assert carrying(sandbox, "segment_aarhus", "yes") == aarhus
    assert carrying(sandbox, "segments", "women") == women
    written = [each for each in sandbox.woocommerce.requests if each.method == "POST"]
    people = {row["id"] for each in written for row in each.body["update"]}
    assert len(written) == -(-len(people) // 100)


def test_a_second_run_writes_nothing(sandbox: Sandbox, hub: Hub) -> None:
    ran(hub)
    written = [each for each in sandbox.woocommerce.requests if each.method == "POST"]
    assert written
    ran(hub)
    assert [each for each in sandbox.woocommerce.requests if each.method == "POST"] == written


def test_a_first_push_walks_all_customers_once(sandbox: Sandbox, hub: Hub) -> None:
    ran(hub)
    scans = [
        each
        for each in sandbox.woocommerce.requests
        if each.path.endswith("/customers") and each.query.get("_fields") == "id,meta_data"
    ]
    assert len(scans) == -(-len(sandbox.world.customers) // 100)


def test_a_key_that_may_only_read_is_found_by_a_live_check(
    sandbox: Sandbox, hub: Hub, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(hub.config.path, live=True) == 0
    assert "reached connections.shop.push" in capsys.readouterr().out
    sandbox.shop.may_write = False
    assert check(hub.config.path, live=True) == Unauthorized.exit_code
    shown = capsys.readouterr()
    assert "reached connections.shop\n" in shown.out
    assert "lacks the permission Read/Write" in shown.err
    assert "connections.shop.push" in shown.err


@pytest.mark.parametrize("key", ["wc_last_active", "_hidden", "billing_email"])
def test_a_key_that_the_shop_keeps_for_itself_is_refused_when_the_config_is_read(
    sandbox: Sandbox, tmp_path: Path, key: str
) -> None:
    stanza = f'[connections.shop.push.tags]\nwomen = "{key}"\n'
    with pytest.raises(Misconfigured, match=f"connections.shop.push.tags.{key}.*choose another"):
        load(write_config(tmp_path, sandbox, {"shop": stanza}, SEGMENTS), {})
