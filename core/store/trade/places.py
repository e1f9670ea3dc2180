"""Stores, postcodes and companies."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, localcontext
from functools import partial

from sqlalchemy import bindparam, select, update

from core import records
from core.store.bulk import (
    Row,
    delete_ids,
    delete_where,
    insert_rows,
    pieces,
    rows_where,
    values_where,
)
from core.store.keys import country_key, fold, postcode_key
from core.store.money import stated_amount
from core.store.people.gazetteer import add_places
from core.store.people.profiles import POSTCODE_FIELDS, living_at
from core.store.tables import COMPANIES, CONTACTS, POSTCODES, PROFILES, STORE_AREAS, STORES
from core.store.tables.people import Company
from core.store.tables.places import Store
from core.store.touched import mark_everybody
from core.store.upsert import compare, store
from core.store.upsert.custom import (
    custom_changes,
    delete_custom,
    merged,
    with_custom,
    write_custom,
)
from core.store.upsert.page_context import PageContext

_DEGREE = 10_000_000


def take_stores(context: PageContext, stores: Sequence[records.Store]) -> None:
    """Store the places where people buy; a changed one touches everybody, who may live near."""
    changes = compare(context, Store, stores, _store)
    areas: dict[int, set[str]] = {}
    for change in changes:
        stating = [each for each in change.records if "postcodes" in each.model_fields_set]
        if stating and isinstance(stating[-1], records.Store):
            change.differs = True
            areas[id(change)] = {postcode_key(code) for code in stating[-1].postcodes}
    changed = store(context, Store, changes)
    if context.shop.places:
        countries = {change.after["country"] or context.shop.country for change in changed}
        add_places(context.transaction, {country for country in countries if country})
    stated = {change.after["id"]: areas[id(change)] for change in changed if id(change) in areas}
    delete_where(context.transaction, STORE_AREAS, STORE_AREAS.c.store_id, stated.keys())
    rows = [
        {"store_id": number, "postcode": code}
        for number, codes in stated.items()
        for code in sorted(codes - {""})
    ]
    insert_rows(context.transaction, STORE_AREAS, rows)
    if changed:
        mark_everybody(context.transaction)


def take_companies(context: PageContext, companies: Sequence[records.Company]) -> None:
    """Store companies; choose and evaluate their people again."""
    changes = compare(context, Company, companies, partial(_company, context))
    changed = store(context, Company, changes)
    write_custom(context.transaction, COMPANIES, custom_changes(changed))
    affected = values_where(
        context.transaction, CONTACTS.c.profile_id, CONTACTS.c.company_external_id,
        [change.after["external_id"] for change in changed],
        CONTACTS.c.connection_id == context.connection_id,
    )  # fmt: skip
    context.stale |= affected
    context.touched |= affected


def take_postcodes(context: PageContext, postcodes: Sequence[records.Postcode]) -> None:
    """Store the places of postcodes; the last one wins."""
    wanted: dict[tuple[str, str], Row] = {}
    for record in postcodes:
        place = (country_key(record.country), postcode_key(record.postcode))
        if place in wanted:
            context.counts["unchanged"] += 1
        wanted[place] = wanted.get(place, {}) | _postcode(record)
    stored = {
        (row["country"], row["postcode"]): row
        for row in rows_where(
            context.transaction, POSTCODES, POSTCODES.c.postcode, {code for _, code in wanted}
        )
    }
    empty = dict.fromkeys((*POSTCODE_FIELDS, "city_key", "latitude", "longitude"))
    new, old = [], []
    for place, columns in wanted.items():
        if place not in stored:
            new.append(empty | columns | {"country": place[0], "postcode": place[1]})
        elif columns.items() - stored[place].items():
            old.append(stored[place] | columns)
    context.counts["inserted"] += len(new)
    context.counts["updated"] += len(old)
    context.counts["unchanged"] += len(wanted) - len(new) - len(old)
    for each in old:
        each["key_postcode"], each["key_country"] = each["postcode"], each["country"]
    if old:
        statement = update(POSTCODES).where(
            POSTCODES.c.postcode == bindparam("key_postcode"),
            POSTCODES.c.country == bindparam("key_country"),
        )
        context.transaction.execute(statement, old)
    insert_rows(context.transaction, POSTCODES, new)
    if new or old:
        context.stale |= living_at(context.transaction, {row["postcode"] for row in (*new, *old)})
        # The place of a postcode decides who lives near a store.
        if context.transaction.execute(select(STORES.c.id).limit(1)).first():
            mark_everybody(context.transaction)


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
        columns["country"] = None if record.country is None else country_key(record.country)
    return columns


_COMPANY_AS_STATED = frozenset(
    {"name", "number", "industry", "size", "employees", "founded", "region", "city", "postcode"}
)
_COMPANY_KEYS: Mapping[str, tuple[str, Callable[[str], str]]] = {
    "name": ("name_key", fold),
    "number": ("number_key", fold),
    "industry": ("industry_key", fold),
    "size": ("size_key", fold),
    "country": ("country", country_key),
    "region": ("region_key", fold),
    "city": ("city_key", fold),
    "postcode": ("postcode_key", postcode_key),
}
"""Field -> its column that rules compare with, and how a text is written there."""


def _company(context: PageContext, record: records.Company, known: Row) -> Row:
    given = record.model_fields_set
    columns: Row = {name: getattr(record, name) for name in _COMPANY_AS_STATED & given}
    for name in _COMPANY_KEYS.keys() & given:
        column, key = _COMPANY_KEYS[name]
        text = getattr(record, name)
        columns[column] = None if text is None else key(text)
    if "revenue" in given:
        columns["revenue"] = stated_amount(record.revenue)
    if "custom" in given:
        columns["custom"] = merged(context, record.custom, known["custom"])
    return columns


def _postcode(record: records.Postcode) -> Row:
    given = record.model_fields_set
    columns: Row = {name: getattr(record, name) for name in set(POSTCODE_FIELDS) & given}
    if "city" in given:
        columns["city_key"] = None if record.city is None else fold(record.city)
    for name, limit in (("latitude", 90), ("longitude", 180)):
        if name in given:
            columns[name] = _degrees(getattr(record, name), limit)
    return columns


def _degrees(angle: Decimal | None, limit: int) -> int | None:
    if angle is None or not angle.is_finite() or abs(angle) > limit:
        return None
    with localcontext(prec=60):
        return int((angle * _DEGREE).to_integral_value())


def delete_stores(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete stores with their areas."""
    ids = [row["id"] for row in rows]
    delete_where(context.transaction, STORE_AREAS, STORE_AREAS.c.store_id, ids)
    delete_ids(context.transaction, STORES, ids)
    mark_everybody(context.transaction)


def delete_companies(context: PageContext, rows: Sequence[Row]) -> None:
    """Delete companies; their people are chosen and evaluated again."""
    ids = [row["id"] for row in rows]
    staff = values_where(context.transaction, PROFILES.c.id, PROFILES.c.company_id, ids)
    for piece in pieces(ids):
        context.transaction.execute(
            update(PROFILES).where(PROFILES.c.company_id.in_(piece)).values(company_id=None)
        )
    delete_custom(context.transaction, COMPANIES, with_custom(rows))
    delete_ids(context.transaction, COMPANIES, ids)
    context.stale |= staff
    context.touched |= staff
