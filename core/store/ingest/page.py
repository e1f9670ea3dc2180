"""One page into the store: records, rejects and position, in the caller's transaction."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core import records
from core.contract import Page
from core.records import Record
from core.store import checkpoints
from core.store.bulk import change, table_of
from core.store.checkpoints import Reading
from core.store.connections import connection_names
from core.store.database import store_alone
from core.store.ingest import quarantine
from core.store.ingest.deletion import release_bare, take_deletions
from core.store.ingest.facts import SIMPLE, take_deals, take_facts, worth
from core.store.ingest.messages import take_events, take_messages
from core.store.ingest.sweep import sweep
from core.store.people import profiles
from core.store.people.consent import carry, take_consents
from core.store.people.contacts import take_contacts
from core.store.people.forget import forget
from core.store.people.reassign import rejoin
from core.store.shop import Shop
from core.store.suppression import kept_out
from core.store.tables.behaviour import Deal
from core.store.touched import mark
from core.store.trade import rates
from core.store.trade.categories import take_categories
from core.store.trade.coupons import take_discounts
from core.store.trade.orders import take_orders, take_refunds
from core.store.trade.places import take_companies, take_postcodes, take_stores
from core.store.trade.products import take_products
from core.store.trade.settle import settle
from core.store.upsert.external_ids import external_id
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant

Counts = Counter[str]
"""What became of a page's rows.

fetched = inserted + updated + unchanged + quarantined + suppressed.

Each record and each reject counts once. A `Deleted` counts as updated where something was
deleted, else as unchanged. Beside them `deleted` rows, and notes such as `emptied email`.
"""
_OUTCOMES = ("inserted", "updated", "unchanged", "quarantined", "suppressed", "deleted")


def save(
    transaction: Connection, shop: Shop, reading: Reading, page: Page, now: datetime
) -> Counts:
    """Store one page and move the checkpoint; all of it, or with the transaction nothing.

    A page of a backfill moves no checkpoint, and nothing is gone because it does not show it.
    Raises Unavailable where another read of the stream has begun meanwhile.
    """
    if now.tzinfo is None:
        raise ValueError("the present instant needs a zone")
    # First, so that two readers of one stream wait for each other here and nowhere else.
    checkpoints.advance(transaction, reading, page.cursor, page.state)
    store_alone(transaction)
    if not reading.live:
        page = replace(page, whole=False)
    name = connection_names(transaction)[reading.connection_id]
    intake = PageContext(transaction, shop, reading, page, now, name)
    intake.counts.update(dict.fromkeys(_OUTCOMES, 0))
    intake.counts["fetched"] = len(page.records) + len(page.rejects)
    intake.counts["quarantined"] = len(page.rejects)
    intake.counts.update(page.notes)
    intake.counts.update(f"emptied {field}" for record in page.records for field in record.emptied)
    welcome, unwanted = kept_out(intake, page.records)
    forget(intake, unwanted)
    _take(intake, welcome)
    if page.whole:
        sweep(intake)
    _finish(intake)
    return intake.counts


def _take(intake: PageContext, welcome: Sequence[Record]) -> None:
    first, by_noun, last = _sorted(intake, welcome)
    take_deletions(intake, first)
    for noun, take in _TAKE.items():
        if by_noun[noun]:
            take(intake, by_noun[noun])
    take_deletions(intake, last)


def _sorted(
    intake: PageContext, welcome: Sequence[Record]
) -> tuple[list[records.Deleted], dict[type[Record], list[Record]], list[records.Deleted]]:
    """Deletions that a later record of the page follows; records; the other deletions.

    What stands before a deletion of the same row, and is not newer, is unchanged.
    """
    deletions = [
        (place, each) for place, each in enumerate(welcome) if isinstance(each, records.Deleted)
    ]
    by_noun: dict[type[Record], list[Record]] = defaultdict(list)
    latest: dict[tuple[str, str], tuple[int, records.Deleted]] = {
        (each.noun, each.id): (place, each) for place, each in deletions
    }
    followed: set[tuple[str, str]] = set()
    for place, record in enumerate(welcome):
        if isinstance(record, records.Deleted):
            continue
        # Only where something is deleted it matters which row is which.
        if latest and (key := (type(record).__name__, external_id(record))) in latest:
            where, deletion = latest[key]
            if place < where and not _is_newer(intake, record, deletion):
                intake.counts["unchanged"] += 1
                continue
            followed.add(key)
        by_noun[type(record)].append(record)
    first = [each for _, each in deletions if (each.noun, each.id) in followed]
    last = [each for _, each in deletions if (each.noun, each.id) not in followed]
    return first, by_noun, last


def _is_newer(intake: PageContext, record: Record, deletion: records.Deleted) -> bool:
    zone = intake.shop.zone
    at = instant(getattr(record, "updated_at", None), zone)
    return at is not None and at > (instant(deletion.at, zone) or intake.now)


def _finish(intake: PageContext) -> None:
    release_bare(intake)
    changed = profiles.choose(intake.transaction, intake.shop, intake.stale)
    quarantine.lock_up(intake, [*intake.page.rejects, *intake.rejects])
    if intake.page.whole:
        quarantine.release(intake)
    mark(intake.transaction, intake.touched | changed)


def _contacts(intake: PageContext, contacts: Sequence[records.Contact]) -> None:
    take_contacts(intake, contacts)
    intake.touched |= carry(intake.transaction, intake.rejoin)
    rejoin(intake)


def _products(intake: PageContext, products: Sequence[records.Product]) -> None:
    settle(intake, take_products(intake, products))


def _rates(intake: PageContext, arriving: Sequence[records.Rate]) -> None:
    changed = rates.take_rates(intake, arriving)
    settle(intake, rates.orders_concerned(intake.transaction, changed))
    deals = rates.deals_concerned(intake.transaction, changed)
    worth(intake.transaction, intake.shop, deals)
    change(intake.transaction, table_of(Deal), deals)
    intake.touched |= {deal["profile_id"] for deal in deals}


def _events(intake: PageContext, events: Sequence[records.MessageEvent]) -> None:
    take_consents(intake, take_events(intake, events), counted=False)


def _simple(noun: type[Record]) -> Callable[[PageContext, Sequence[Record]], object]:
    model, fill = SIMPLE[noun]
    return lambda intake, facts: take_facts(intake, model, facts, fill)


_TAKE: Mapping[type[Record], Callable[[PageContext, Any], object]] = {
    records.Rate: _rates,
    records.Postcode: take_postcodes,
    records.Company: take_companies,
    records.Category: take_categories,
    records.Product: _products,
    records.Store: take_stores,
    records.Contact: _contacts,
    records.Message: take_messages,
    records.Order: take_orders,
    records.Refund: take_refunds,
    records.Discount: take_discounts,
    records.Consent: take_consents,
    records.MessageEvent: _events,
    records.Deal: take_deals,
    **{noun: _simple(noun) for noun in SIMPLE},
}
"""Each noun's way into the store, in an order that lets most things meet at once."""
