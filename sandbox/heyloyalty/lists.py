"""The list's set-up at Heyloyalty, and the values written to its members."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.world.catalogue import STORES, TOPICS
from sandbox.world.mailing import MailingList, Member
from sandbox.world.people import Person
from sandbox.world.world import BY_HAND

COUNTRIES: Mapping[str, int] = {"DK": 53, "NO": 901, "SE": 902}
"""The vendor's own numbers: Denmark's is documented, the others are the sandbox's."""
SEXES: Mapping[str, int] = {"male": 1, "female": 2}
FIRST_OPTION = 31_001


@dataclass(eq=False)
class Field:
    """One field of the list, made by hand on the vendor's pages."""

    id: int
    name: str
    label: str
    format: str
    type: str = "custom"
    options: dict[int, str] = field(default_factory=dict)


FIXED: Sequence[tuple[str, str, str]] = (
    ("firstname", "Fornavn", "text"),
    ("lastname", "Efternavn", "text"),
    ("email", "E-mail", "text"),
    ("mobile", "Mobil", "text"),
    ("sex", "Køn", "choice"),
    ("birthdate", "Fødselsdato", "date"),
    ("address", "Adresse", "text"),
    ("postalcode", "Postnummer", "text"),
    ("city", "By", "text"),
    ("country", "Land", "choice"),
    ("reference", "Reference", "text"),
)
CUSTOM: Sequence[tuple[str, str, str, Sequence[str]]] = (
    ("segments", "Segmenter", "multi", (BY_HAND, "Loyal", "VIP")),
    ("interesser", "Interesser", "multi", TOPICS),
    ("butik", "Din butik", "choice", [store.name for store in STORES]),
    ("loyal", "Loyal kunde", "boolean", ()),
    ("vip", "VIP-kunde", "boolean", ()),
    ("antal_boern", "Antal børn", "number", ()),
    ("seneste_koeb", "Seneste køb", "date", ()),
    ("segmentnavne", "Navne på segmenter", "text", ()),
)


class Setup:
    """A mailing list at Heyloyalty."""

    def __init__(self, audience: MailingList, number: int = 7001) -> None:
        """Set up the usual fields, and the options that the shop's staff gave by hand."""
        self.audience = audience
        self.number = number
        self.fields: dict[str, Field] = {}
        self.written: dict[str, dict[str, Any]] = {}
        """Guid of a member -> values written over those from the sign-up form."""
        self._options = itertools.count(FIRST_OPTION)
        for name, label, format_ in FIXED:
            self.create_field(name, label, format_, type_="fixed")
        self.fields["sex"].options = {1: "Mand", 2: "Kvinde"}
        labels = {"DK": "Danmark", "NO": "Norge", "SE": "Sverige"}
        self.fields["country"].options = {COUNTRIES[code]: labels[code] for code in COUNTRIES}
        for name, label, format_, options in CUSTOM:
            self.create_field(name, label, format_)
            for option in options:
                self.create_option(name, option)
        self.by_hand = self.option("segments", BY_HAND)
        for tag in audience.tags.values():
            if tag.name == BY_HAND:
                for member in tag.members.values():
                    self.written[guid(member)] = {"segments": [self.by_hand]}

    def create_field(self, name: str, label: str, format_: str, *, type_: str = "custom") -> Field:
        """Make a field by hand, as on the vendor's pages."""
        made = Field(100 + len(self.fields), name, label, format_, type_)
        self.fields[name] = made
        return made

    def create_option(self, name: str, label: str) -> int:
        """Add an option to a field by hand; returns its number."""
        number = next(self._options)
        self.fields[name].options[number] = label
        return number

    def option(self, name: str, label: str) -> int:
        """The number of an option."""
        for number, known in self.fields[name].options.items():
            if known == label:
                return number
        raise KeyError(f"the field {name!r} has no option {label!r}")

    def find(self, number: str) -> Member | None:
        """The member with that guid."""
        return self.audience.members.get(number.replace("-", ""))

    def values(self, member: Member) -> dict[str, Any]:
        """Values of a member's fields, as numbers and texts."""
        return {**self._stated(member.person, member.email), **self.written.get(guid(member), {})}

    def _stated(self, person: Person, email: str) -> dict[str, Any]:
        """Values from the sign-up form; empty where the person left them out."""
        return {
            **{name: [] if each.format == "multi" else "" for name, each in self.fields.items()},
            "firstname": person.first_name,
            "lastname": person.last_name,
            "email": email,
            "mobile": person.phone,
            "sex": SEXES.get(person.gender or "", ""),
            "birthdate": person.born.isoformat() if person.born and person.tells_year else "",
            "address": person.street,
            "postalcode": person.postcode,
            "city": person.city,
            "country": COUNTRIES[person.country],
            "interesser": [self.option("interesser", each) for each in sorted(person.topics)],
            "butik": self.option("butik", person.store) if person.store else "",
            "antal_boern": "" if person.children is None else len(person.children),
        }


def guid(member: Member) -> str:
    """The vendor's id of a member."""
    text = member.id
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
