"""Stores, postcodes and companies: what profiles and lines point at."""

from collections.abc import Sequence
from decimal import Decimal, localcontext

from sqlalchemy import bindparam, select, update

from core import records
from core.store.bulk import Row, add, remove, rows_where, table_of, values_where
from core.store.keys import fold, postcode_key
from core.store.people.contacts import CONTACT
from core.store.people.profiles import PLACES, living_at
from core.store.tables.people import Company
from core.store.tables.trade import Postcode, Store, StorePostcode
from core.store.touched import mark_everybody
from core.store.upsert.page_context import PageContext
from core.store.upsert.upsert import compare, store

_STORE = table_of(Store)
STORE_POSTCODE = table_of(StorePostcode)
POSTCODE = table_of(Postcode)
_DEGREE = 10_000_000


def take_stores(intake: PageContext, stores: Sequence[records.Store]) -> None:
    """Store the places where people buy; a changed one concerns everybody who may live near."""
    arrivals = compare(intake, Store, stores, _store)
    areas: dict[int, set[str]] = {}
    for arrival in arrivals:
        telling = [each for each in arrival.records if "postcodes" in each.model_fields_set]
        if telling and isinstance(telling[-1], records.Store):
            arrival.differs = True
            areas[id(arrival)] = {postcode_key(code) for code in telling[-1].postcodes}
    changed = store(intake, Store, arrivals)
    told = {arrival.after["id"]: areas[id(arrival)] for arrival in changed if id(arrival) in areas}
    remove(intake.transaction, STORE_POSTCODE, STORE_POSTCODE.c.store_id, told.keys())
    add(
        intake.transaction,
        STORE_POSTCODE,
        [
            {"store_id": number, "postcode": code}
            for number, codes in told.items()
            for code in sorted(codes - {""})
        ],
    )
    if changed:
        mark_everybody(intake.transaction)


def take_companies(intake: PageContext, companies: Sequence[records.Company]) -> None:
    """Store companies; who works there is chosen and evaluated anew."""
    changed = store(intake, Company, compare(intake, Company, companies, _company))
    concerned = values_where(
        intake.transaction,
        CONTACT.c.profile_id,
        CONTACT.c.company_external_id,
        [arrival.after["external_id"] for arrival in changed],
        CONTACT.c.connection_id == intake.connection_id,
    )
    intake.stale |= concerned
    intake.touched |= concerned


def take_postcodes(intake: PageContext, postcodes: Sequence[records.Postcode]) -> None:
    """Store where postcodes lie; the later arrival wins."""
    wanted: dict[tuple[str, str], Row] = {}
    for record in postcodes:
        place = (record.country.upper(), postcode_key(record.postcode))
        if place in wanted:
            intake.counts["unchanged"] += 1
        wanted[place] = wanted.get(place, {}) | _postcode(record)
    stored = {
        (row["country"], row["postcode"]): row
        for row in rows_where(
            intake.transaction, POSTCODE, POSTCODE.c.postcode, {code for _, code in wanted}
        )
    }
    empty = dict.fromkeys((*PLACES, "latitude", "longitude"))
    new, old = [], []
    for place, columns in wanted.items():
        if place not in stored:
            new.append(empty | columns | {"country": place[0], "postcode": place[1]})
        elif columns.items() - stored[place].items():
            old.append(stored[place] | columns)
    intake.counts["inserted"] += len(new)
    intake.counts["updated"] += len(old)
    intake.counts["unchanged"] += len(wanted) - len(new) - len(old)
    for each in old:
        each["key_postcode"], each["key_country"] = each["postcode"], each["country"]
    if old:
        statement = update(POSTCODE).where(
            POSTCODE.c.postcode == bindparam("key_postcode"),
            POSTCODE.c.country == bindparam("key_country"),
        )
        intake.transaction.execute(statement, old)
    add(intake.transaction, POSTCODE, new)
    if new or old:
        intake.stale |= living_at(intake.transaction, {row["postcode"] for row in (*new, *old)})
        # Where a postcode lies decides who lives near a store.
        if intake.transaction.execute(select(_STORE.c.id).limit(1)).first():
            mark_everybody(intake.transaction)


def _store(record: records.Store, _known: Row) -> Row:
    given = record.model_fields_set
    columns: Row = {"key": fold(record.id)}
    if "title" in given:
        columns |= {
            "title": record.title,
            "title_key": None if record.title is None else fold(record.title),
        }
    if "city" in given:
        columns["city_key"] = None if record.city is None else fold(record.city)
    if "postcode" in given:
        columns["postcode"] = None if record.postcode is None else postcode_key(record.postcode)
    if "country" in given:
        columns["country"] = None if record.country is None else record.country.upper()
    return columns


def _company(record: records.Company, _known: Row) -> Row:
    given = record.model_fields_set
    columns: Row = {"name": record.name} if "name" in given else {}
    for name in {"industry", "size"} & given:
        text = getattr(record, name)
        columns[name] = None if text is None else fold(text)
    if "country" in given:
        columns["country"] = None if record.country is None else record.country.upper()
    return columns


def _postcode(record: records.Postcode) -> Row:
    given = record.model_fields_set
    columns: Row = {name: getattr(record, name) for name in set(PLACES) & given}
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if name in given:
            columns[name] = _degrees(getattr(record, name), limit)
    return columns


def _degrees(angle: Decimal | None, limit: int) -> int | None:
    if angle is None or not angle.is_finite() or abs(angle) > limit:
        return None
    with localcontext(prec=60):
        return int((angle * _DEGREE).to_integral_value())
