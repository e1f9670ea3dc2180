"""The nouns that a source may yield: plain values, validated at the border.

An id names a thing within one connection and one noun.
A `Moment` is an aware instant, or a plain date, which means that date in the shop's zone.
Amounts are exact decimals in the currency beside them; the store keeps ten-thousandths.
An optional field that does not parse is emptied and counted; a record whose id, date or
amount does not parse is rejected, and ingest puts its row into quarantine.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.log import shape_of
from core.words import CHANNELS, GENDERS, MESSAGE_KINDS, YES_NO, understood

_SURROGATE = re.compile("[\ud800-\udfff]")
LARGEST_AMOUNT = Decimal(9 * 10**13)
"""Above this many units an amount does not fit the store and its row goes to quarantine."""


def _not_naive(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("an instant without a zone says nothing; give the zone or a plain date")
    return value


def _text(value: object) -> object:
    if isinstance(value, str):
        # PostgreSQL refuses NUL and unpaired surrogates; no name or id needs them.
        if "\x00" in value or (not value.isascii() and _SURROGATE.search(value)):
            raise ValueError("holds characters that cannot be stored")
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _email(value: object) -> object:
    return _normalized(value.strip()) if isinstance(value, str) else value


# Returning customers state the same address again.
@lru_cache(maxsize=8192)
def _normalized(email: str) -> str:
    try:
        return validate_email(email, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError as error:
        # Well-formed, and reserved for what exists nowhere (RFC 6761): erasers write it.
        if re.fullmatch(r"[^@\s]+@[^@\s]+\.invalid", email, re.IGNORECASE):
            return email
        raise ValueError(str(error)) from None


Words = Annotated[str, BeforeValidator(_text)]
Text = Annotated[str, Field(min_length=1), BeforeValidator(_text)]
"""Blank is absent, and refused here, so that a record need not check every field."""
LONGEST_ID = 500
Id = Annotated[str, Field(min_length=1, max_length=LONGEST_ID), BeforeValidator(_text)]
Moment = Annotated[AwareDatetime | date, BeforeValidator(_not_naive)]
Amount = Annotated[Decimal, Field(allow_inf_nan=False, le=LARGEST_AMOUNT, ge=-LARGEST_AMOUNT)]
"""A float is read as its shortest decimal form, which is what the sender wrote."""
Email = Annotated[str, BeforeValidator(_email)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$"), BeforeValidator(_text)]

Custom = Mapping[str, Words | Decimal | date | bool | tuple[Words, ...] | None]
"""Fields of the source's own; several texts are a tuple."""

Gender = Annotated[Literal["female", "male", "other"], BeforeValidator(understood(GENDERS))]
ConsentChannel = Literal["email", "sms", "ads", "post", "push", "whatsapp", "tracking"]
"""tracking: watching whether a person opens what is sent to them."""
Requires = Literal["email", "sms", "ads", "post", "push", "whatsapp", "none"]
"""Channel to which a person must have consented before they are written to."""
OrderChannel = Annotated[Literal["web", "pos"], BeforeValidator(understood(CHANNELS))]
YesNo = Annotated[bool, BeforeValidator(understood(YES_NO))]
MessageChannel = Literal["email", "sms", "push"]
MessageKind = Annotated[
    Literal["campaign", "automation", "transactional"], BeforeValidator(understood(MESSAGE_KINDS))
]
Evidence = Literal["human", "probable", "machine"]


NOUNS: dict[str, type["Record"]] = {}
"""Every noun by its class name; each registers itself by declaring its plural."""


class Record(BaseModel):
    """One thing that a source delivers, named by its id within the connection."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True
    )
    plural: ClassVar[str] = ""
    """Name of a stream of them, as `list_members`; empty for parts of other records."""
    spoken: ClassVar[str] = ""
    """Their name in messages to a person."""
    named_by: ClassVar[tuple[str, ...]] = ()
    """Fields that name a record without an id."""
    critical: ClassVar[frozenset[str]] = frozenset()
    """Optional fields that are too important to be emptied when they do not parse."""

    emptied: ClassVar[tuple[str, ...]] = ()
    """Fields that were given, did not parse, and are empty now; one of the source's own as
    `custom.gift`."""
    shapes: ClassVar[Mapping[str, str]] = {}
    """Emptied field -> shape of the value that was given."""

    def __init_subclass__(
        cls, *, plural: str = "", spoken: str = "", named_by: tuple[str, ...] = (), **config: Any
    ) -> None:
        """Register a noun; a part of another record gives no plural."""
        super().__init_subclass__(**config)
        if plural:
            cls.plural, cls.named_by = plural, named_by
            cls.spoken = spoken or plural.replace("_", " ")
            NOUNS[cls.__name__] = cls

    def __init__(self, **values: Any) -> None:
        # Blank is absent. A text of spaces alone does not parse, and is looked for below.
        if "" in values.values():
            values = {name: None if value == "" else value for name, value in values.items()}
        # As BaseModel does it, without passing every value through keywords again.
        try:
            self.__pydantic_validator__.validate_python(values, self_instance=self)
        except ValidationError:
            self._empty_what_does_not_parse(_without_blanks(values))

    def _empty_what_does_not_parse(self, values: dict[str, Any]) -> None:
        become = self.__pydantic_validator__.validate_python
        try:
            become(values, self_instance=self)
        except ValidationError as error:
            bad: dict[str, set[Any]] = defaultdict(set)
            for each in error.errors():
                name, part = (*each["loc"], None, None)[:2]
                bad[str(name)].add(part)
            lost: dict[str, str] = {}
            for name, parts in bad.items():
                field = type(self).model_fields.get(name)
                if field is None or field.is_required() or name in self.critical:
                    raise
                lost |= _take_out(values, name, parts)
            become(values, self_instance=self)
            # No private attribute: every record would pay for one.
            self.__dict__["emptied"] = tuple(sorted(lost))
            self.__dict__["shapes"] = {name: lost[name] for name in sorted(lost)}


def _take_out(values: dict[str, Any], name: str, parts: set[Any]) -> dict[str, str]:
    """Take a bad field out of the values; of several texts or own fields the bad ones alone.

    Returns the shape of what was taken, by its path.
    """
    value = values[name]
    if isinstance(value, Mapping) and parts <= value.keys():
        values[name] = {key: each for key, each in value.items() if key not in parts}
        return {f"{name}.{part}": shape_of(value[part]) for part in parts}
    if isinstance(value, list | tuple) and all(isinstance(part, int) for part in parts):
        values[name] = tuple(each for place, each in enumerate(value) if place not in parts)
        return {name: shape_of(value[min(parts)])}
    return {name: shape_of(values.pop(name))}


def _without_blanks(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: None if isinstance(value, str) and not value.strip() else value
        for name, value in values.items()
    }


class Contact(Record, plural="contacts"):
    """A person as one connection sees them."""

    id: Id
    updated_at: Moment | None = None
    created: Moment | None = None
    email: Email | None = None
    emails: tuple[Email, ...] = ()
    """Further addresses, by which the person is known too; the main one is `email`, else the
    first of them."""
    phone: Text | None = None
    phones: tuple[Text, ...] = ()
    """Further numbers, as `emails`."""
    loyalty: Text | None = None
    """Number of a loyalty or member card."""
    first_name: Text | None = None
    last_name: Text | None = None
    gender: Gender | None = None
    birthday: date | None = None
    birth_year: int | None = Field(default=None, ge=1880, le=2200)
    """Where only the year is known."""
    birth_day: Annotated[str, Field(pattern=r"^\d\d-\d\d$")] | None = None
    """Month and day (`MM-DD`) where the year is not known."""
    language: Text | None = None
    country: Text | None = None
    """Two letters (ISO 3166), or its name in English, Danish, Norwegian or Swedish."""
    region: Text | None = None
    municipality: Text | None = None
    city: Text | None = None
    postcode: Text | None = None
    climate: Text | None = None
    store: Text | None = None
    """The store that the person chose: its id or its name."""
    income: Text | None = None
    education: Text | None = None
    occupation: Text | None = None
    marital_status: Text | None = None
    signup_source: Text | None = None
    job_role: Text | None = None
    lifecycle: Text | None = None
    """Stage as a CRM states it: lead, customer, ..."""
    company: Id | None = None
    """Id of a `Company` of the same connection."""
    merged_into: Id | None = None
    """Id of the contact of the same connection that the source merged this one into: they are one
    person, and nothing is written to this one any more; None again takes them apart."""
    custom: Custom = {}


class Consent(Record, plural="consents", named_by=("contact", "email", "phone", "channel", "list")):
    """One statement of a person: a channel, perhaps one list, granted or withdrawn."""

    id: Id | None = None
    """Absent: the statement is named by contact, channel and list."""
    contact: Id | None = None
    email: Email | None = None
    """The address that it is about; absent: every address of the contact."""
    phone: Text | None = None
    channel: ConsentChannel
    list: Text | None = None
    granted: YesNo
    permission: bool | None = None
    """Further permission that the source asks for beside the grant, such as a box to tick; absent:
    it asks for none. A grant without it permits nothing and lifts no withdrawal."""
    reason: Literal["asked", "complaint", "bounce", "erasure"] = "asked"
    method: Literal["single", "double", "imported", "admin"] | None = None
    """How it was stated: once, confirmed by a second message, or by somebody else."""
    origin: Text | None = None
    """Where it was stated: a form, a page, a campaign."""
    at: Moment


class ListMember(Record, plural="list_members", named_by=("contact", "list")):
    """A contact's place on one list."""

    id: Id | None = None
    """Absent: the place is named by contact and list."""
    contact: Id
    list: Id
    title: Text | None = None
    """Name of the list."""
    status: Literal["subscribed", "unsubscribed", "pending", "cleaned", "archived", "none"]
    subscribed_at: Moment | None = None
    """Start of the present unbroken stay."""
    unsubscribed_at: Moment | None = None
    updated_at: Moment | None = None


class GroupMember(Record, plural="group_members", named_by=("contact", "group")):
    """A contact's place in a group: a tag, a customer group, a hand-picked segment."""

    id: Id | None = None
    """Absent: the place is named by contact and group."""
    contact: Id
    group: Id
    title: Text | None = None
    """Name of the group; absent: its id."""
    since: Moment | None = None
    updated_at: Moment | None = None


class Loyalty(
    Record, plural="loyalties", spoken="loyalty accounts", named_by=("contact", "programme")
):
    """A contact's account in a loyalty programme."""

    id: Id | None = None
    """Absent: the account is named by contact and programme."""
    contact: Id
    programme: Text | None = None
    points: Amount | None = None
    """Present balance."""
    tier: Text | None = None
    since: Moment | None = None
    updated_at: Moment | None = None


class Line(Record):
    """One line of an order. Amounts are the line's totals unless they say unit."""

    critical = frozenset(
        {"quantity", "total", "unit_price", "list_price", "discount", "coupon_discount", "tax"}
    )

    id: Id
    """Lines of one order with one id are one line; the last counts."""
    parent: Id | None = None
    """Id of the kit's line that this is a component of. Where the kit has a total, it is the
    charge for all; where it is 0 and a component has one, the components are what was sold."""
    product: Id | None = None
    variant: Id | None = None
    """The size, colour or the like of the product that was sold, by the id of its own."""
    sku: Text | None = None
    title: Text | None = None
    category: Text | None = None
    """Category as stated on the line itself; absent: the product's."""
    brand: Text | None = None
    """Brand as stated on the line itself; absent: the product's, of which there may be several."""
    quantity: Amount = Decimal(1)
    total: Amount | None = None
    """Charge for the line after every discount."""
    unit_price: Amount | None = None
    """Used where no total is given; absent too: the product's price."""
    list_price: Amount | None = None
    """Price of one unit before any discount, at purchase."""
    discount: Amount | None = None
    """Automatic discount that the total already carries."""
    coupon_discount: Amount | None = None
    """Part of a coupon that the total already carries."""
    tax: Amount | None = None
    gift_card: YesNo | None = None
    on_sale: YesNo | None = None
    """Where the shop says so and gives no list price."""
    custom: Custom = {}


class OrderDiscount(Record):
    """A discount of an order: a code that the customer entered, or an automatic one."""

    code: Text | None = None
    """Absent for automatic discounts."""
    amount: Amount | None = None
    kind: Literal["coupon", "automatic", "staff", "loyalty"] | None = None
    """Absent: a coupon where there is a code. Rules about coupons count no other kind."""


class Buyer(Record):
    """A person as the bill of a purchase describes them; counts until a stream delivers them."""

    email: Email | None = None
    phone: Text | None = None
    loyalty: Text | None = None
    """Number of a loyalty or member card."""
    first_name: Text | None = None
    last_name: Text | None = None
    country: Text | None = None
    """As of a contact."""
    region: Text | None = None
    city: Text | None = None
    postcode: Text | None = None


class Order(Record, plural="orders"):
    """A purchase, in a webshop or at a till. It replaces all its lines."""

    critical = frozenset(
        {"total", "discount", "tax", "shipping", "refunded", "lines", "discounts", "currency"}
    )

    id: Id
    updated_at: Moment | None = None
    contact: Id | None = None
    """Absent: an order of a guest, whom its buyer describes, or of nobody."""
    buyer: Buyer | None = None
    parent: Id | None = None
    """Id of the order that this is a part of, as a marketplace's sub-order; it does not count as
    long as that one is there."""
    placed_at: Moment
    status: Text | None = None
    """pending, paid, fulfilled, cancelled, failed, refunded, draft or test; any other word counts
    as a purchase, and absent as paid."""
    channel: OrderChannel | None = None
    store: Id | None = None
    ship_country: Text | None = None
    """Where it was sent; as of a contact."""
    source: Text | None = None
    """Where the visit came from that led to it: google, newsletter, ..."""
    campaign: Text | None = None
    """The campaign that led to it."""
    subscription: Literal["first", "renewal"] | None = None
    """Of an order that belongs to a subscription."""
    gift_card_paid: Amount | None = None
    """The part that was paid with gift cards; the amounts of the order include it."""
    currency: Currency | None = None
    """Absent: the hub's."""
    total: Amount | None = None
    """Charge for goods with their tax and without shipping, where the source gives no lines. Only
    an order that is no purchase (a draft) needs neither."""
    tax_included: YesNo = True
    discount: Amount | None = None
    """Only what no line carries yet."""
    tax: Amount | None = None
    """Stands for the lines' tax where they give none."""
    shipping: Amount | None = None
    refunded: Amount | None = None
    """Goods given back with their tax, where the source knows only the sum."""
    lines: tuple[Line, ...] = ()
    discounts: tuple[OrderDiscount, ...] = ()
    custom: Custom = {}


class RefundLine(Record):
    """Returned part of one line."""

    critical = frozenset({"quantity", "total", "tax"})

    line: Id
    quantity: Amount = Decimal(0)
    total: Amount = Decimal(0)
    tax: Amount = Decimal(0)


class Refund(Record, plural="refunds"):
    """Money given back. Amounts are positive."""

    critical = frozenset({"order", "total", "goods", "lines", "currency"})

    id: Id
    order: Id | None = None
    """Absent where the source does not know it, as at a till."""
    contact: Id | None = None
    """The person of a refund without an order; with one, the order's person counts."""
    buyer: Buyer | None = None
    """As of an order; only of a refund without one."""
    updated_at: Moment | None = None
    at: Moment
    total: Amount | None = None
    """Everything given back, shipping too."""
    goods: Amount | None = None
    """The part for goods with their tax; absent: the sum of the lines, else the total."""
    currency: Currency | None = None
    """Of a refund without an order; absent: the hub's. Else the amounts are in the order's."""
    reason: Text | None = None
    channel: OrderChannel | None = None
    """Absent: the order's."""
    store: Id | None = None
    """Absent: the order's."""
    lines: tuple[RefundLine, ...] = ()


class Discount(Record, plural="discounts", spoken="coupons"):
    """A coupon used, which may stand without an order."""

    id: Id
    contact: Id | None = None
    order: Id | None = None
    code: Text | None = None
    at: Moment
    updated_at: Moment | None = None


class Product(Record, plural="products"):
    """Something a shop sells, or a variant of it: its price in one size or colour."""

    id: Id
    parent: Id | None = None
    """Id of the product that it is a variant of, for whatever it does not state itself."""
    updated_at: Moment | None = None
    sku: Text | None = None
    title: Text | None = None
    brand: Text | None = None
    brands: tuple[Text, ...] = ()
    """Further brands; an item counts once for each."""
    price: Amount | None = None
    list_price: Amount | None = None
    """Price before any sale. A line that states none is measured against it, in one currency."""
    currency: Currency | None = None
    """Of the prices; absent: the hub's."""
    tax_included: bool | None = None
    """Whether the prices include tax; absent: as the orders' prices do."""
    category: Text | None = None
    """Id of a `Category`; where none has come, the id is its name."""
    category_parent: Text | None = None
    """Id of the parent of `category`."""
    categories: tuple[Id, ...] = ()
    """Ids of further categories."""
    gift_card: YesNo = False
    custom: Custom = {}


class Category(Record, plural="categories"):
    """A category of a shop."""

    id: Id
    title: Text | None = None
    parent: Id | None = None
    updated_at: Moment | None = None


class Store(Record, plural="stores"):
    """A place where people buy."""

    id: Id
    title: Text | None = None
    city: Text | None = None
    postcode: Text | None = None
    country: Text | None = None
    postcodes: tuple[Words, ...] = ()
    """The area that the store calls its own."""
    updated_at: Moment | None = None


class Visit(Record, plural="visits"):
    """Something a person looked at, searched for, put into a cart or did otherwise."""

    id: Id
    contact: Id | None = None
    kind: Literal["view", "search", "cart", "checkout", "event"] = "view"
    event: Text | None = None
    """Name of an event, as the source has it."""
    value: Amount | None = None
    """Worth of an event, or how much of it there was; in no currency."""
    at: Moment
    url: Text | None = None
    category: Text | None = None
    product: Id | None = None
    query: Text | None = None
    source: Text | None = None
    campaign: Text | None = None
    device: Text | None = None
    updated_at: Moment | None = None


class CartLine(Record):
    """Something that lies in a cart."""

    product: Id | None = None
    category: Text | None = None
    brand: Text | None = None


class Cart(Record, plural="carts"):
    """A cart or a checkout that was begun. It replaces all its lines."""

    critical = frozenset({"total", "currency", "lines"})

    id: Id
    contact: Id | None = None
    at: Moment
    """When it was begun, or last changed where the source tells."""
    updated_at: Moment | None = None
    status: Literal["open", "ordered", "expired"] | None = None
    """Absent: ordered where `order` is given, else open."""
    url: Text | None = None
    """Address that leads back to the cart."""
    total: Amount | None = None
    currency: Currency | None = None
    """Absent: the hub's."""
    order: Id | None = None
    """The order that it became."""
    lines: tuple[CartLine, ...] = ()


class Message(Record, plural="messages"):
    """One message that was written once and sent to many."""

    id: Id
    title: Text | None = None
    kind: MessageKind = "campaign"
    channel: MessageChannel = "email"
    variant: Text | None = None
    """Version of a message that is tested against others."""
    topic: Text | None = None
    sent_at: Moment | None = None
    updated_at: Moment | None = None


class MessageEvent(Record, plural="message_events", named_by=("message", "contact", "kind", "at")):
    """An event of a message at one person."""

    id: Id | None = None
    """Absent: named by message, contact, kind and instant."""
    message: Id
    contact: Id
    kind: Literal["delivered", "opened", "clicked", "bounced", "unsubscribed", "complained"]
    at: Moment
    evidence: Evidence = "probable"
    channel: MessageChannel | None = None
    """Of a message that has not arrived yet; absent: email until it has."""
    hard: bool | None = None
    """Of a bounce: whether the address will never take messages, which suppresses it; absent where
    the source does not say."""
    link: Text | None = None


class Interest(Record, plural="interests", named_by=("contact", "source", "topic")):
    """A topic that a person cares about; no topic states that there is none."""

    id: Id | None = None
    contact: Id
    topic: Text | None = None
    source: Literal["stated", "inferred"] = "stated"
    at: Moment | None = None
    updated_at: Moment | None = None


class Child(Record, plural="children"):
    """A child of a contact, as declared; `none` states that there is none."""

    id: Id
    contact: Id
    gender: Gender | None = None
    birthday: date | None = None
    none: YesNo = False
    updated_at: Moment | None = None


class Answer(Record, plural="answers", named_by=("contact", "question")):
    """An answer to a question that the person was asked."""

    id: Id | None = None
    contact: Id
    question: Text
    value: Text | None = None
    at: Moment | None = None
    updated_at: Moment | None = None


class Company(Record, plural="companies"):
    """A company that contacts work for."""

    id: Id
    name: Text | None = None
    number: Text | None = None
    """Its number in the public register."""
    industry: Text | None = None
    size: Text | None = None
    """Size band, as `10-49`."""
    employees: int | None = Field(default=None, ge=0, lt=2**31)
    revenue: Amount | None = None
    """Of a year, in the currency in which the source states all of them."""
    founded: int | None = Field(default=None, ge=1, le=2200)
    """Year."""
    country: Text | None = None
    region: Text | None = None
    city: Text | None = None
    postcode: Text | None = None
    updated_at: Moment | None = None
    custom: Custom = {}


class Deal(Record, plural="deals"):
    """A sale in the making."""

    id: Id
    contact: Id | None = None
    company: Id | None = None
    """Id of a `Company` of the same connection; absent: that of the contact. A deal of a company
    alone counts in rules `of = "company"` only."""
    at: Moment
    closed_at: Moment | None = None
    """When it was won or lost."""
    expected_at: Moment | None = None
    """When it is expected to close."""
    owner: Text | None = None
    """The seller who works on it, by name."""
    stage: Text | None = None
    status: Text | None = None
    amount: Amount | None = None
    currency: Currency | None = None
    updated_at: Moment | None = None


class Support(Record, plural="supports", spoken="support cases"):
    """A case at the support desk."""

    id: Id
    contact: Id | None = None
    at: Moment
    status: Text | None = None
    topic: Text | None = None
    updated_at: Moment | None = None


class Rate(Record, plural="rates", named_by=("currency", "day")):
    """Worth of one unit of a currency in the hub's currency on a day."""

    id: Id | None = None
    currency: Currency
    day: date
    rate: Decimal = Field(gt=0, allow_inf_nan=False)


class Postcode(Record, plural="postcodes", named_by=("country", "postcode")):
    """The place of a postcode."""

    id: Id | None = None
    country: Text
    postcode: Text
    city: Text | None = None
    municipality: Text | None = None
    region: Text | None = None
    climate: Text | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None


class Deleted(Record, plural="deleted"):
    """Something that is no longer at the source."""

    noun: Text
    """Class name of the record: `Order`, `Contact`, ..."""
    id: Id
    at: Moment | None = None
