"""Writable contacts: consent by address, channel, list and source."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from core.audience.binding import Bindings
from core.audience.reach import reachable, still_writable, writable
from core.contract import Connector
from core.store.bulk import table_of
from core.store.database import Database
from core.store.tables.people import Contact, Identifier
from tests.core.audience.seeded_shop import LOYAL, NOW, VIP, SeededShop, Tool, bound, tag

YES, NO = {"granted": True}, {"granted": False}
TICKED, BLANK = YES | {"permission": True}, YES | {"permission": False}
LIST: dict[str, Any] = {"list": "list"}
COMPLAINT: dict[str, Any] = {"reason": "complaint"}
OTHERS: dict[str, Any] = {"list": "of the shop", "source": "shop"}

CASES: list[tuple[str, list[dict[str, Any]], bool]] = [
    ("nothing was said", [], False),
    ("the channel was granted", [YES], True),
    ("the list was granted", [YES | LIST], True),
    ("another list was granted", [YES | {"list": "other"}], False),
    ("the list was granted somewhere else", [YES | LIST | {"source": "shop"}], False),
    ("the channel was granted somewhere else", [YES | {"source": "shop"}], True),
    ("another channel was granted", [YES | {"channel": "ads"}], False),
    ("the channel was granted and the list withdrawn", [YES, NO | LIST], False),
    ("the list was withdrawn and the channel granted later", [NO | LIST, YES], False),
    ("another list was withdrawn", [YES, NO | {"list": "other"}], True),
    ("the channel was withdrawn after the list was granted", [YES | LIST, NO], False),
    ("the list was granted after the channel was withdrawn", [NO, YES | LIST], True),
    ("another source withdrew before the grant", [NO | {"source": "shop"}, YES], False),
    ("another source withdrew and granted", [
        YES, NO | {"source": "shop"}, YES | {"source": "shop"}], True),
    ("another source withdrew the channel and granted a list of its own later", [
        YES | LIST, NO | {"source": "shop"}, YES | OTHERS], True),
    ("another source granted a list of its own and then withdrew the channel", [
        YES | LIST, YES | OTHERS, NO | {"source": "shop"}], False),
    ("another source complained and then granted a list of its own", [
        YES | LIST, NO | COMPLAINT | {"source": "shop"}, YES | OTHERS], True),
    ("another source withdrew and the list was granted here later", [
        NO | {"source": "shop"}, YES | LIST], False),
    ("channel and list were withdrawn and another list granted later", [
        YES | {"source": "shop"}, NO, NO | LIST, YES | {"list": "other"}], False),
    ("there was a complaint about another list", [YES, NO | COMPLAINT | {"list": "other"}], False),
    ("the list was granted with the permission beside it", [TICKED | LIST], True),
    ("the list was granted without the permission beside it", [BLANK | LIST], False),
    ("a grant without permission stands beside one of the channel", [BLANK | LIST, YES | OTHERS, YES
        | {"source": "shop"}], True),
    ("the channel was withdrawn before a grant without permission", [
        YES | {"source": "shop"}, NO, BLANK | LIST], False),
    ("there was a complaint and then a grant", [
        NO | COMPLAINT | {"list": "other"}, YES | LIST], True),
]  # fmt: skip


def may(seeded: SeededShop, requires: str = "email") -> set[str]:
    contact = table_of(Contact)
    with seeded.database.read() as transaction:
        condition = writable(seeded.tool, seeded.connection, requires)  # type: ignore[arg-type]
        return set(transaction.scalars(select(contact.c.external_id).where(condition)))


@pytest.mark.parametrize(("statements", "allowed"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])  # fmt: skip
def test_the_newest_statement_of_each_source_decides(
    database: Database, statements: list[dict[str, Any]], allowed: bool
) -> None:
    seeded = SeededShop(database)
    sources = {"news": seeded.connection, "shop": seeded.other("shop")}
    seeded.person("ann", consent=False)
    for number, statement in enumerate(statements):
        statement_fields = dict(statement)
        source = sources[statement_fields.pop("source", "news")]
        seeded.says(
            "ann", at=NOW + timedelta(seconds=number), connection_id=source, **statement_fields
        )
    assert (may(seeded) == {"ann"}) is allowed
    assert may(seeded, "none") == {"ann"}
    with database.read() as transaction:
        now = still_writable(transaction, seeded.tool, seeded.connection, "email", {"ann", "bo"})
    assert (set(now) == {"ann"}) is allowed


def test_an_address_is_allowed_or_not_for_itself(database: Database) -> None:
    seeded = SeededShop(database)
    seeded.people("ann", "bo")
    seeded.says("bo", granted=False, at=NOW)
    assert may(seeded) == {"ann"}


def test_consent_to_a_further_address_permits_nothing_at_the_main_one(database: Database) -> None:
    seeded = SeededShop(database)
    seeded.person("ann", consent=False)
    with database.transaction() as transaction:
        further = {"kind": "email", "value": "further@example.com", "names": "", "main": False}
        row = {"contact_id": seeded.contacts["ann"], **further}
        transaction.execute(insert(table_of(Identifier)).values(row))
    seeded.says("ann", granted=True, value="further@example.com")
    assert may(seeded) == set()


def test_nothing_is_written_to_a_contact_that_was_merged_into_another(database: Database) -> None:
    seeded = SeededShop(database)
    seeded.people("ann", "bo")
    with database.transaction() as transaction:
        contact = table_of(Contact)
        merge = update(contact).where(contact.c.external_id == "ann").values(merged_into="bo")
        transaction.execute(merge)
    assert may(seeded, "none") == {"bo"}


@pytest.mark.parametrize(
    ("channel", "allowed"), [("post", {"ann"}), ("push", {"ann"}), ("whatsapp", set())]
)
def test_a_channel_needs_consent_of_its_own_for_an_address_that_it_uses(
    database: Database, channel: str, allowed: set[str]
) -> None:
    seeded = SeededShop(database)
    seeded.people("ann", "bo")
    assert may(seeded, channel) == set()
    seeded.says("ann", channel=channel, granted=True)
    assert may(seeded, channel) == allowed


def test_a_grant_by_another_source_lifts_nothing(database: Database) -> None:
    seeded = SeededShop(database)
    seeded.people("ann", "bo")
    seeded.says("ann", granted=False, reason="bounce", at=NOW)
    seeded.says("bo", granted=True, at=NOW + timedelta(hours=1), **LIST)
    seeded.segment("free", "ann", "bo")
    assert may(seeded) == {"bo"}
    with database.read() as transaction:
        assert reachable(transaction, {}) == {"free": 1}


@dataclass(frozen=True)
class Configured:
    """A connection of a config."""

    connector: Connector
    push: Bindings | None


def test_reachable_members_have_a_permitted_address_at_a_bound_destination(
    database: Database,
) -> None:
    seeded = SeededShop(database)
    seeded.people("ann", "bo")
    seeded.person("eva", status="unsubscribed")
    seeded.person("ib", consent=False)
    for name in ("loyal", "fans:lego", "free"):
        seeded.segment(name, "ann", "bo", "eva", "ib")
    seeded.segment("empty")
    seeded.leave("loyal", "bo")
    stanza = bound(tag("loyal"), tag("fans", VIP))
    connections: Mapping[str, Configured] = {"news": Configured(seeded.tool, stanza)}
    with database.read() as transaction:
        assert reachable(transaction, connections) == {"loyal": 1, "fans:lego": 2, "free": 3}


def test_a_grant_after_a_withdrawal_of_all_email_makes_reachable_again(
    database: Database,
) -> None:
    seeded = SeededShop(database)
    seeded.people("ann", "bo")
    for name in ("ann", "bo"):
        seeded.says(name, granted=False, at=NOW)
    seeded.says("bo", granted=True, at=NOW + timedelta(hours=1), **LIST)
    seeded.segment("free", "ann", "bo")
    assert may(seeded) == {"bo"}
    with database.read() as transaction:
        assert reachable(transaction, {}) == {"free": 1}


def test_nobody_is_reachable_at_a_destination_that_was_never_read(database: Database) -> None:
    seeded = SeededShop(database)
    seeded.people("ann")
    seeded.segment("loyal", "ann")
    connections = {"new": Configured(Tool(), Bindings("new", (tag("loyal", LOYAL),)))}
    with database.read() as transaction:
        assert reachable(transaction, connections) == {}
