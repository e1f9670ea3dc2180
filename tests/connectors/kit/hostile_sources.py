"""Sources that break one promise each, and the standard test that says so."""

import dataclasses
import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Self

from connectors.kit import (
    Broken,
    Contact,
    Credential,
    Cursor,
    Declared,
    HubError,
    Marker,
    NumberedPages,
    Order,
    Page,
    Raw,
    Reading,
    Response,
    Step,
    Unauthorized,
    Unavailable,
    Window,
    bearer,
    stream,
    utc,
)
from connectors.kit.auth.keeper import MemoryKeeper
from connectors.kit.testing import FakeClock
from core.tokens import Token, TokenKeeper
from tests.connectors.kit.good import CHANGED, SAMPLES, Fair, FairWithTokens

ASKED_TO_WAIT = 37
"""Seconds that the suite asks to wait for; a pause after an outage is shorter."""


class OneIdForAll(Fair):
    """Gives everybody the same id."""

    @stream("/people", cursor=CHANGED, ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id="somebody", email=raw["mail"])


class Destructive(Fair):
    """Edits what it is given."""

    @stream("/people", cursor=CHANGED, ordered=True)
    def people(self, raw: Any) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw.pop("mail"))


class Fragile(Fair):
    """Breaks off at a value that it did not expect."""

    @stream("/people", cursor=CHANGED, ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        if not isinstance(raw["mail"], str):
            raise RuntimeError("no address")  # noqa: TRY004 - a type error would be a reject
        yield Contact(id=raw["id"], email=raw["mail"])


class Nostalgic(Fair):
    """Tells of each person who came before."""

    before: ClassVar[list[str]] = []

    @stream("/people", cursor=CHANGED, ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        self.before[:] = [] if raw["id"] == 1 else self.before[-1:]
        yield Contact(id=raw["id"], first_name=self.before[0] if self.before else "nobody")
        self.before.append(raw["mail"])


class Counting(Fair):
    """Reads the same differently each time."""

    times: ClassVar[list[int]] = []

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        self.times.append(1)
        for page in super().read(stream, window, state):
            records = [
                each.model_copy(update={"first_name": str(len(self.times))})
                for each in page.records
            ]
            yield dataclasses.replace(page, records=records)


class Pretender(Fair):
    """Yields another noun than it names."""

    @stream("/people", cursor=CHANGED, ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Order(id=raw["id"], placed_at=utc(raw["at"]))  # type: ignore[misc]


class Repeating(Fair):
    """Asks for the first page once more at the end."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        for page in super().read(stream, window, state):
            yield page
            declared = self.declared()[stream]
            next(self.walk(declared, window))


@dataclasses.dataclass(frozen=True)
class FirstPage(NumberedPages):
    """Takes the first page for all of them."""

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:  # noqa: ARG002
        """None."""
        return None


class Content(Fair):
    """Is content with one page."""

    pages = FirstPage(size=100)


class Inventive(Fair):
    """Makes somebody up where there is nobody."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read; at the end somebody must have been there."""
        seen = False
        for page in super().read(stream, window, state):
            seen = seen or bool(page.records or page.rejects or page.notes)
            yield page if seen else dataclasses.replace(page, records=[Contact(id="somebody")])


class Windowless(Fair):
    """Asks for everything, whatever the window."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:  # noqa: ARG002
        """Read."""
        reading = Reading(self, stream, window)
        for listed in self.walk(self.declared()[stream]):
            yield reading.page(listed)


class Trusting(Cursor):
    """Believes that the vendor filters."""

    def holds(self, raw: Mapping[str, Any], window: Window) -> bool:  # noqa: ARG002
        """Whatever comes."""
        return True


class Credulous(Fair):
    """Takes every row."""

    @stream("/people", cursor=Trusting("at", since="since"), ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class Punctual(Fair):
    """Believes that every row shows up at once."""

    @stream("/people", cursor=Cursor("at", since="since", overlap=timedelta()), ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class Cursored(Fair):
    """Has something of its own to say about the cursor."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        for page in super().read(stream, window, state):
            yield dataclasses.replace(page, cursor=self.told(page.cursor))

    def told(self, cursor: datetime | None) -> datetime | None:
        """Its own cursor."""
        return cursor


class Naive(Cursored):
    """Loses the zone."""

    def told(self, cursor: datetime | None) -> datetime | None:
        """Without its zone."""
        return cursor and cursor.replace(tzinfo=None)


class Stuck(Cursored):
    """Never gets anywhere."""

    def told(self, cursor: datetime | None) -> datetime | None:  # noqa: ARG002
        """Nothing."""
        return None


class Hasty(Cursored):
    """Moves along a list that it does not say is sorted."""

    @stream("/people", cursor=CHANGED)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])

    def told(self, cursor: datetime | None) -> datetime | None:  # noqa: ARG002
        """A day in May."""
        return datetime(2024, 5, 2, 10, tzinfo=UTC)


class Sweeping(Fair):
    """Takes a window for everything."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        for page in super().read(stream, window, state):
            yield dataclasses.replace(page, whole=not page.rejects)


class Secretive(Fair):
    """Says nothing of rows that it could not map."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        for page in super().read(stream, window, state):
            yield dataclasses.replace(page, rejects=())


class Impatient(Fair):
    """Does not wait when it is asked to."""

    again: ClassVar[Collection[int]] = ()


class Touchy(Fair):
    """Takes a server that was down a moment ago for a broken one."""

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of a server that was never down."""
        if isinstance(self._clock, FakeClock) and 0 < sum(self._clock.slept) < ASKED_TO_WAIT:
            raise Broken("it was down")
        return super().rows_of(response, declared)


class Cheerful(Fair):
    """Takes trouble for an empty list."""

    trouble: ClassVar[type[HubError]]

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        try:
            yield from super().read(stream, window, state)
        except self.trouble:
            yield Page(())


class OutToLunch(Cheerful):
    """Takes an outage for an empty list."""

    trouble = Unavailable


class Unworried(Cheerful):
    """Takes a refused key for an empty list."""

    trouble = Unauthorized


class Stubborn(Fair):
    """Tries a refused key again."""

    again: ClassVar[Collection[int]] = (401, 403, 429)


class Lenient(Fair):
    """Takes a text for an empty list."""

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows, if there are any."""
        found = response.json()
        return [] if isinstance(found, str) else super().rows_of(response, declared)


class Forgiving(Fair):
    """Takes an error inside a good answer for an empty list."""

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows, if there are any."""
        found = response.json()
        return [] if isinstance(found, dict) else super().rows_of(response, declared)


class Counted(Fair):
    """Has a vendor who counts, and positions that are numbers."""

    pages = NumberedPages(size=100, total_header="X-Total")

    @stream("/people", marker=Marker("id", since="after"), ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class Forgetful(Counted):
    """Takes what came before its state for gone."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        for page in super().read(stream, window, state):
            yield dataclasses.replace(page, whole=page.whole or state is not None)


class Optimistic(Counted):
    """Says nothing of rows that it was not shown."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        for page in super().read(stream, window, state):
            yield dataclasses.replace(page, missing=0)


@dataclasses.dataclass(frozen=True)
class StandingStill(NumberedPages):
    """Pages of lists that may not move."""

    def back(self, step: Step, vanished: int) -> Step:
        """Refuse a list that has shrunk."""
        raise Broken(f"{vanished} rows of {step} have vanished")


class Jumpy(Fair):
    """Refuses a list that moves."""

    pages = StandingStill(size=100, total_header="X-Total")


class Grouped(Fair):
    """Has lists below lists."""

    raws: ClassVar[dict[str, list[Any]]] = {
        "/people": SAMPLES["/people"],
        "/people/1/friends": [{"id": 7, "at": "2024-05-01T10:00:00Z"}],
        "/people/2/friends": [{"id": 8, "at": "2024-05-01T10:00:00Z"}],
    }

    @stream("/people/{person}/friends", each="people", fill={"person": "id"})
    def friends(self, raw: Raw, person: Raw) -> Iterator[Contact]:
        """Friends of people."""
        yield Contact(id=f"{person['id']}-{raw['id']}")


class Discarding(Grouped):
    """Loads nothing of friends when those of one person cannot be read."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        for page in super().read(stream, window, state):
            bad = any("#" in reject.id and "answered" in reject.reason for reject in page.rejects)
            yield dataclasses.replace(page, rejects=()) if bad else page


class Gossip(Fair):
    """Tells somebody else that it has read."""

    def read(self, stream: str, window: Window, state: str | None = None) -> Iterator[Page]:
        """Read."""
        yield from super().read(stream, window, state)
        self.client.request(
            "GET", "/", link="https://elsewhere.test/", authenticated=False, accept=(404,)
        )


class Talkative(Fair):
    """Tells a person's address where it is not heard by the vendor alone."""

    @stream("/people", cursor=CHANGED, ordered=True)
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        logging.getLogger("talkative").info("now comes %a", raw["mail"])
        yield Contact(id=raw["id"], email=raw["mail"])


class Undescribed(Fair):
    """Sends what the vendor does not know."""

    @stream("/people", cursor=CHANGED, ordered=True, params={"mood": "good"})
    def people(self, raw: Raw) -> Iterator[Contact]:
        """People."""
        yield Contact(id=raw["id"], email=raw["mail"])


class Silent(Fair):
    """Does not say what a setting is for."""

    shop: str = "1"


class KeepsTheOldToken(FairWithTokens):
    """Renews its token and goes on with the one before."""

    def credential(self) -> Credential | None:
        """The very first one."""
        return super().credential() and bearer("the first access token")


class Hoarder(MemoryKeeper):
    """Keeps the first refresh token for ever."""

    def renew(self, spent: Token | None, ask: Callable[[Token | None], Token]) -> Token:
        """A new token that is renewed with the old one."""
        token = super().renew(spent, ask)
        self.store(dataclasses.replace(token, refresh=spent.refresh if spent else ""))
        return self.current() or token


class Spendthrift(FairWithTokens):
    """Spends a refresh token twice."""

    def with_tokens(self, keeper: TokenKeeper) -> Self:
        """Keep them its own way."""
        hoarder = Hoarder(keeper.connection)
        if token := keeper.current():
            hoarder.store(token)
        return super().with_tokens(hoarder)


TABLE: Sequence[tuple[type[Fair], str]] = (
    (KeepsTheOldToken, "test_a_token_that_ended_is_renewed_and_nothing_is_lost"),
    (Spendthrift, "test_each_refresh_token_is_spent_once"),
    (Silent, "test_every_setting_is_described"),
    (Pretender, "test_every_stream_names_the_nouns_that_it_yields"),
    (Repeating, "test_every_stream_reads_its_samples_once_and_stops"),
    (Content, "test_pages_of_one_row_give_the_same"),
    (Inventive, "test_an_empty_system_gives_nothing"),
    (Counting, "test_a_replay_gives_equal_records"),
    (Nostalgic, "test_a_row_is_mapped_by_itself"),
    (Destructive, "test_mapping_leaves_its_input_as_it_was"),
    (OneIdForAll, "test_ids_are_unique_and_not_empty"),
    (Secretive, "test_a_broken_row_leaves_the_good_ones"),
    (Fragile, "test_whatever_a_row_holds_it_is_loaded_or_rejected"),
    (Windowless, "test_the_window_is_sent"),
    (Punctual, "test_what_shows_up_late_is_read_again"),
    (Credulous, "test_rows_outside_the_window_are_left_out"),
    (Naive, "test_the_cursor_of_a_sorted_list_advances_and_no_other"),
    (Stuck, "test_the_cursor_of_a_sorted_list_advances_and_no_other"),
    (Hasty, "test_the_cursor_of_a_sorted_list_advances_and_no_other"),
    (Sweeping, "test_only_a_full_scan_tells_who_is_gone"),
    (Impatient, "test_too_many_requests_are_answered_by_waiting"),
    (Touchy, "test_a_short_outage_heals"),
    (OutToLunch, "test_a_long_outage_is_unavailable"),
    (Unworried, "test_a_refused_credential_is_not_tried_again"),
    (Stubborn, "test_a_refused_credential_is_not_tried_again"),
    (Lenient, "test_another_answer_than_agreed_is_broken"),
    (Forgiving, "test_an_error_inside_a_good_answer_is_no_empty_list"),
    (Forgetful, "test_a_read_from_a_state_is_never_whole"),
    (Optimistic, "test_rows_that_are_counted_and_not_listed_are_told"),
    (Jumpy, "test_a_list_that_moves_is_read_on"),
    (Discarding, "test_a_list_below_another_that_cannot_be_read_is_one_reject"),
    (Gossip, "test_only_its_own_host_is_called"),
    (Talkative, "test_no_secret_and_no_address_leaks"),
    (Undescribed, "test_requests_and_answers_are_as_the_vendor_describes"),
)
"""Each hostile source, and the one standard test that it fails."""
