"""Stanzas of files in a config, and the messages for their mistakes."""

import json
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from connectors.csv import Csv
from connectors.csv.kinds import PLURALS
from connectors.kit import NOUNS, Misconfigured
from tests.connectors.csv.delimited import Folder


def test_every_noun_has_a_stanza() -> None:
    assert set(PLURALS.values()) == set(NOUNS)
    assert set(Csv.model_fields) == {"folder", "statuses", *PLURALS}
    assert {"list_members", "message_events", "categories", "children", "companies"} <= set(PLURALS)


@pytest.mark.parametrize("stanza", sorted(PLURALS))
def test_a_stanza_asks_for_what_its_record_cannot_be_without(folder: Folder, stanza: str) -> None:
    noun = NOUNS[PLURALS[stanza]]
    required = {name for name, field in noun.model_fields.items() if field.is_required()}
    with pytest.raises(ValidationError) as raised:
        folder.source(f'[{stanza}]\nfiles = ["x.csv"]')
    assert {each["loc"] for each in raised.value.errors()} == {(stanza, name) for name in required}


def test_streams_come_in_the_order_in_which_they_are_best_read(folder: Folder) -> None:
    source = folder.source(
        """
        [orders]
        files = ["o.csv"]
        id = "nr"
        placed_at = "at"
        [contacts]
        files = ["c.csv"]
        id = "nr"
        [interests]
        files = ["i.csv"]
        contact = "nr"
        [products]
        files = ["p.csv"]
        id = "nr"
        """
    )
    assert [(each.name, each.nouns) for each in source.streams()] == [
        ("products", ("Product",)),
        ("contacts", ("Contact",)),
        ("orders", ("Order",)),
        ("interests", ("Interest",)),
    ]


@pytest.mark.parametrize(
    ("said", "place", "message"),
    [
        ('titel = "x"', "products.titel", "Extra inputs"),
        ('title = { colum = "x" }', "products.title.colum", "Extra inputs"),
        ("title = {}", "products.title", "exactly one of column, columns, value, row"),
        ('title = { column = "x", row = true }', "products.title", "exactly one of"),
        ("title = 7", "products.title", "valid dictionary"),
        ('title = { column = "x", number = true }', "products.title", "`number` is for numbers"),
        ('title = { column = "x", format = "%Y" }', "products.title", "`format` is for dates"),
        ('title = { column = "x", split = "," }', "products.title", "`split` is for several"),
        ('updated_at = { column = "x", format = "%q" }', "products.updated_at", "bad directive"),
        ('updated_at = { column = "x", format = "%d.%m" }', "products.updated_at", "no year"),
        ('updated_at = { column = "x", format = "%Y %Y" }', "products.updated_at", "date format"),
        ('title = { column = "x", lookup = 7 }', "products.title.lookup", "file, key and value"),
        ('delimiter = "::"', "products.delimiter", "one character"),
        ('encoding = "utf-9"', "products.encoding", "no such encoding"),
        ('encoding = "hex"', "products.encoding", "no such encoding"),
        ('timezone = "Europe/Copenhague"', "products.timezone", '"Europe/Copenhagen"'),
        ('decimal = ";"', "products.decimal", "Input should be"),
        ("columns = []", "products.columns", "at least 1"),
    ],
)
def test_a_mistake_is_told_at_its_place(
    folder: Folder, said: str, place: str, message: str
) -> None:
    with pytest.raises(ValidationError) as raised:
        folder.source(f'[products]\nfiles = ["p.csv"]\nid = "nr"\n{said}')
    (error,) = raised.value.errors()
    assert ".".join(str(each) for each in error["loc"]) == place
    assert message in error["msg"]


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.csv", "", "a/../../x.csv", "**x"])
def test_only_files_in_the_folder_are_read(folder: Folder, name: str) -> None:
    with pytest.raises(ValidationError, match="inside of `folder`"):
        folder.source(f'[products]\nfiles = ["{name}"]\nid = "nr"')


def test_what_is_checked_before_a_read_is_all_told_at_once(folder: Folder) -> None:
    folder.write("c.csv", "number,first\n1,Ann\n")
    folder.write("x.csv", "key\n1\n")
    source = folder.source(
        """
        [contacts]
        files = ["c.csv"]
        id = "numbr"
        city = { column = "first", lookup = { file = "x.csv", key = "key", value = "value" } }
        [orders]
        files = ["o_*.csv"]
        id = "nr"
        placed_at = "at"
        """
    )
    with pytest.raises(Misconfigured) as raised:
        source.check()
    told = {each.path: each.message for each in raised.value.mistakes}
    assert set(told) == {"contacts", "contacts.city.lookup", "orders.files"}
    assert told["contacts"] == 'c.csv has no column "numbr"; nearest: "number"'
    assert told["orders.files"] == f"there is no file {folder.path}/o_*.csv"


def test_a_missing_folder_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=re.escape(f"there is no folder {tmp_path}/nowhere")):
        Csv(folder=tmp_path / "nowhere").check()


def test_a_folder_that_is_well_passes(folder: Folder) -> None:
    folder.write("p.csv", "nr\n1\n")
    folder.source('[products]\nfiles = ["p.csv"]\nid = "nr"').check()


def test_the_schema_lets_a_columns_name_stand_for_its_table() -> None:
    schema = Csv.model_json_schema()
    value = schema["$defs"]["Value"]
    assert value["anyOf"][0] == {"type": "string", "minLength": 1}
    assert "lookup" in json.dumps(value["anyOf"][1])
    assert schema["$defs"]["ProductStanza"]["properties"]["files"]["description"]
