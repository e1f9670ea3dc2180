"""A vendor's own fields become fields of a contact, whatever the vendor calls and writes them."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.kit import (
    ABSENT,
    Contact,
    FieldNames,
    NamedField,
    contact_fields,
    custom_forms,
    readable,
)


def told(fields: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Fields of a contact from these values of the vendor."""
    named = {
        name: NamedField(**said) if isinstance(said, dict) else said
        for name, said in fields.items()
    }
    return contact_fields(named, lambda field: values.get(field.name, ABSENT))


def test_a_field_that_the_vendor_does_not_tell_of_is_left_alone() -> None:
    assert told({"city": "TOWN", "gender": "SEX"}, TOWN="Oslo") == {"city": "Oslo"}


def test_a_blank_value_empties_the_field() -> None:
    assert told({"city": "TOWN"}, TOWN="  ") == {"city": None}


@pytest.mark.parametrize(
    ("value", "said", "meant"),
    [
        ("Kvinde", "G", "female"),
        ("M", "G", "male"),
        ("Pige", {"name": "G", "map": {"Pige": "female"}}, "female"),
        ("2", {"name": "G", "map": {"2": "female"}}, "female"),
        (2, {"name": "G", "map": {"2": "female"}}, "female"),
        ("Robot", "G", "robot"),
    ],
)
def test_genders_are_read_in_the_languages_of_our_shops(value: Any, said: Any, meant: str) -> None:
    assert told({"gender": said}, G=value) == {"gender": meant}


@pytest.mark.parametrize(
    ("value", "written", "birthday", "birth_day"),
    [
        ("1981-07-14", None, "1981-07-14", None),
        ("1981-07-14T00:00:00", None, "1981-07-14", None),
        ("7/4", None, None, "07-04"),
        ("07-04", None, None, "07-04"),
        ("29/02", "%d/%m", None, "02-29"),
        ("14-07-81", "%d-%m-%y", date(1981, 7, 14), None),
        ("", None, None, None),
        ("soon", "%d/%m", "soon", None),
    ],
)
def test_a_birthday_may_lack_its_year(
    value: str, written: str | None, birthday: object, birth_day: str | None
) -> None:
    found = told({"birthday": {"name": "B", "format": written}}, B=value)
    assert found == {"birthday": birthday, "birth_day": birth_day}


def test_what_is_no_birthday_is_emptied_and_counted_by_the_contact() -> None:
    contact = Contact(id="1", **told({"birthday": "B"}, B="soon"))
    assert (contact.birthday, contact.emptied) == (None, ("birthday",))


@pytest.mark.parametrize(
    ("value", "more", "meant"),
    [
        ("7", {}, "7"),
        ("7", {"number": True}, Decimal(7)),
        ("seven", {"number": True}, None),
        ("NaN", {"number": True}, None),
        (7, {}, Decimal(7)),
        (True, {}, True),
        ("14.07.1981", {"format": "%d.%m.%Y"}, date(1981, 7, 14)),
        ({"a": 1}, {}, None),
    ],
)
def test_a_custom_field_holds_a_text_a_number_or_a_date(
    value: Any, more: dict[str, Any], meant: object
) -> None:
    assert told({"custom.level": {"name": "L", **more}}, L=value) == {"custom": {"level": meant}}


def test_only_fields_of_a_contact_can_be_filled() -> None:
    with pytest.raises(ValueError, match="no field 'genre'"):
        readable({"genre": "G"})
    assert readable({"address": "A"}, also={"address"})


def test_custom_fields_without_a_number_or_a_date_are_texts() -> None:
    number = NamedField(name="N", number=True)
    fields: FieldNames = {"custom.a": "A", "custom.n": number, "city": "C"}
    assert custom_forms(fields, "any") == {"a": "any", "n": "number"}
