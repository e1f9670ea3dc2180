"""Refunds. A return is an order of its own that names the sale."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from connectors.kit import Deleted, Raw, Refund, RefundLine
from connectors.square.money import amount, or_nothing
from connectors.square.sales import without_charges

FAILED = {"REJECTED", "FAILED"}
# Where a return's line names the sale's line; no line has this name.
NO_LINE = "-"


def refunds(raw: Raw) -> Iterator[Refund | Deleted]:
    """The returns of an order, else the refunds of a sale that were not itemized."""
    stated: Sequence[Raw] = raw.get("refunds") or ()
    failed = bool(stated) and all(each.get("status") in FAILED for each in stated)
    returns: Sequence[Raw] = raw.get("returns") or ()
    # Money is given back when the return is completed; until then it may come to nothing.
    done = returns if raw.get("state") == "COMPLETED" else ()
    for place, each in enumerate(done, start=1):
        id_ = f"{raw['id']}:{each.get('uid') or place}"
        if len(returns) == len(stated) == 1:
            # The sale may list the same refund.
            id_ = stated[0]["id"]
        yield Deleted(noun="Refund", id=id_) if failed else _return(raw, each, id_)
    for each in () if returns else stated:
        if each["status"] in FAILED:
            yield Deleted(noun="Refund", id=each["id"])
        else:
            yield Refund(
                id=each["id"],
                order=raw["id"],
                at=each.get("created_at") or raw["updated_at"],
                total=amount(each["amount_money"]),
            )


def _return(raw: Raw, given: Raw, id_: str) -> Refund:
    amounts = given.get("return_amounts") or {}
    total = amount(amounts.get("total_money"))
    lines = tuple(_line(line) for line in given.get("return_line_items") or ())
    besides = sum(
        (or_nothing(amounts.get(name)) for name in ("tip_money", "service_charge_money")),
        Decimal(),
    )
    return Refund(
        id=id_,
        # Without a receipt no sale is named; then it lowers none.
        order=given.get("source_order_id") or raw["id"],
        updated_at=raw.get("updated_at"),
        at=raw["created_at"],
        total=total,
        goods=None if lines or total is None else total - besides,
        lines=lines,
    )


def _line(raw: Raw) -> RefundLine:
    # Tax stays in the total: whether the sale's lines have it beside them is not told here.
    return RefundLine(
        line=raw.get("source_line_item_uid") or NO_LINE,
        quantity=Decimal(raw["quantity"]),
        total=without_charges(raw) or Decimal(),
    )
