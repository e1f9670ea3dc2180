"""The csv connector on real files."""

import gzip
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.csv import Csv
from connectors.kit import Window
from tests.connectors.csv.delimited import Folder, Seen

NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Shared:
    """A data set and how it is read."""

    folder: Path
    stanzas: dict[str, Any]

    def read(self, stream: str) -> Seen:
        """One stream, all of it."""
        source = Csv.model_validate({**self.stanzas, "folder": self.folder})
        source.check()
        window = Window(datetime(2030, 1, 1, tzinfo=UTC), zone=NEW_YORK)
        return Seen(list(source.read(stream, window)))


@pytest.fixture
def example(shared: Path) -> Callable[[str], Shared]:
    def read(name: str) -> Shared:
        text = (shared / "design" / "examples" / f"{name}.toml").read_text()
        (stanzas,) = tomllib.loads(text)["connections"].values()
        assert stanzas.pop("kind") == "csv"
        folder = shared / "design" / "examples" / stanzas.pop("folder")
        return Shared(folder, stanzas)

    return read


def test_cdnow_has_a_row_per_order(example: Callable[[str], Shared]) -> None:
    seen = example("cdnow").read("orders")
    orders = seen.records
    assert len(orders) == 69_659
    assert len({each.id for each in orders}) == 69_659
    assert len({each.contact for each in orders}) == 23_570
    assert sum(each.total for each in orders) == Decimal("2500315.63")
    assert {type(each.placed_at) for each in orders} == {date}
    assert orders[0].contact == "00001"
    assert not seen.rejects
    assert not seen.notes


def test_cdnow_by_customer_and_day_adds_up_the_rows(shared: Path) -> None:
    stanzas = tomllib.loads(
        """
        [orders]
        files = ["CDNOW_master.txt.gz"]
        delimiter = "whitespace"
        id = { columns = ["customer_id", "date"] }
        contact = "customer_id"
        placed_at = { column = "date", format = "%Y%m%d" }
        total = "dollar_value"
        """
    )
    seen = Shared(shared / "data" / "cdnow", stanzas).read("orders")
    assert len(seen.records) == 67_591
    assert sum(each.total for each in seen.records) == Decimal("2500315.63")
    assert seen.by_id()["00002 19970112"].total == Decimal("89.00")
    assert not seen.notes


def test_the_cdnow_sample_has_no_header_line(shared: Path) -> None:
    stanzas = tomllib.loads(
        """
        [orders]
        files = ["CDNOW_sample.txt.gz"]
        delimiter = "whitespace"
        columns = ["customer_id", "sample_id", "date", "number_of_cds", "dollar_value"]
        id = { row = true }
        contact = "customer_id"
        placed_at = { column = "date", format = "%Y%m%d" }
        total = "dollar_value"
        """
    )
    orders = Shared(shared / "data" / "cdnow", stanzas).read("orders").records
    assert len(orders) == 6_919
    assert len({each.contact for each in orders}) == 2_357
    assert sum(each.total for each in orders) == Decimal("244091.94")


def test_adventureworks_joins_people_products_and_lines(example: Callable[[str], Shared]) -> None:
    shop = example("adventureworks")
    contacts = shop.read("contacts")
    genders = [each.gender for each in contacts.records]
    assert len(genders) == 18_148
    assert [genders.count(each) for each in ("female", "male", None)] == [8_892, 9_126, 130]
    assert not any(each.emptied for each in contacts.records)
    assert contacts.by_id()["11000"].birthday == date(1966, 4, 8)

    products = shop.read("products").by_id()
    assert len(products) == 293
    assert {each.category_parent for each in products.values()} == {
        "Accessories", "Bikes", "Clothing", "Components",
    }  # fmt: skip

    seen = shop.read("orders")
    assert len(seen.records) == 25_164
    assert len({each.contact for each in seen.records}) == 17_416
    lines = [line for order in seen.records for line in order.lines]
    assert len(lines) == 56_046
    assert sum(line.quantity * products[line.product].price for line in lines) == Decimal(
        "24914586.8193"
    )
    assert not seen.rejects
    assert not seen.notes


def test_the_complete_journey_groups_baskets_and_keeps_local_dates(shared: Path) -> None:
    stanzas = tomllib.loads(
        """
        [orders]
        files = ["transactions_sample.csv.gz"]
        id = "basket_id"
        contact = "household_id"
        placed_at = "transaction_timestamp"
        store = "store_id"
        [orders.lines]
        id = { row = true }
        product = "product_id"
        quantity = "quantity"
        total = "sales_value"
        discount = "retail_disc"
        coupon_discount = "coupon_disc"
        [discounts]
        files = ["coupon_redemptions.csv.gz"]
        id = { row = true }
        contact = "household_id"
        code = "coupon_upc"
        at = "redemption_date"
        [contacts]
        files = ["demographics.csv.gz"]
        id = "household_id"
        income = "income"
        marital_status = "marital_status"
        custom = { age_band = "age", kids = "kids_count" }
        """
    )
    grocer = Shared(shared / "data" / "completejourney", stanzas)
    orders = grocer.read("orders").records
    assert len(orders) == 47_243
    assert len({each.contact for each in orders}) == 2_377
    assert sum(line.total for each in orders for line in each.lines) == Decimal("233935.24")
    assert sum(len(each.lines) for each in orders) == 75_000
    days = [each.placed_at.astimezone(NEW_YORK).date() for each in orders]
    assert (min(days), max(days)) == (date(2017, 1, 1), date(2017, 12, 31))

    redemptions = grocer.read("discounts").records
    assert len(redemptions) == 2_102
    assert len({each.contact for each in redemptions}) == 410

    bands = [each.custom["age_band"] for each in grocer.read("contacts").records]
    assert len(bands) == 801
    assert "65+" in bands


def test_mailchimps_tables_are_members_messages_and_what_became_of_them(shared: Path) -> None:
    stanzas = tomllib.loads(
        """
        [list_members]
        files = ["member.csv"]
        timezone = "UTC"
        contact = "id"
        list = "list_id"
        title = { column = "list_id", lookup = { file = "list.csv", key = "id", value = "name" } }
        status = "status"
        subscribed_at = "timestamp_opt"
        updated_at = "last_changed"
        [messages]
        files = ["campaign.csv"]
        timezone = "UTC"
        id = "id"
        title = "title"
        sent_at = "send_time"
        [message_events]
        files = ["campaign_recipient_activity.csv"]
        timezone = "UTC"
        message = "campaign_id"
        contact = "member_id"
        kind = { column = "action", map = { open = "opened", click = "clicked" } }
        at = "timestamp"
        link = "url"
        """
    )
    news = Shared(shared / "data" / "payloads" / "mailchimp", stanzas)
    members = news.read("list_members").records
    assert len(members) == 9
    assert {each.title for each in members} == {"Example Company"}
    assert [each.id for each in news.read("messages").records] == ["c2b4c1c0d9"]
    kinds = [each.kind for each in news.read("message_events").records]
    assert (kinds.count("opened"), kinds.count("clicked")) == (12, 5)


def test_a_broken_copy_of_a_real_file_costs_its_broken_rows_only(
    shared: Path, tmp_path: Path
) -> None:
    real = gzip.decompress((shared / "data" / "cdnow" / "CDNOW_master.txt.gz").read_bytes())
    rows = real.decode().splitlines(keepends=True)[:5_001]
    for number in (100, 2_000, 4_999):
        rows[number] = rows[number].replace("19", "x9", 1)
    folder = Folder(tmp_path)
    folder.write("orders.txt", "".join(rows))
    seen = folder.read(
        """
        [orders]
        files = ["orders.txt"]
        delimiter = "whitespace"
        id = { row = true }
        placed_at = { column = "date", format = "%Y%m%d" }
        """
    )
    assert len(seen.records) == 4_997
    assert [(each.id, each.path) for each in seen.rejects] == [
        ("orders.txt:101", "date"),
        ("orders.txt:2001", "date"),
        ("orders.txt:5000", "date"),
    ]
