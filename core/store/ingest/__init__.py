"""Store one page: records, rejects and position, in the caller's transaction."""

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
from core.store.behaviour.facts import FACT_COLUMNS, take_facts
from core.store.behaviour.messages import take_events, take_messages
from core.store.behaviour.priced import take_carts, take_deals
from core.store.checkpoints import Reading
from core.store.database import store_alone
from core.store.ingest import losses, quarantine
from core.store.ingest.deletion import erase_contacts, release_bare, sweep, take_deletions
from core.store.keys import external_id
from core.store.people import profiles
from core.store.people.buyers import fill_bare
from core.store.people.consent import apply_pending_consents, take_consents
from core.store.people.contacts import take_contacts
from core.store.people.reassign import rejoin
from core.store.people.suppression import without_suppressed
from core.store.shop import Shop
from core.store.touched import mark
from core.store.trade import rates
from core.store.trade.coupons import take_discounts
from core.store.trade.orders import take_orders
from core.store.trade.places import take_companies, take_postcodes, take_stores
from core.store.trade.products import take_categories, take_products
from core.store.trade.purchases import derive_again
from core.store.trade.refunds import take_refunds
from core.store.upsert.page_context import PageContext
from core.store.upsert.timestamps import instant

Counts = Counter[str]
"""Outcomes of a page's rows.

fetched = inserted + updated + unchanged + quarantined + suppressed.

Each record and each reject counts once. A `Deleted` counts as updated where something was
deleted, else as unchanged. Beside them `deleted` rows, and notes such as `emptied email`.
"""
_OUTCOMES = ("inserted", "updated", "unchanged", "quarantined", "suppressed", "deleted")


def save(
    transaction: Connection, shop: Shop, reading: Reading, page: Page, now: datetime
) -> Counts:
    """Store one page and move the checkpoint.

    A page of a backfill moves no checkpoint, and proves no row to be deleted.
    Raises Unavailable where another read of the stream has begun meanwhile.
    """
    if now.tzinfo is None:
        raise ValueError("the present instant needs a zone")
    # First, so that two reads of one stream wait for each other here and nowhere else.
    # A page of which no row loads leads nowhere: a first read of such pages begins anew.
    cursor = page.cursor if page.records else None
    checkpoints.advance(transaction, reading, cursor, page.state)
    store_alone(transaction)
    if not reading.live:
        page = replace(page, whole=False)
    context = PageContext(transaction, shop, reading, page, now)
    context.counts.update(dict.fromkeys(_OUTCOMES, 0))
    context.counts["fetched"] = len(page.records) + len(page.rejects)
    context.counts["quarantined"] = len(page.rejects)
    context.counts.update(page.notes)
    accepted, suppressed = without_suppressed(context, page.records)
    erase_contacts(context, suppressed)
    _take(context, accepted)
    if page.whole:
        sweep(context)
    quarantine.release_loaded(context, accepted)
    _finish(context)
    losses.record(context)
    return context.counts


def _take(context: PageContext, accepted: Sequence[Record]) -> None:
    first, by_noun, last = _split(context, accepted)
    take_deletions(context, first)
    for noun, take in HANDLERS.items():
        if by_noun[noun]:
            take(context, by_noun[noun])
    take_deletions(context, last)


def _split(
    context: PageContext, accepted: Sequence[Record]
) -> tuple[list[records.Deleted], dict[type[Record], list[Record]], list[records.Deleted]]:
    """Split a page into deletions that a later record overrides, records, and other deletions.

    A record before a deletion of the same row that is not newer counts as unchanged.
    """
    deletions = [
        (place, each) for place, each in enumerate(accepted) if isinstance(each, records.Deleted)
    ]
    by_noun: dict[type[Record], list[Record]] = defaultdict(list)
    latest: dict[tuple[str, str], tuple[int, records.Deleted]] = {
        (each.noun, each.id): (place, each) for place, each in deletions
    }
    overridden: set[tuple[str, str]] = set()
    for place, record in enumerate(accepted):
        if isinstance(record, records.Deleted):
            continue
        # Rows need to be told apart only where one of them is deleted.
        if latest and (key := (type(record).__name__, external_id(record))) in latest:
            where, deletion = latest[key]
            if place < where and not _is_newer(context, record, deletion):
                context.counts["unchanged"] += 1
                continue
            overridden.add(key)
        by_noun[type(record)].append(record)
    first = [each for _, each in deletions if (each.noun, each.id) in overridden]
    last = [each for _, each in deletions if (each.noun, each.id) not in overridden]
    return first, by_noun, last


def _is_newer(context: PageContext, record: Record, deletion: records.Deleted) -> bool:
    zone = context.shop.zone
    at = instant(getattr(record, "updated_at", None), zone)
    return at is not None and at > (instant(deletion.at, zone) or context.now)


def _finish(context: PageContext) -> None:
    release_bare(context)
    fill_bare(context, context.billed)
    rejoin(context)
    changed = profiles.choose_fields(context.transaction, context.shop, context.stale)
    quarantine.add(context, [*context.page.rejects, *context.rejects])
    if context.page.whole:
        quarantine.release(context)
    mark(context.transaction, context.touched | changed, context.new_rows)


def _contacts(context: PageContext, contacts: Sequence[records.Contact]) -> None:
    take_contacts(context, contacts)
    context.touched |= apply_pending_consents(context.transaction, context.rejoin)
    rejoin(context)


def _products(context: PageContext, products: Sequence[records.Product]) -> None:
    derive_again(context, take_products(context, products))


def _rates(context: PageContext, arriving: Sequence[records.Rate]) -> None:
    changed = rates.take_rates(context, arriving)
    derive_again(context, rates.affected_orders(context.transaction, changed))
    rates.reconvert(context, changed)


def _messages(context: PageContext, messages: Sequence[records.Message]) -> None:
    take_consents(context, take_messages(context, messages), counted=False)


def _events(context: PageContext, events: Sequence[records.MessageEvent]) -> None:
    take_consents(context, take_events(context, events), counted=False)


def _simple(noun: type[Record]) -> Callable[[PageContext, Sequence[Record]], object]:
    model, fill = FACT_COLUMNS[noun]
    return lambda context, facts: take_facts(context, model, facts, fill)


HANDLERS: Mapping[type[Record], Callable[[PageContext, Any], object]] = {
    records.Rate: _rates,
    records.Postcode: take_postcodes,
    records.Company: take_companies,
    records.Category: take_categories,
    records.Product: _products,
    records.Store: take_stores,
    records.Contact: _contacts,
    records.Message: _messages,
    records.Order: take_orders,
    records.Refund: take_refunds,
    records.Discount: take_discounts,
    records.Consent: take_consents,
    records.MessageEvent: _events,
    records.Deal: take_deals,
    records.Cart: take_carts,
    **{noun: _simple(noun) for noun in FACT_COLUMNS},
}
"""The handler of each noun, in an order in which most references resolve at once."""
