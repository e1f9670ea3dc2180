"""The two segments of the bike shop's example that no oracle knows, by plain loops."""

import csv
import gzip
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

TODAY = date(2017, 6, 30)
HALF_A_YEAR_AGO = date(2016, 12, 30)
A_YEAR_AGO = date(2016, 6, 30)


def members(data: Path) -> Mapping[str, list[str]]:
    """Segment of the example -> ids of its members, sorted."""
    shelf = {
        row["ProductSubcategoryKey"]: row["ProductCategoryKey"]
        for row in _rows(data, "AdventureWorks_Product_Subcategories.csv.gz")
    }
    products = {
        row["ProductKey"]: (Decimal(row["ProductPrice"]), shelf[row["ProductSubcategoryKey"]])
        for row in _rows(data, "AdventureWorks_Products.csv.gz")
    }
    (bikes,) = (
        row["ProductCategoryKey"]
        for row in _rows(data, "AdventureWorks_Product_Categories.csv.gz")
        if row["CategoryName"] == "Bikes"
    )
    singles = {
        row["CustomerKey"]
        for row in _rows(data, "AdventureWorks_Customers.csv.gz")
        if row["MaritalStatus"] == "S"
    }
    spent: dict[str, Decimal] = defaultdict(Decimal)
    of_the_year: dict[str, set[str]] = defaultdict(set)
    with_bikes: dict[str, set[str]] = defaultdict(set)
    recent_bikes: dict[str, int] = defaultdict(int)
    for row in _rows(data, "AdventureWorks_Sales_*.csv.gz"):
        who, order, quantity = row["CustomerKey"], row["OrderNumber"], int(row["OrderQuantity"])
        price, category = products[row["ProductKey"]]
        # Only the date is looked at.
        day = datetime.strptime(row["OrderDate"], "%m/%d/%Y").date()  # noqa: DTZ007
        spent[who] += price * quantity
        if day > A_YEAR_AGO:
            of_the_year[who].add(order)
        if day > A_YEAR_AGO and category == bikes:
            with_bikes[who].add(order)
        if day > HALF_A_YEAR_AGO and category == bikes:
            recent_bikes[who] += quantity
        assert day <= TODAY
    total = sum(spent.values())
    return {
        "bike_lovers": sorted(who for who, orders in with_bikes.items() if len(orders) >= 2),
        "wealthy_regulars": sorted(
            who
            for who, worth in spent.items()
            if worth * len(spent) * 2 > total * 3
            and (len(of_the_year[who]) >= 3 or recent_bikes[who] >= 1)
            and who not in singles
        ),
    }


def _rows(data: Path, pattern: str) -> Iterator[Mapping[str, str]]:
    for file in sorted(data.glob(pattern)):
        with gzip.open(file, "rt", encoding="utf-8-sig") as text:
            yield from csv.DictReader(text)
