"""Meta data of WooCommerce's extensions are read as fields of a person and of a sale."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.kit import Contact, Network, Order, Window
from connectors.woocommerce import WooCommerce
from connectors.woocommerce.raws import RawOrder, RawProduct
from sandbox.running import WOOCOMMERCE_KEY, WOOCOMMERCE_SECRET, Sandbox
from sandbox.world.facts import Facts

SAMPLES = Path(__file__).parent / "samples" / "woocommerce.json"
SETTINGS = {"url": "https://shop.test", "key": "ck_made_up", "secret": "cs_made_up"}
NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


@pytest.fixture
def raws() -> dict[str, list[dict[str, Any]]]:
    loaded: dict[str, list[dict[str, Any]]] = json.loads(SAMPLES.read_text("utf-8"))
    return loaded


def shop(fields: Any = None, store_meta: str | None = None) -> WooCommerce:
    return WooCommerce.model_validate(
        {**SETTINGS, "fields": fields or {}, "store_meta": store_meta}
    )


def person(notes: Any, fields: Any) -> Contact:
    """A customer with these notes, read with these settings."""
    raw: Any = {
        "id": 9,
        "email": "nils@example.com",
        "first_name": "Nils",
        "billing": {"city": "Ribe"},
        "meta_data": [
            {"id": number, "key": key, "value": value} for number, (key, value) in enumerate(notes)
        ],
    }
    (contact,) = shop(fields).customers(raw)
    return contact


def test_notes_of_the_shop_become_what_a_person_is(raws: Any) -> None:
    fields = {
        "gender": "gender",
        "birthday": {"name": "born", "format": "%d-%m-%Y"},
        "custom.level": "level",
    }
    signe, aage = (next(shop(fields).customers(raw)) for raw in raws["/customers"])
    assert (signe.gender, signe.birthday) == ("female", date(1988, 2, 14))
    assert signe.custom == {"level": "3"}
    assert (aage.gender, aage.birthday, aage.custom) == (None, None, {"level": None})
    assert (signe.emptied, aage.emptied) == ((), ())


def test_nothing_of_the_notes_is_read_unless_a_setting_names_it(raws: Any) -> None:
    signe = next(shop().customers(raws["/customers"][0]))
    assert (signe.gender, signe.birthday, signe.custom) == (None, None, {})
    assert not {"gender", "birthday", "custom"} & signe.model_fields_set


@pytest.mark.parametrize(
    ("written", "format_", "birthday", "birth_day"),
    [
        ("1988-02-14", None, date(1988, 2, 14), None),
        ("1988-02-14T00:00:00", None, date(1988, 2, 14), None),
        ("02-14", None, None, "02-14"),
        ("14/02/1988", "%d/%m/%Y", date(1988, 2, 14), None),
        ("29/02", "%d/%m", None, "02-29"),
        ("  ", None, None, None),
    ],
)
def test_a_birthday_is_read_as_it_is_written(
    written: str, format_: str | None, birthday: date | None, birth_day: str | None
) -> None:
    said = "born" if format_ is None else {"name": "born", "format": format_}
    contact = person([("born", written)], {"birthday": said})
    assert (contact.birthday, contact.birth_day) == (birthday, birth_day)
    assert contact.emptied == ()


@pytest.mark.parametrize("written", ["31-02-1988", "soon", ["1988"], {"year": 1988}, True])
def test_a_birthday_that_cannot_be_read_is_counted(written: Any) -> None:
    assert person([("born", written)], {"birthday": "born"}).emptied == ("birthday",)


@pytest.mark.parametrize(
    ("word", "gender", "emptied"),
    [
        ("Kvinde", "female", ()),
        ("M", "male", ()),
        ("other", "other", ()),
        ("frue", "female", ()),
        ("?", None, ("gender",)),
        (["f"], None, ("gender",)),
    ],
)
def test_a_gender_is_never_guessed(word: Any, gender: str | None, emptied: tuple[str, ...]) -> None:
    fields = {"gender": {"name": "gender", "map": {"frue": "female"}}}
    contact = person([("gender", word)], fields)
    assert (contact.gender, contact.emptied) == (gender, emptied)


def test_a_number_is_a_number_where_the_setting_says_so() -> None:
    fields = {
        "custom.points": {"name": "points", "number": True},
        "custom.size": "size",
        "custom.since": {"name": "since", "format": "%Y%m%d"},
    }
    contact = person([("points", "12.5"), ("size", "43"), ("since", "20240131")], fields)
    assert contact.custom == {
        "points": Decimal("12.5"),
        "size": "43",
        "since": date(2024, 1, 31),
    }
    assert shop(fields).custom_fields() == {"points": "number", "size": "text", "since": "date"}


def test_one_strange_note_does_not_empty_the_others() -> None:
    fields = {
        "custom.points": {"name": "points", "number": True},
        "custom.list": "list",
        "custom.yes": "yes",
        "custom.size": "size",
    }
    notes = [("points", "NaN"), ("list", ["a"]), ("yes", True), ("size", 43)]
    contact = person(notes, fields)
    assert contact.custom == {"points": None, "list": ("a",), "yes": True, "size": 43}
    assert contact.emptied == ()


def test_of_two_notes_under_one_key_the_first_counts() -> None:
    contact = person([("gender", "f"), ("gender", "m")], {"gender": "gender"})
    assert contact.gender == "female"


def test_a_note_is_believed_before_the_address_unless_it_is_blank() -> None:
    fields = {"city": "town", "first_name": "nickname"}
    told = person([("town", "Aarhus"), ("nickname", "")], fields)
    assert (told.city, told.first_name) == ("Aarhus", "Nils")


@pytest.mark.parametrize("name", ["email", "id", "company", "custom.", "sex", "birth_day"])
def test_a_field_that_no_note_can_fill_is_a_mistake(name: str) -> None:
    with pytest.raises(ValidationError, match="a contact has no field"):
        shop({name: "anything"})


junk: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@example("gender", {"": None})
@given(st.sampled_from(["gender", "birthday", "store", "custom.a", "custom.n", "custom.d"]), junk)
def test_whatever_a_note_holds_the_customer_is_loaded(name: str, value: Any) -> None:
    said: Any = {
        "custom.n": {"name": "note", "number": True},
        "custom.d": {"name": "note", "format": "%Y"},
    }.get(name, "note")
    assert person([("note", value)], {name: said}).email == "nils@example.com"


def test_the_store_of_an_order_stands_under_the_key_that_the_setting_names(raws: Any) -> None:
    def store(raw: Any, key: str | None) -> tuple[str | None, tuple[str, ...]]:
        (order,) = shop(None, key).orders(raw)
        return order.store, order.emptied

    web, _, till = raws["/orders"]
    assert store(till, "_store") == ("Aarhus", ())
    assert store(till, None) == (None, ())
    assert store(till, "_shop") == (None, ())
    assert store(web, "_store") == (None, ())
    (note,) = till["meta_data"]
    assert store({**till, "meta_data": [{**note, "value": " "}]}, "_store") == (None, ())
    assert store({**till, "meta_data": [{**note, "value": 4}]}, "_store") == ("4", ())
    assert store({**till, "meta_data": [{**note, "value": ["?"]}]}, "_store") == (None, ("store",))


def test_meta_data_that_a_setting_names_are_fields_of_an_order_or_a_product(raws: Any) -> None:
    notes = {"gift": "yes", "tags": ["a", "b"], "blank": "", "odd": {"a": 1}, "other": "x"}
    meta: Any = {"meta_data": [{"key": key, "value": value} for key, value in notes.items()]}
    keys = ("gift", "tags", "blank", "odd", "never")
    read = WooCommerce.model_validate(SETTINGS | {"order_fields": keys, "product_fields": keys})
    order: Any = {**raws["/orders"][0], **meta}
    product: Any = {**raws["/products"][0], **meta}
    for records in (read.orders(order), read.products(product)):
        (record,) = records
        expected = {"gift": "yes", "tags": ("a", "b"), "blank": None, "never": None}
        assert (record.custom, record.emptied) == (expected, ("custom.odd",))
    for shape in (RawOrder, RawProduct):
        assert "meta_data" in read.fields_of(shape)
        assert "meta_data" not in shop().fields_of(shape)


@pytest.mark.parametrize(
    ("noted", "source", "campaign"),
    [
        ({"utm_source": "newsletter", "utm_campaign": "Spring"}, "newsletter", "Spring"),
        ({"utm_source": "(direct)", "source_type": "typein"}, "direct", None),
        ({"utm_source": "google", "utm_campaign": "(none)"}, "google", None),
        ({"utm_source": ["?"]}, None, None),
        ({}, None, None),
    ],
)
def test_what_led_to_an_order_is_read_where_the_setting_says_so(
    raws: Any, noted: dict[str, Any], source: str | None, campaign: str | None
) -> None:
    raw: Any = {
        **raws["/orders"][0],
        "meta_data": [
            {"key": f"_wc_order_attribution_{key}", "value": value} for key, value in noted.items()
        ],
    }
    (order,) = WooCommerce.model_validate(SETTINGS | {"attribution": True}).orders(raw)
    assert (order.source, order.campaign) == (source, campaign)
    (order,) = shop().orders(raw)
    assert not {"source", "campaign", "custom"} & order.model_fields_set


def test_the_sandboxs_notes_are_read_as_its_world_knows_them() -> None:
    with Sandbox(NOW, people=150) as sandbox:
        host = sandbox.shop_url.removeprefix("http://")
        connector = WooCommerce.model_validate(
            {
                "url": sandbox.shop_url,
                "key": WOOCOMMERCE_KEY,
                "secret": WOOCOMMERCE_SECRET,
                "store_meta": "_store",
                "fields": {"gender": "gender", "birthday": "birthday"},
            }
        ).through(Network(frozenset({host})))
        window = Window(until=NOW)
        told = {
            record.email.lower(): (record.gender, record.birthday)
            for page in connector.read("customers", window)
            for record in page.records
            if isinstance(record, Contact) and record.email
        }
        stores = {
            record.id: record.store
            for page in connector.read("orders", window)
            for record in page.records
            if isinstance(record, Order)
        }
        facts = Facts(sandbox.world, shop_notes=True).everybody
        noted = {
            customer.person.email.lower(): customer.meta
            for customer in sandbox.world.customers.values()
        }
        assert told == {
            email: (
                facts[email].gender if "gender" in meta else None,
                facts[email].born if "birthday" in meta else None,
            )
            for email, meta in noted.items()
        }
        assert {gender for gender, _ in told.values()} >= {"female", "male", None}
        bought_at = {str(order.id): order.store for order in sandbox.world.orders.values()}
        assert stores.items() <= bought_at.items()
        assert len(set(stores.values())) > 2
