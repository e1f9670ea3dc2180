"""Recorded samples identify no person, and keep the shape of the real rows."""

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.scaffold.pseudonyms import Pseudonymizer
from sync.scaffold.scrubbing import Scrubber

KEY = b"a key that a test knows"


def scrubbed(*raws: Any, keep: tuple[str, ...] = (), hidden: tuple[str, ...] = ()) -> list[Any]:
    """One list, by a key that never changes."""
    scrubber = Scrubber(keep=keep, hidden=hidden, pseudonymizer=Pseudonymizer(KEY))
    (rows,) = scrubber.scrubbed([("/people", raws)])
    return rows


def one(raw: Mapping[str, Any]) -> Any:
    (row,) = scrubbed(raw)
    return row


HARMLESS = {
    "status": "subscribed",
    "order_status": "on-hold",
    "currency": "DKK",
    "country": "NO",
    "timezone": "Europe/Copenhagen",
    "language": "da-DK",
    "total": "1234567.50",
    "amount": 123456789,
    "quantity": 2,
    "vat_rate": "25",
    "rating": 4.5,
    "subscribed": True,
    "nothing": None,
    "empty": "",
    "tags": [],
    "created_at": "2024-03-02T10:15:00Z",
    "date": "2024-03-02",
    "timestamp": 1_709_374_500,
    "parent_id": 0,
}


@pytest.mark.parametrize(("name", "value"), HARMLESS.items())
def test_impersonal_values_stay(name: str, value: object) -> None:
    assert one({name: value}) == {name: value}


PERSONAL = {
    "email": "Signe.Holm@firma.dk",
    "contact": "signe.holm@firma.dk",
    "phone": "+45 20 11 22 33",
    "mobile": 20112233,
    "x": 20112233,
    "y": "20112233",
    "first_name": "Signebirgitte",
    "kunde": "Signebirgitte Holmegaard",
    "note": "Ring til Signebirgitte efter kl. 17, 20112233",
    "html": "<p>Kære Signebirgitte</p>",
    "street": "Havnegade 3, 2. tv",
    "zip": 8000,
    "postcode": "8000",
    "lat": 56.15,
    "position": 56.162939,
    "birthday": "1988-09-21",
    "born": "21-09-1988",
    "birth_year": 1988,
    "geb": "1988-09-21",
    "child": "2019-02-03T00:00:00Z",
    "cpr": "210988-1234",
    "ip": "87.104.3.12",
    "seen_from": "2a02:aa7:4000::12",
    "link": "https://shop.dk/u/signe?mail=signe.holm%40firma.dk",
    "website": "www.signebirgitte.dk",
    "customer_id": "signe-1988",
    "age": 36,
    "loyalty_number": 4711,
    "status": "Signebirgitte Holmegaard",
    "type": "signe.holm@firma.dk",
    "currency": "tel20112233",
    "gender_note": "was a woman",
    "created_at": "by Signebirgitte",
    "total": "Signebirgitte owes 10",
}


@pytest.mark.parametrize(("name", "value"), PERSONAL.items())
def test_personal_values_are_replaced(name: str, value: object) -> None:
    (found,) = one({name: value}).values()
    assert found != value
    assert type(found) is type(value)
    words = set(re.findall(r"\w{4,}", str(value).casefold()))
    # The scheme of an address and the zeros of midnight tell nothing.
    assert words & set(re.findall(r"\w{4,}", str(found).casefold())) <= {"https"}


SECRET = "Signebirgitte Holmegaard"
ODD_PLACES: dict[str, Any] = {
    "nested": {"a": {"b": [{"c": SECRET}]}},
    "in a list": {"options": ["red", SECRET, [SECRET]]},
    "in a key": {"answers": {SECRET: 3}},
    "in a key by one word": {"answers": {"Signebirgitte": 3}},
    "in a labelled value": {"meta_data": [{"key": "_owner", "value": SECRET}]},
    "in a label": {"fields": [{"name": SECRET, "value": 1}]},
    "in a value that says its type": {"owner": {"type": "STRING", "string_value": SECRET}},
    "in a text of JSON": {"payload": json.dumps({"who": SECRET})},
    "in a path": {"avatar": f"/img/{SECRET}.png"},
    "in an address": {"url": f"https://x.test/{SECRET}?q={SECRET}"},
    "beside a number": {"total": f"{SECRET}: 100.00"},
    "beside a day": {"created_at": f"2024-03-02 {SECRET}"},
    "under the name of a kind": {"status": SECRET},
    "in the row itself": SECRET,
}


@pytest.mark.parametrize("raw", ODD_PLACES.values(), ids=ODD_PLACES)
def test_nobody_hides_in_an_odd_place(raw: Any) -> None:
    written = json.dumps(scrubbed(raw, raw, {"answers": {"yes": 1}}), ensure_ascii=False)
    assert "signebirgitte" not in written.casefold()
    assert "holmegaard" not in written.casefold()


def test_a_name_that_was_seen_elsewhere_is_known_as_one() -> None:
    rows = [
        {"first_name": "Birgitte", "status": "open", "votes": {"birgitte": 1, "yes": 2}},
        {"first_name": "Åse", "status": "birgitte", "votes": {"yes": 1}},
    ]
    assert "birgitte" not in json.dumps(scrubbed(*rows)).casefold()
    assert scrubbed(*rows)[0]["status"] == "open"


def test_keys_that_are_data_are_replaced_and_names_of_fields_are_not() -> None:
    rows = [
        {"id": 1, "points": {"anna": 1, "bo": 2}},
        {"id": 2, "points": {"carla": 1, "dorte": 2}},
        {"id": 3, "points": {"erik": 1}, "returns": [{"id": 9}]},
    ]
    found = scrubbed(*rows)
    assert [set(row) for row in found] == [{"id", "points"}, {"id", "points"}, {*rows[2]}]
    assert not {"anna", "bo", "carla", "dorte", "erik"} & {
        key for row in found for key in row["points"]
    }


def test_words_stay_only_while_there_are_few() -> None:
    assert scrubbed(*({"status": word} for word in ("open", "paid"))) == [
        {"status": "open"},
        {"status": "paid"},
    ]
    many = [{"status": f"word{chr(97 + place)}"} for place in range(20)]
    assert not {row["status"] for row in many} & {row["status"] for row in scrubbed(*many)}


def test_the_same_becomes_the_same_and_ids_still_join() -> None:
    orders = [{"id": 501, "customer_id": 7}, {"id": 502, "customer_id": 8}]
    people = [{"id": 7, "email": "A@x.dk"}, {"id": 8, "email": "b@x.dk", "inviter": " a@x.dk"}]
    scrubber = Scrubber(pseudonymizer=Pseudonymizer(KEY))
    orders, people = scrubber.scrubbed([("/orders", orders), ("/people", people)])
    assert [order["customer_id"] for order in orders] == [person["id"] for person in people]
    assert people[1]["inviter"] == people[0]["email"] != people[1]["email"]
    assert scrubber.id("501") == str(orders[0]["id"])
    assert orders[0]["id"] != 501


def test_ids_that_are_keys_still_join() -> None:
    people: list[Any] = [{"id": number, "interests": {"c0ffee01": True}} for number in range(4)]
    scrubber = Scrubber(pseudonymizer=Pseudonymizer(KEY))
    people, topics = scrubber.scrubbed(
        [("/people", people), ("/interests", [{"id": "c0ffee01", "name": "Cycling"}])]
    )
    assert {tuple(person["interests"]) for person in people} == {(topics[0]["id"],)}
    assert topics[0]["id"] != "c0ffee01"


def test_a_state_is_a_kind_but_where_somebody_lives() -> None:
    assert one({"state": "COMPLETED"}) == {"state": "COMPLETED"}
    assert one({"state": "Midtjylland", "city": "Aarhus", "country": "DK"})["state"] not in (
        "Midtjylland",
        "",
    )


def test_a_field_that_is_named_harmless_stays_but_for_addresses_and_secrets() -> None:
    rows = [
        {"plan": "Gold for riders", "Score 1": 1234567},
        {"plan": "ask ida@firma.dk"},
        {"plan": "the-secret-key"},
    ]
    gold, address, secret = scrubbed(*rows, keep=("plan", "Score 1"), hidden=("the-secret-key",))
    assert gold == {"plan": "Gold for riders", "Score 1": 1234567}
    assert "ida" not in address["plan"]
    assert "secret" not in secret["plan"]


def test_a_secret_is_hidden_even_as_a_single_word() -> None:
    assert scrubbed({"type": "opensesame"}, hidden=("opensesame",)) != [{"type": "opensesame"}]


def test_the_input_is_left_as_it_was() -> None:
    raw = {"name": {"first": "Ida"}, "tags": ["a b"]}
    scrubbed(raw)
    assert raw == {"name": {"first": "Ida"}, "tags": ["a b"]}


def test_without_the_key_nobody_finds_the_way_back() -> None:
    raws = [{"id": 12345, "email": "ida@firma.dk"}]
    first, second = (Scrubber().scrubbed([("/people", raws)]) for _ in range(2))
    assert first != second


LETTERS = "abcdefghijklmnopqrstuvwxyzæøå"
NAMES = st.text(LETTERS, min_size=6, max_size=12).map(lambda each: f"Qx{each}")
PEOPLE = st.one_of(
    st.builds("{} {}".format, NAMES, NAMES),
    st.builds("{}@{}.dk".format, NAMES, st.text("abcxyz", min_size=6, max_size=9)),
    # Digits alone under the name of an amount are an amount.
    st.integers(20_000_000, 99_999_999).map(lambda each: f"+45 {each}"),
)
FIELDS = st.sampled_from([*HARMLESS, *PERSONAL, "a", "Kunde", "custom.x", "data", "value", "key"])


@st.composite
def planted(draw: st.DrawFn) -> tuple[Any, str]:
    """A raw row with personal data, and the person's words."""
    who = draw(PEOPLE)
    raw: Any = who
    for _ in range(draw(st.integers(1, 4))):
        name = draw(FIELDS)
        match draw(st.integers(0, 4)):
            case 0:
                raw = [draw(st.sampled_from([1, None, "other"])), raw]
            case 1 if isinstance(raw, str):
                raw = {raw: draw(st.integers(0, 9))}
            case 2:
                raw = {"key": draw(FIELDS), "value": raw}
            case 3 if isinstance(raw, str):
                raw = {name: f"Hej {raw}, og tak"}
            case _:
                raw = {name: raw, draw(FIELDS): draw(st.sampled_from([7, "open", None]))}
    return raw, who


@given(st.lists(planted(), min_size=1, max_size=5))
def test_nobody_survives_wherever_they_are(rows: list[tuple[Any, str]]) -> None:
    written = json.dumps(scrubbed(*(raw for raw, _ in rows)), ensure_ascii=False).casefold()
    for _, who in rows:
        for part in re.findall(r"[^\W_]{6,}", who.casefold()):
            assert part not in written


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(FIELDS | st.text(), inner),
    max_leaves=12,
)


def shape(value: Any) -> Any:
    """The shape of a value."""
    if isinstance(value, dict):
        return [shape(each) for each in value.values()]
    if isinstance(value, list):
        return [shape(each) for each in value]
    return "number" if isinstance(value, int | float) else type(value)


@given(JSON)
def test_the_shape_of_anything_stays(raw: Any) -> None:
    (found,) = scrubbed(raw)
    assert shape(found) == shape(raw)


@given(st.lists(st.integers(1, 10**9), unique=True, max_size=40))
def test_two_ids_never_become_one(ids: list[int]) -> None:
    found = [row["id"] for row in scrubbed(*({"id": each} for each in ids))]
    assert len(set(found)) == len(ids)
