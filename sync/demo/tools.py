"""The simulated tools: their tags and fields, and the requests they received."""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal, NamedTuple

from sandbox import Sandbox
from sandbox.heyloyalty.lists import guid
from sandbox.server import Request
from sandbox.world.mailing import MailingList
from sandbox.world.people import Person


class Place(NamedTuple):
    """A tag or a field."""

    kind: Literal["tag", "field", "list", "audience"]
    name: str


Carriers = Mapping[Place, Mapping[str, str]]
"""Person id -> text, per tag or field; the text of a tag is empty."""


class Tool(ABC):
    """One system that the demonstration writes to."""

    kind: ClassVar[str]
    vendor: ClassVar[str]
    connection: ClassVar[str]
    """Its name in the config."""
    fields: ClassVar[Sequence[str]]
    """The fields that the hub writes."""

    def __init__(self, sandbox: Sandbox) -> None:
        """Look into this sandbox."""
        self.sandbox = sandbox

    @property
    @abstractmethod
    def requests(self) -> Sequence[Request]:
        """Every request that it received."""

    @property
    def audience(self) -> MailingList | None:
        """The list that people may leave; None: its fields need no consent."""
        return None

    @abstractmethod
    def key(self, person: Person) -> str:
        """The person's id."""

    @abstractmethod
    def carriers(self) -> Carriers:
        """The carriers of every tag, and of every field that the hub writes."""

    def names(self, person: Person, request: Request) -> bool:
        """Whether a request is about a person."""
        text = f"{request.path} {json.dumps(request.body, ensure_ascii=False)}".lower()
        return person.email.lower() in text or self.key(person) in text

    def writes_about(self, person: Person, since: int) -> int:
        """The number of writing requests about a person, from the given one on."""
        later = self.requests[since:]
        return sum(each.method != "GET" and self.names(person, each) for each in later)


class Newsletter(Tool):
    """Mailchimp: tags, and merge fields."""

    kind = "mailchimp"
    vendor = "Mailchimp"
    connection = "news"
    fields = ("SEGMENTS", "LASTBUY")

    @property
    def requests(self) -> Sequence[Request]:
        """Every request that Mailchimp received."""
        return self.sandbox.mailchimp.requests

    @property
    def audience(self) -> MailingList:
        """The newsletter's list."""
        return self.sandbox.world.list

    def key(self, person: Person) -> str:
        """The hash of the address."""
        return self.sandbox.world.member(person.email).id

    def carriers(self) -> Carriers:
        """Tags and merge fields."""
        mailing = self.audience
        carriers: dict[Place, Mapping[str, str]] = {
            Place("tag", tag.name): dict.fromkeys(tag.members, "")
            for tag in sorted(mailing.tags.values(), key=lambda tag: tag.id)
        }
        for field in self.fields:
            carriers[Place("field", field)] = {
                each.id: str(text)
                for each in mailing.members.values()
                if (text := each.merge_fields.get(field))
            }
        return carriers


class Club(Tool):
    """Heyloyalty: options of one field, and plain fields."""

    kind = "heyloyalty"
    vendor = "Heyloyalty"
    connection = "club"
    fields = ("segmentnavne", "seneste_koeb")

    @property
    def requests(self) -> Sequence[Request]:
        """Every request that Heyloyalty received."""
        return self.sandbox.heyloyalty.requests

    @property
    def audience(self) -> MailingList:
        """The club's list."""
        return self.sandbox.world.club

    def key(self, person: Person) -> str:
        """The member's id."""
        return guid(self.sandbox.world.member(person.email, self.audience))

    def carriers(self) -> Carriers:
        """Options and fields."""
        setup = self.sandbox.club.setup
        values = {guid(each): setup.values(each) for each in self.audience.members.values()}
        options = setup.fields["segments"].options
        carriers: dict[Place, Mapping[str, str]] = {
            Place("tag", label): {
                key: "" for key, value in values.items() if number in value["segments"]
            }
            for number, label in options.items()
        }
        for field in self.fields:
            carriers[Place("field", field)] = {
                key: str(value[field]) for key, value in values.items() if value[field]
            }
        return carriers


class Shop(Tool):
    """WooCommerce: the shop's own notes about its customers."""

    kind = "woocommerce"
    vendor = "WooCommerce"
    connection = "shop"
    fields = ("segments", "last_order")
    _known = frozenset({"gender", "birthday"})

    @property
    def requests(self) -> Sequence[Request]:
        """Every request that WooCommerce received."""
        return self.sandbox.woocommerce.requests

    def key(self, person: Person) -> str:
        """The number of the account."""
        account = self.sandbox.world.shop.account(person)
        if account is None:
            raise KeyError("this person has no account")
        return str(account.id)

    def names(self, person: Person, request: Request) -> bool:
        """Whether a request changes the person's account."""
        rows = (request.body or {}).get("update", ())
        return self.key(person) in {str(row["id"]) for row in rows}

    def carriers(self) -> Carriers:
        """Meta fields; a tag is one with the value `yes`."""
        carriers: dict[Place, dict[str, str]] = {}
        for customer in self.sandbox.world.customers.values():
            for name, text in customer.meta.items():
                if text and name not in self._known:
                    place = Place("field" if name in self.fields else "tag", name)
                    carriers.setdefault(place, {})[str(customer.id)] = str(text)
        return dict(sorted(carriers.items(), key=lambda each: each[0].kind, reverse=True))


TOOLS: Mapping[str, type[Tool]] = {each.kind: each for each in (Newsletter, Club, Shop)}
"""By the kind that `--to` names."""
BOTH_LISTS = (Newsletter.kind, Club.kind)
"""The tools that are written to by default."""
