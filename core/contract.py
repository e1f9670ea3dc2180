"""The contract between connectors and the hub."""

import abc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, PrivateAttr, SecretStr

from core.records import Gender, Record, Requires
from core.tokens import SignIn, TokenKeeper

Secret = SecretStr
"""A setting that is written as `{ env = "NAME" }` or `{ file = "path" }` and never printed."""

System = Literal["answers", "crm", "webshop", "till", "email"]
"""Role of a connected system for the shop."""

Witness = Callable[[str, Mapping[str, str], Sequence[Any]], tuple[Sequence[Any], bool]]
"""Is shown each page of a list as it came: the list's path, what fills the `{names}` in it, and
its raws. Gives back the raws that shall be read on, and whether more pages shall be asked for."""


@dataclass(frozen=True)
class Network:
    """How connections reach the outside, beyond public addresses over https."""

    allow_local: frozenset[str] = frozenset()
    """Hosts (`shop.lan`, `127.0.0.1:8080`) that may be private and may speak plain http."""
    ca_file: Path | None = None
    """Certificates (PEM) to trust beside the usual ones."""
    witness: Witness | None = None
    """Called with every page while samples are recorded."""


class Connector(BaseModel):
    """One configured connection: the fields are its config stanza, the docstrings its help.

    The hub's own keys of a stanza (`kind`, `pull`, `push`) are taken out before.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )
    kind: ClassVar[str]
    """The connector's name, as in `kind = "…"`."""
    system: ClassVar[System] = "webshop"
    """Its role for the shop; decides which source of a person is trusted unless the config does."""

    _network: Network = PrivateAttr(default=Network())
    _tokens: TokenKeeper | None = PrivateAttr(default=None)

    def through(self, network: Network) -> Self:
        """Reach the outside through this network; the config loader says so once, after loading."""
        self._network = network
        return self

    def with_tokens(self, keeper: TokenKeeper) -> Self:
        """Keep tokens there; the hub says so when its store is open."""
        self._tokens = keeper
        return self

    def begin_sign_in(self, redirect: str) -> SignIn | None:  # noqa: ARG002 - who overrides it looks
        """Begin what `segmenthub connect` ends; None: nobody needs to sign in."""
        return None

    def finish_sign_in(self, sign_in: SignIn, code: str) -> None:
        """Exchange the code for the first token and store it; raises Unauthorized."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise Misconfigured for what can be seen to be wrong without asking the other side."""


@dataclass(frozen=True)
class Stream:
    """One list that a source offers."""

    name: str
    nouns: tuple[str, ...]
    """Class names of the records that it yields."""
    cursor: bool = False
    """Whether a window's `since` narrows what is read."""
    by_state: bool = False
    """Whether a read goes on from the state of the one before: then it never shows what is gone."""
    ordered: bool = False
    """Whether rows come sorted by the cursor, so that the checkpoint may move with each page."""
    overlap: timedelta = timedelta(minutes=10)
    """Time before the checkpoint that is read again on purpose, because rows may show up late."""
    every: timedelta | None = None
    """Least time between two reads, for streams that are costly; absent: the connection's."""
    keeps: timedelta | None = None
    """How far back the API shows rows at all; absent: from the first one on."""


@dataclass(frozen=True)
class Window:
    """Rows to read: those that changed in [since, until), aware UTC."""

    until: datetime
    since: datetime | None = None
    zone: ZoneInfo = ZoneInfo("UTC")
    """The shop's zone, for sources whose rows give a local time without one."""
    live: bool = False
    """Whether the stream's position moves with this read: then rows that change while it is read
    belong to it too, and it may look back once a day."""


@dataclass(frozen=True)
class Reject:
    """A row that cannot be loaded: where it stood and why. Never holds the row's values."""

    id: str
    """Where a person finds it: `orders.csv:17`, `/orders#1234`."""
    path: str
    """The field or column at fault."""
    reason: str
    key: str = field(default="", compare=False)
    """Id of the row at the source, where it has one: with it the row is read again."""
    shape: str = field(default="", compare=False)
    """Shape of the value at fault (`core.log.shape_of`), where there is one."""


@dataclass(frozen=True)
class Loss:
    """Something that a row lost though it loads, or that spoils more than its row."""

    kind: Literal["emptied", "unknown", "ambiguous", "spoilt"]
    """Left empty; not understood; an id of two people or orders; an id that a spreadsheet spoilt.
    After one of the last two no read is good."""
    path: str
    shape: str = ""
    """Shape of the value (`core.log.shape_of`), never the value."""
    place: str = ""
    """Where it stood, where that is known: `orders.csv:17`."""


@dataclass(frozen=True)
class Page:
    """Records plus position: the unit of commit."""

    records: Sequence[Record]
    rejects: Sequence[Reject] = ()
    cursor: datetime | None = None
    """The highest cursor seen so far, for ordered streams."""
    origin: str = ""
    """The part of the stream that this page belongs to (a file); "" where it has no parts."""
    whole: bool = False
    """On the last page of an origin that was shown from first row to last: rows of that origin
    which no page of this read has shown are gone at the source."""
    state: str | None = None
    """Handed to the source at its next read; saved with the page."""
    questions: Sequence[str] = ()
    """Questions that only a person can answer, each with the line to write; they stand under what
    needs a person until a read asks them no longer. Never hold the rows' values."""
    missing: int = 0
    """On the last page: rows that the vendor counts and has not listed. Nothing is taken for gone
    then, and a checkpoint stays where it was."""
    notes: Mapping[str, int] = field(default_factory=dict)
    """Things worth counting that are no reject: `outside the window: 3`."""
    losses: Sequence[Loss] = ()
    """Losses that the connector knows of; fields that records empty are counted without it."""


Form = Literal["text", "number", "date", "any"]
"""Type of a custom field. No number is compared with a text; `any` is known only after reading."""


class Source(Connector, abc.ABC):
    """A system that can be read."""

    @abc.abstractmethod
    def streams(self) -> Sequence[Stream]:
        """Every list on offer, in the order in which they are best read."""

    @abc.abstractmethod
    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read one stream; raises Unauthorized, Unavailable or Broken."""

    def read_ids(self, stream: str, ids: Sequence[str], window: Window) -> Iterator[Page] | None:
        """Read the rows with these ids alone; None where they cannot be asked for."""

    def newest(self, stream: str, window: Window) -> Page | None:
        """Read the newest rows of a stream that has fallen silent; None where that cannot be."""

    def order_statuses(self) -> Mapping[str, str]:
        """Words of an order's status that the config explains, and what they mean."""
        return {}

    def remedy(self, stream: str, field: str, shape: str) -> str:  # noqa: ARG002 - for overriding
        """The line of the config by which values of this shape would be read; "" for none."""
        return ""

    def custom_fields(self) -> Mapping[str, Form] | None:
        """The custom fields that it delivers and what they hold; None where only reading shows."""
        return None


@dataclass(frozen=True)
class Target:
    """One thing at a destination that a binding writes: a tag, a field, a list, an audience."""

    kind: Literal["tag", "field", "list", "audience"]
    name: str


Identifier = Mapping[str, str]
"""Something that a platform knows a person by: the parts by the platform's names, in its form."""


@dataclass(frozen=True, repr=False)
class Person:
    """A person as far as a consent allows a platform to know them."""

    emails: tuple[str, ...] = ()
    """Normalized, of all connections, each with the consent; sorted."""
    phones: tuple[str, ...] = ()
    """In E.164, likewise."""
    first_name: str | None = None
    last_name: str | None = None
    postcode: str | None = None
    city: str | None = None
    country: str | None = None
    """Two letters, upper case."""
    birthday: date | None = None
    gender: Gender | None = None


@dataclass(frozen=True)
class Change:
    """Desired value of one person at one target; absolute, so it may be sent twice."""

    target: Target
    key: str
    """The person's key as the source of the same connection gave it; of an audience a number."""
    value: str | None = field(repr=False)
    """A tag: "yes" to carry it, None to lose it. A field: its text, None to clear it. An audience:
    a hash of the identifiers, None to leave it."""
    address: str | None = field(default=None, compare=False, repr=False)
    """The person's email address as the connection stated it last, for destinations that are told
    addresses; filled in for `push` alone, and no part of what the change is."""
    add: tuple[Identifier, ...] = field(default=(), compare=False, repr=False)
    """Of an audience: all identifiers that it should hold of the person, likewise for `push`."""
    remove: tuple[Identifier, ...] = field(default=(), compare=False, repr=False)
    """Of an audience: identifiers that it may hold and should not, of this person or whoever had
    their key before; never one that it should hold of somebody else."""


Result = Literal["applied", "skipped", "rejected", "pending"]


@dataclass(frozen=True)
class Outcome:
    """Outcome of one change."""

    change: Change
    result: Result
    reason: str = ""
    """Why; of an applied one something that is worth counting, as nobody's own."""
    handle: str = ""
    """For pending ones: the job that `resolve` is asked about."""
    passing: bool = False
    """Of skipped and rejected ones: the reason passes by itself, so the hub sends it again later:
    after a minute, ten, an hour, six hours, and then daily."""


@dataclass(frozen=True)
class Cost:
    """Requests of a set of changes, and their seconds at the vendor's limits."""

    requests: int
    seconds: float


@dataclass(frozen=True)
class Found:
    """Somebody who carries a target already."""

    key: str
    value: str = field(repr=False)


class Destination(Connector, abc.ABC):
    """A system that can be written to. It decides how, never whether.

    No destination has an operation that creates a contact or sets a subscription status.
    """

    requires: ClassVar[Requires] = "email"
    """The consent that a binding asks for unless the config says otherwise."""
    addressed_by: ClassVar[Literal["key", "identifiers"]] = "key"
    """By the keys that its own connection delivers; or by the `identifiers` of profiles, where it
    knows nobody: then it needs no contacts, and a withdrawal is a change like any other."""
    membership_lasts: ClassVar[timedelta | None] = None
    """How long an audience holds who is not sent again; None: for ever."""
    target_kinds: ClassVar[frozenset[str]] = frozenset({"tag", "field"})
    writable_statuses: ClassVar[frozenset[str]] = frozenset({"subscribed"})
    """Statuses on one of `lists()` with which a person may be written to."""
    can_read_back: ClassVar[bool] = True
    """Whether `carriers` can tell; where it cannot, `exists` is asked instead."""
    people_at_once: ClassVar[int] = 1
    """Most people that one request names."""
    by_person: ClassVar[bool] = False
    """Whether a request carries all of a person: their changes are then pushed together."""
    separator: ClassVar[str] = ","
    """Joins the segments' names in one field."""
    longest_value: ClassVar[int | None] = None
    """Letters that one field holds; None: no limit."""
    date_format: ClassVar[str] = "%Y-%m-%d"
    one_scan: ClassVar[bool] = False
    """Whether one read shows the carriers of every target: `carriers_of` is asked then."""
    longest_job: ClassVar[timedelta] = timedelta(hours=24)
    """A job that still runs after this time is taken for lost, and its changes are sent again."""

    @abc.abstractmethod
    def gating_lists(self) -> Sequence[str]:
        """Ids of the lists whose own status gates this destination; empty for a shop."""

    def gate(self) -> str:
        """The part of the settings that decides who may be written to, beside the lists.

        The first push after it changed is held until somebody approves it.
        """
        return ""

    @abc.abstractmethod
    def cost(self, changes: Sequence[Change]) -> Cost:
        """Requests and seconds that `push` would need; sends nothing."""

    @abc.abstractmethod
    def carriers(self, target: Target) -> Iterable[Found]:
        """Carriers of the target now; empty where it does not exist yet."""

    def carriers_of(self, targets: Sequence[Target]) -> Iterable[tuple[Target, Found]]:
        """Carriers of several targets, each beside its target."""
        return ((target, found) for target in targets for found in self.carriers(target))

    def refusal(self, target: Target) -> str:  # noqa: ARG002 - who overrides it looks
        """Return why a target can never be written, "" where it can; sends nothing."""
        return ""

    def check_write(self) -> None:
        """Raise Unauthorized where the credential may read only; changes nothing."""

    def exists(self, target: Target) -> bool:  # noqa: ARG002 - who overrides it looks
        """Whether the target is there; asked where nobody can be, or is, seen to carry it."""
        return True

    def identifiers(self, person: Person) -> Sequence[Identifier]:  # noqa: ARG002 - who overrides it looks
        """Identify a person as the platform does; empty where it cannot. Sends nothing."""
        return ()

    def begin_push(self) -> None:
        """Is called once before the `push` of the first changes: look up anew what is needed."""

    @abc.abstractmethod
    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write; one outcome per change, as soon as it is known."""

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterable[Outcome]:  # noqa: ARG002 - who overrides it looks
        """Ask what became of a job, with all its changes; they are pending while it runs.

        A change without an outcome is one that the other side no longer knows of.
        """
        return ()
