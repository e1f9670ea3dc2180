"""The destination: attributes of customers that the shop has made, and nothing else of anybody."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from connectors.kit import (
    Again,
    Batch,
    Change,
    Edit,
    KnownTarget,
    Names,
    Outcome,
    PerPerson,
    Raw,
    Response,
    Unwritable,
    Writing,
    dig,
)
from connectors.magento.account import (
    CUSTOMERS,
    OWN_ATTRIBUTES,
    MagentoShop,
    attribute,
    attributes,
)

ADVICE = "create it in Magento (Stores, Attributes, Customer)"
BOOLEAN, TEXTS = "boolean", frozenset({"text", "textarea"})
YES, NO = "1", "0"
GUEST = "a guest has no account that could be written to"
UNSAFE = (
    "the shop does not show whether this customer gets the newsletter, so writing could change "
    "that; update Magento to 2.4"
)
OK = 200


def _no_tag(row: Raw) -> str:
    return "" if row.get("frontend_input") == BOOLEAN else "an attribute that is no yes or no"


def _no_text(row: Raw) -> str:
    return "" if row.get("frontend_input") in TEXTS else "an attribute that is no text"


class MagentoDestination(MagentoShop, Writing):
    """Writes attributes to customers who are there, and to nobody else."""

    requires: ClassVar[Literal["email", "ads", "none"]] = "none"
    catalogue: ClassVar[Mapping[str, Names]] = {
        "tag": Names(
            OWN_ATTRIBUTES, name="attribute_code", id="attribute_code", other=_no_tag,
            noun="customer attribute (Yes/No)", advice=ADVICE,
        ),
        "field": Names(
            OWN_ATTRIBUTES, name="attribute_code", id="attribute_code", other=_no_text,
            noun="customer attribute (text)", advice=ADVICE,
        ),
    }  # fmt: skip
    # One save carries all changes of a customer.
    batch = {kind: PerPerson() for kind in ("tag", "field")}  # noqa: RUF012 - declared once
    read_back = {"tag": CUSTOMERS, "field": CUSTOMERS}  # noqa: RUF012 - declared once
    one_namespace = True
    request_seconds = 1.0

    def gating_lists(self) -> Sequence[str]:
        """None: a shop has customers and no subscribers."""
        return ()

    def skip_reason(self, change: Change) -> str:
        """Guests have no account."""
        return "" if change.key.isdecimal() else GUEST

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """A yes, or the text of an attribute."""
        value = attribute(raw, known.id)
        if known.target.kind == "tag":
            return str(value) in (YES, "True")
        return value if value not in ("", None) else None

    def requests(self, batch: Batch) -> int:  # noqa: ARG002 - the same for all
        """A customer is read before it is saved."""
        return 2

    def write(self, batch: Batch) -> Response:
        """Save one customer whole, as it was read just now, but for the attributes.

        Raises Unwritable where the shop does not show whether it gets the newsletter.
        """
        who = {"customer": batch.edits[0].key}
        shown = self.send("GET", "/customers/{customer}", fill=who)
        if shown.status != OK:
            return shown
        customer = shown.json()
        if not isinstance(dig(customer, "extension_attributes.is_subscribed"), bool):
            raise Unwritable(UNSAFE)
        own = {each.id: _written(each)[0] for each in batch.edits}
        saved = {
            **customer,
            "custom_attributes": [
                {"attribute_code": code, "value": value}
                for code, value in {**attributes(customer), **own}.items()
            ],
        }
        return self.send("PUT", "/customers/{customer}", fill=who, json={"customer": saved})

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """The answer shows the customer as it was saved; what it lacks was ignored."""
        had = attributes(answer.json())
        for each in batch.edits:
            if str(had.get(each.id) or "") in _written(each):
                yield each.applied()


def _written(edit: Edit) -> tuple[str, ...]:
    """How a value is written, and how else the shop may show it afterwards."""
    if edit.change.target.kind == "tag":
        return (YES,) if edit.value else (NO, "")
    return (str(edit.value or ""),)
