"""Mailing lists: members, tags, campaigns, opens and clicks."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from sandbox.world.catalogue import TOPICS
from sandbox.world.people import Person

Status = Literal["subscribed", "unsubscribed", "cleaned", "pending"]
LINKS = (
    "https://shop.example/nyheder",
    "https://shop.example/boern",
    "https://shop.example/tilbud",
)
HARD, SOFT = 0.0008, 0.0032
"""Shares of the messages that bounce."""
OPENS_AGAIN = 0.25
COMPLIANCE = frozenset({"cleaned"})
"""Statuses in which Mailchimp refuses to change a member."""


def short_id(*parts: object) -> str:
    """Ten hexadecimal digits, as in Mailchimp's ids of lists, campaigns and interests."""
    return hashlib.md5(  # the vendor's own choice, not a secret
        ":".join(str(part) for part in parts).encode(), usedforsecurity=False
    ).hexdigest()[:10]


def member_id(email: str) -> str:
    """The vendor's id for an email: the MD5 of its lower case."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class MergeField:
    """A field of the list; `tag` has at most ten letters."""

    id: int
    tag: str
    name: str
    type: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Member:
    """A member of the list, in any status."""

    email: str
    person: Person
    status: Status
    signed_up_at: datetime
    opted_in_at: datetime | None
    changed_at: datetime
    merge_fields: dict[str, Any]
    interests: dict[str, bool]
    dice: Random
    unsubscribed_at: datetime | None = None
    complained_at: datetime | None = None
    """Instant of their last spam report."""
    in_compliance: bool = False

    @property
    def id(self) -> str:
        """The vendor's id."""
        return member_id(self.email)

    @property
    def may_be_changed(self) -> bool:
        """Whether the vendor accepts changes of this member."""
        return not self.in_compliance and self.status not in COMPLIANCE


@dataclass(eq=False)
class Delivery:
    """One campaign sent to one member: the result, and every open and click, future ones too."""

    member: Member
    result: Literal["sent", "hard", "soft"]
    opens: tuple[datetime, ...] = ()
    clicks: tuple[tuple[datetime, str], ...] = ()


@dataclass(frozen=True)
class Unsubscribe:
    """An unsubscribe by the link in a campaign."""

    member: Member
    at: datetime
    reason: str


@dataclass(eq=False)
class Campaign:
    """A newsletter."""

    id: str
    number: int
    title: str
    subject: str
    created_at: datetime
    sent_at: datetime | None = None
    deliveries: Sequence[Delivery] = ()
    unsubscribes: list[Unsubscribe] = field(default_factory=list)


@dataclass(eq=False)
class Tag:
    """A static segment, called a tag on Mailchimp's pages."""

    id: int
    name: str
    created_at: datetime
    changed_at: datetime
    members: dict[str, Member] = field(default_factory=dict)


MERGE_FIELDS: Sequence[MergeField] = (
    MergeField(1, "FNAME", "Fornavn", "text", {"size": 25}),
    MergeField(2, "LNAME", "Efternavn", "text", {"size": 25}),
    MergeField(3, "PHONE", "Telefon", "phone", {"phone_format": "none"}),
    MergeField(4, "GENDER", "Køn", "dropdown", {"choices": ["female", "male", "other"]}),
    MergeField(5, "BIRTHDAY", "Fødselsdag", "birthday", {"date_format": "MM/DD"}),
    MergeField(6, "BIRTHDATE", "Fødselsdato", "date", {"date_format": "MM/DD/YYYY"}),
    MergeField(7, "POSTCODE", "Postnummer", "text", {"size": 10}),
    MergeField(8, "CITY", "By", "text", {"size": 40}),
    MergeField(9, "COUNTRY", "Land", "text", {"size": 2}),
    MergeField(10, "STORE", "Din butik", "text", {"size": 40}),
    MergeField(11, "CHILDREN", "Antal børn", "number"),
    MergeField(12, "CHILD1BORN", "Barn 1 født", "date", {"date_format": "MM/DD/YYYY"}),
    MergeField(13, "CHILD1SEX", "Barn 1 køn", "dropdown", {"choices": ["female", "male"]}),
    MergeField(14, "CHILD2BORN", "Barn 2 født", "date", {"date_format": "MM/DD/YYYY"}),
    MergeField(15, "CHILD2SEX", "Barn 2 køn", "dropdown", {"choices": ["female", "male"]}),
    MergeField(16, "SEGMENTS", "Segmenter", "text", {"size": 255}),
    MergeField(17, "LASTBUY", "Seneste køb", "date", {"date_format": "MM/DD/YYYY"}),
)


def merge_values(person: Person) -> dict[str, Any]:
    """Values from the sign-up form; empty where the person left them out."""
    values: dict[str, Any] = {each.tag: "" for each in MERGE_FIELDS}
    values |= {
        "FNAME": person.first_name,
        "LNAME": person.last_name,
        "PHONE": person.phone,
        "GENDER": person.gender or "",
        "POSTCODE": person.postcode,
        "CITY": person.city,
        "COUNTRY": person.country,
        "STORE": person.store or "",
    }
    if person.born:
        values["BIRTHDAY"] = person.born.strftime("%m/%d")
        values["BIRTHDATE"] = person.born.isoformat() if person.tells_year else ""
    if person.children is not None:
        values["CHILDREN"] = len(person.children)
        for number, child in enumerate(person.children, start=1):
            values[f"CHILD{number}BORN"] = child.born.isoformat()
            values[f"CHILD{number}SEX"] = child.gender
    return values


class MailingList:
    """The newsletter's list or the club's."""

    def __init__(self, seed: int, opened_at: datetime, word: str, name: str) -> None:
        """Create an empty list; ids are made from the seed and `word`."""
        self.seed = seed
        self.id = short_id(seed, word)
        self.name = name
        self.opened_at = opened_at
        self.members: dict[str, Member] = {}
        self.forgotten: set[str] = set()
        """Ids of permanently deleted members."""
        self.tags: dict[int, Tag] = {}
        self.merge_fields = list(MERGE_FIELDS)
        self.topics_id = short_id(seed, "topics")
        self.topic_ids = {topic: short_id(seed, "topic", topic) for topic in TOPICS}
        self.campaigns: list[Campaign] = []

    def sign_up(
        self, person: Person, at: datetime, email: str, *, confirmed: bool = True
    ) -> Member:
        """Add a person under the email as they typed it; pending until confirmed."""
        member = Member(
            email=email,
            person=person,
            status="subscribed" if confirmed else "pending",
            signed_up_at=at,
            opted_in_at=at if confirmed else None,
            changed_at=at,
            merge_fields=merge_values(person),
            interests={key: topic in person.topics for topic, key in self.topic_ids.items()},
            dice=Random(f"{self.seed}:reader:{person.number}"),
        )
        self.members[member.id] = member
        return member

    def leave(self, member: Member, at: datetime, campaign: Campaign | None = None) -> None:
        """Unsubscribe a member, perhaps by the link in a campaign."""
        member.status = "unsubscribed"
        member.unsubscribed_at = member.changed_at = at
        if campaign:
            campaign.unsubscribes.append(Unsubscribe(member, at, "None given"))

    def bounce(self, member: Member, at: datetime) -> None:
        """Clean a member whose mailbox is gone."""
        member.status, member.changed_at = "cleaned", at

    def complain(self, member: Member, at: datetime) -> None:
        """Record a spam report, which unsubscribes the member."""
        self.leave(member, at)
        member.complained_at = at

    def come_back(self, member: Member, at: datetime) -> None:
        """Subscribe a member again at their own wish: a new stay begins."""
        member.status = "subscribed"
        member.opted_in_at = member.changed_at = at
        member.unsubscribed_at = None

    def forget(self, member: Member) -> None:
        """Delete a member permanently; the vendor's API never accepts the email again."""
        del self.members[member.id]
        self.forgotten.add(member.id)
        for tag in self.tags.values():
            tag.members.pop(member.id, None)

    def create_tag(self, name: str, at: datetime, members: Iterable[Member] = ()) -> Tag:
        """Create a static segment."""
        number = 5000 + len(self.tags)
        self.tags[number] = Tag(number, name, at, at, {each.id: each for each in members})
        return self.tags[number]

    def tag(self, name: str) -> Tag:
        """The static segment of that name."""
        for tag in self.tags.values():
            if tag.name == name:
                return tag
        raise KeyError(
            f"the list has no tag {name!r}; it has {[t.name for t in self.tags.values()]}"
        )

    def send(self, number: int, at: datetime) -> Campaign:
        """Send a newsletter to every subscriber."""
        recipients = [each for each in self.members.values() if each.status == "subscribed"]
        campaign = Campaign(
            id=short_id(self.seed, "campaign", number),
            number=number,
            title=f"Nyhedsbrev {number}",
            subject=("Nyt på hylderne", "Ugens tilbud", "Til hele familien")[number % 3],
            created_at=at - timedelta(days=1),
            sent_at=at,
            deliveries=[deliver(member, at) for member in recipients],
        )
        self.campaigns.append(campaign)
        return campaign

    def draft(self, now: datetime) -> Campaign:
        """The newsletter that is always a draft."""
        number = len(self.campaigns) + 1
        return Campaign(short_id(self.seed, "draft"), number, f"Nyhedsbrev {number}", "Kladde", now)


def deliver(member: Member, at: datetime) -> Delivery:
    """Send one newsletter to one member; future opens and clicks are decided now."""
    # Always the same number of draws, so that one delivery never changes another.
    bounce, opening, clicking, again = (member.dice.random() for _ in range(4))
    delay, link = member.dice.expovariate(1 / 9), member.dice.choice(LINKS)
    if bounce < HARD:
        return Delivery(member, "hard")
    if bounce < HARD + SOFT:
        return Delivery(member, "soft")
    reading = member.person.reading
    begun = member.opted_in_at or member.signed_up_at
    reads = reading.stops_after_days is None or at < begun + timedelta(
        days=reading.stops_after_days
    )
    if not reads or opening >= reading.opens:
        return Delivery(member, "sent")
    opened_at = (at + timedelta(hours=0.1 + min(delay, 96))).replace(microsecond=0)
    opens = [opened_at]
    if again < OPENS_AGAIN:
        opens.append(opened_at + timedelta(hours=2, minutes=5))
    clicks = ((opened_at + timedelta(seconds=40), link),) if clicking < reading.clicks else ()
    return Delivery(member, "sent", tuple(opens), clicks)
