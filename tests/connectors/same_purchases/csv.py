"""The same purchases in the files of a Danish shop, one row for each line."""

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from connectors.csv import Csv
from connectors.kit import Source
from tests.connectors.same_purchases.purchases import PURCHASES
from tests.connectors.same_purchases.reading import Platform

STANZAS = """
[contacts]
files = ["people.csv"]
delimiter = ";"
id = "member"
email = "address"

[orders]
files = ["orders.csv"]
delimiter = ";"
decimal = ","
id = "order"
contact = "member"
placed_at = { column = "at", format = "%d-%m-%Y %H:%M" }
status = { column = "status", map = { Afsendt = "fulfilled", Annulleret = "cancelled" } }
channel = { column = "shop", map = { net = "web", butik = "pos" } }
currency = "currency"
tax_included = { column = "prices", map = { "incl. moms" = true, "ekskl. moms" = false } }
discount = "order_discount"
shipping = "freight"
discounts = { code = "code" }
buyer = { email = "mail" }

[orders.lines]
id = "line"
quantity = "quantity"
total = "amount"
tax = "tax"
list_price = "list_price"
coupon_discount = "line_discount"
gift_card = { column = "gift_card", map = { ja = true } }

[refunds]
files = ["refunds.csv"]
delimiter = ";"
decimal = ","
id = "refund"
order = "order"
at = { column = "at", format = "%d-%m-%Y %H:%M" }
total = "paid_back"

[refunds.lines]
line = "line"
quantity = "quantity"
total = "amount"
tax = "tax"
"""

PEOPLE = """\
member;address
ida;ida@example.com
"""
ORDERS = (
    "order;member;mail;at;status;shop;currency;prices;order_discount;freight;wrapping;"
    """code;line;quantity;amount;tax;list_price;line_discount;gift_card
tax_included;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;1;2;250,00;50,00;;;
tax_on_top;ida;;02-03-2024 00:30;Afsendt;net;DKK;ekskl. moms;;;;;1;2;200,00;50,00;;;
coupon_on_order;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;40,00;;;Spring10;1;1;300,00;;;;
coupon_on_order;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;40,00;;;Spring10;2;1;100,00;;;;
coupon_on_line;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;Jacket50;1;1;250,00;;;50,00;
coupon_on_line;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;Jacket50;2;1;100,00;;;;
sale_price;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;1;1;200,00;;250,00;;
sale_price;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;2;1;100,00;;100,00;;
partial_refund;ida;;02-03-2024 00:30;Afsendt;net;DKK;ekskl. moms;;;;;1;2;200,00;50,00;;;
amount_only_refund;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;1;1;200,00;;;;
full_refund;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;1;1;100,00;;;;
gift_card;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;1;1;100,00;;;;
gift_card;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;2;1;500,00;;;;ja
guest;;guest@example.net;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;1;1;100,00;;;;
nobody;;;02-03-2024 00:30;Afsendt;butik;DKK;incl. moms;;;;;1;1;100,00;;;;
second_currency;ida;;02-03-2024 00:30;Afsendt;net;EUR;incl. moms;;;;;1;1;20,00;;;;
free_order;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;gratis;1;1;0,00;;;100,00;
store_credit;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;50,00;;;;1;1;200,00;;;;
odd_cents;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;1;3;99,99;;;;
odd_cents;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;;;;2;7;0,49;;;;
cancelled;ida;;02-03-2024 00:30;Annulleret;net;DKK;incl. moms;;;;;1;1;100,00;;;;
shipping_and_fee;ida;;02-03-2024 00:30;Afsendt;net;DKK;incl. moms;;49,00;15,00;;1;1;200,00;;;;
"""
)
REFUNDS = """\
refund;order;at;paid_back;line;quantity;amount;tax
1;partial_refund;04-03-2024 13:00;125,00;1;1;100,00;25,00
2;amount_only_refund;04-03-2024 13:00;30,00;;;;
3;full_refund;04-03-2024 13:00;100,00;1;1;100,00;
"""


@dataclass(frozen=True)
class Folder(Platform):
    """Files in a real folder."""

    @contextmanager
    def connect(self, folder: Path) -> Iterator[Source]:
        """Write the files, and give the connector that reads them."""
        for name, text in {"people": PEOPLE, "orders": ORDERS, "refunds": REFUNDS}.items():
            (folder / f"{name}.csv").write_text(text, "utf-8")
        yield Csv.model_validate({**tomllib.loads(STANZAS), "folder": folder})


PLATFORM = Folder(orders={name: name for name in PURCHASES})
