"""Destinations that break one promise each, and the standard test that says so."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

from pydantic import PrivateAttr

from connectors.kit import (
    Again,
    Batch,
    Change,
    Clock,
    Cost,
    Found,
    HubError,
    Outcome,
    RateHeaders,
    Response,
    Target,
    Unauthorized,
    Unavailable,
)
from connectors.kit.testing import FakeClock
from core.contract import Identifier, Person
from tests.connectors.kit.good import GONE, REFUSES, Billboard, Choir, Kind, KindWithTokens, Studio

ASKED_TO_WAIT = 37
"""Seconds that the suite asks to wait for; a pause after an outage is shorter."""


class Silent(Kind):
    """Does not say what a setting is for."""

    door: str = "1"


class Improving(Kind):
    """Sends a little more than was agreed."""

    def body(self, change: Change) -> Any:
        """With a word too many, which the vendor takes."""
        return {"value": change.value} if change.value is None else {"value": f"{change.value}"}


class Asking(Kind):
    """Asks how things are even when there is nothing to do."""

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Ask, then write."""
        if not changes:
            list(self.carriers(Target("tag", "Loyal")))
        yield from super().push(changes)


class Chatty(Kind):
    """Says everything twice."""

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write, and tell it again."""
        for outcome in super().push(changes):
            yield outcome
            yield outcome


class Taciturn(Kind):
    """Does not say why it did not write."""

    def write(self, change: Change) -> Outcome:
        """Outcome without its reason."""
        return Outcome(change, super().write(change).result)


class Forgetful(Kind):
    """Writes otherwise what it has written before."""

    _written: list[Change] = PrivateAttr(default_factory=list)

    def body(self, change: Change) -> Any:
        """With how often it was written."""
        before = self._written.count(change)
        self._written.append(change)
        told = super().body(change)
        return {**told, "times": before} if told and before else told


class Blind(Kind):
    """Sees nobody."""

    def carriers(self, target: Target) -> Iterator[Found]:  # noqa: ARG002
        """Nobody."""
        return iter(())


class Tidy(Kind):
    """Takes what is gone already for a mistake."""

    def write(self, change: Change) -> Outcome:
        """A drawer that was empty is refused."""
        if change.value is None:
            held = [found.key for found in self.carriers(change.target)]
            if change.key not in held:
                return Outcome(change, "rejected", "the drawer is empty")
        return super().write(change)

    def cost(self, changes: Sequence[Change]) -> Cost:
        """A look before each removal."""
        return Cost(sum(1 if each.value else 2 for each in changes), 0)


class Crowding(Kind):
    """Tells everybody's name at once, when they are many."""

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Announce, then write."""
        if len({each.key for each in changes}) > 2 and len({each.target for each in changes}) == 1:
            everybody = {"everybody": [each.key for each in changes]}
            self.client.request("POST", "/announcements", json=everybody, accept=(GONE,))
        yield from super().push(changes)


class Cheap(Kind):
    """Says that it costs less than it does."""

    def cost(self, changes: Sequence[Change]) -> Cost:
        """Nothing."""
        return Cost(0, 0 * len(changes))


class Extravagant(Kind):
    """Tries out what it would cost."""

    def cost(self, changes: Sequence[Change]) -> Cost:
        """As much as it took."""
        list(self.push(changes))
        return super().cost(changes)


class Fragile(Kind):
    """Stops at the first who is refused."""

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write until somebody is refused."""
        for outcome in super().push(changes):
            yield outcome
            if outcome.reason == "refused":
                return


class Strict(Kind):
    """Takes who is gone for a mistake."""

    def write(self, change: Change) -> Outcome:
        """Rejected, for ever."""
        outcome = super().write(change)
        return Outcome(change, "rejected", "gone") if outcome.result == "skipped" else outcome


class Welcoming(Kind):
    """Creates who is not there."""

    def write(self, change: Change) -> Outcome:
        """Write, and sign up who is not there."""
        outcome = super().write(change)
        if outcome.result == "skipped":
            self.client.request("POST", "/people", json={"mail": change.address})
        return outcome


class Impatient(Kind):
    """Does not wait when it is asked to."""

    again: ClassVar[Collection[int]] = ()


class Touchy(Kind):
    """Takes a server that was down a moment ago for a broken one."""

    def write(self, change: Change) -> Outcome:
        """Write, where it was never down."""
        outcome = super().write(change)
        if isinstance(self._clock, FakeClock) and 0 < sum(self._clock.slept) < ASKED_TO_WAIT:
            return Outcome(change, "rejected", "it was down")
        return outcome


class Cheerful(Kind):
    """Takes trouble for a refusal of one person."""

    trouble: ClassVar[type[HubError]]

    def write(self, change: Change) -> Outcome:
        """Write, whatever happens."""
        try:
            return super().write(change)
        except self.trouble:
            return Outcome(change, "rejected", "no luck")


class OutToLunch(Cheerful):
    """Takes an outage for a refusal of everybody."""

    trouble = Unavailable


class Unworried(Cheerful):
    """Takes a refused key for a refusal of everybody."""

    trouble = Unauthorized


class Stubborn(Kind):
    """Tries a refused key again."""

    again: ClassVar[Collection[int]] = (401, 403, 429)


class Lenient(Kind):
    """Takes any refusal for a yes."""

    def write(self, change: Change) -> Outcome:
        """Write, and be content."""
        response = self.client.request(
            "DELETE" if change.value is None else "PUT",
            "/people/{person}/{target}",
            fill={"person": change.key, "target": change.target.name},
            json=self.body(change),
            accept=(400, GONE, REFUSES),
        )
        if response.status in (GONE, REFUSES) and change.value is not None:
            why = {GONE: ("skipped", "not there"), REFUSES: ("rejected", "refused")}
            return Outcome(change, *why[response.status])  # type: ignore[arg-type]
        return Outcome(change, "applied")


class Subscribing(Kind):
    """Puts people on the list while it is there."""

    _many: bool = PrivateAttr(default=False)

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write; of several changes it says more."""
        self._many = len(changes) > 1
        yield from super().push(changes)

    def body(self, change: Change) -> Any:
        """With a status."""
        told = super().body(change)
        return {**told, "Status": "Subscribed"} if told and self._many else told


class Gossip(Kind):
    """Tells somebody else that it has written."""

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write, and tell."""
        yield from super().push(changes)
        if changes:
            self.client.request(
                "GET", "/", link="https://elsewhere.test/", authenticated=False, accept=(GONE,)
            )

    def cost(self, changes: Sequence[Change]) -> Cost:
        """One more."""
        return Cost(len(changes) + bool(changes), 0)


class Talkative(Kind):
    """Names people in its reasons."""

    def write(self, change: Change) -> Outcome:
        """Write, and say to whom."""
        outcome = super().write(change)
        if outcome.reason:
            return Outcome(change, outcome.result, f"{change.address}: {outcome.reason}")
        return outcome


class Undescribed(Kind):
    """Sends what the vendor does not know, when nobody who is bound looks."""

    def write(self, change: Change) -> Outcome:
        """Write, and ask how it is."""
        outcome = super().write(change)
        if outcome.result == "skipped":
            self.client.request("GET", "/people/{person}", fill={"person": change.key},
                                accept=(GONE,))  # fmt: skip
        return outcome


class Inquisitive(Kind):
    """Looks up with every part of a push what it knows from the first."""

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Look, then write."""
        if changes:
            list(self.carriers(Target("tag", "Loyal")))
        yield from super().push(changes)

    def cost(self, changes: Sequence[Change]) -> Cost:
        """One more."""
        return Cost(len(changes) + bool(changes), 0)


class Sentimental(Choir):
    """Remembers what it looked up for an earlier push."""

    def begin_push(self) -> None:
        """Begin without forgetting."""
        self._looking = True


class Wasteful(Kind):
    """Reads every list twice when it is asked for several targets."""

    def carriers_of(self, targets: Sequence[Target]) -> Iterator[tuple[Target, Found]]:
        """Read, and read again."""
        for _ in range(2):
            found = list(super().carriers_of(targets))
        yield from found


class _Unread(RateHeaders):
    """Headers that nobody looks at."""

    def wait(self, answer: Response, clock: Clock) -> float:  # noqa: ARG002
        """Never."""
        return 0.0


class Restless(Choir):
    """Does not wait for a limit that it was told of."""

    learns = _Unread("X-Left", "X-Reset")


class Offended(KindWithTokens):
    """Gives up what it was about to write when its token is renewed."""

    _renewed: bool = PrivateAttr(default=False)

    def renew(self) -> bool:
        """Renew it, and take note."""
        self._renewed = True
        return super().renew()

    def write(self, change: Change) -> Outcome:
        """Write, unless something was renewed."""
        outcome = super().write(change)
        return Outcome(change, "rejected", "it was renewed") if self._renewed else outcome


class Believing(Choir):
    """Takes no word for a good word."""

    def verdicts(self, answer: Response, batch: Batch) -> Iterator[Outcome | Again]:
        """Whoever is not named was written to."""
        named = answer.find("verdicts") or {}
        yield from super().verdicts(answer, batch)
        yield from (each.applied() for each in batch.edits if each.key not in named)


class Engaging(Choir):
    """Passes over that somebody was created."""

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """Look at the verdicts alone."""
        answer = self.write(batch)
        return (self.refused if answer.is_error else self.verdicts)(answer, batch)


class Trusting(Studio):
    """Takes a job that nobody knows for done."""

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Whatever was not refused was written."""
        told = {each.change: each for each in super().resolve(handle, changes)}
        yield from (told.get(each, Outcome(each, "applied")) for each in changes)


class Hasty(Studio):
    """Takes a job that still runs for done."""

    def done(self, state: Response, job: str) -> Mapping[str, str]:
        """Nobody was refused so far."""
        return super().done(state, job) or {}


class Pestering(Studio):
    """Asks about a job for each person in it."""

    def requests(self, batch: Batch) -> int:
        """As many as it takes."""
        return 1 + len(batch.edits)

    def resolve(self, handle: str, changes: Sequence[Change]) -> Iterator[Outcome]:
        """One by one."""
        for each in changes:
            yield from super().resolve(handle, [each])


class Loud(Billboard):
    """Takes an address for a hash."""

    def identifiers(self, person: Person) -> Sequence[Identifier]:
        """The second person's address as it is."""
        hashed = super().identifiers(person)
        return [
            {"email": each} if each.startswith("person2@") else one
            for each, one in zip(person.emails, hashed, strict=True)
        ]


class Clinging(Billboard):
    """Forgets to take the old address back from a person who stays."""

    def write(self, batch: Batch) -> Response:
        """Either in or out."""
        rows = {
            "add": [one["email"] for each in batch.adding for one in each.change.add],
            "remove": [one["email"] for each in batch.removing for one in each.change.remove],
        }
        return self.send("POST", "/audiences/{audience}", fill={"audience": batch.id}, json=rows)


class Negligent(Billboard):
    """Looks at the answer to who came, and not at that to whose address changed."""

    def deliver(self, batch: Batch) -> Iterator[Outcome | Again]:
        """The old addresses out, then the new ones in."""
        if any(each.change.add and each.change.remove for each in batch.edits):
            old, new = (
                Batch([replace(edit, change=change(edit.change)) for edit in batch.edits])
                for change in (partial(replace, add=()), partial(replace, remove=()))
            )
            self.write(old)
            batch = new
        yield from super().deliver(batch)


TABLE: Sequence[tuple[type[Billboard | Choir | Kind | Studio], str]] = (
    (Silent, "test_every_setting_is_described"),
    (Improving, "test_what_is_sent_is_what_the_table_says"),
    (Asking, "test_nothing_to_do_asks_for_nothing"),
    (Chatty, "test_every_change_has_exactly_one_outcome"),
    (Taciturn, "test_every_change_has_exactly_one_outcome"),
    (Forgetful, "test_the_same_change_twice_sends_the_same"),
    (Blind, "test_who_was_written_to_is_found"),
    (Tidy, "test_removing_what_is_not_there_is_no_error"),
    (Crowding, "test_a_request_names_no_more_people_than_declared"),
    (Cheap, "test_the_cost_is_what_push_sends"),
    (Extravagant, "test_the_cost_is_what_push_sends"),
    (Inquisitive, "test_targets_are_looked_up_once_per_push_and_anew_in_the_next"),
    (Sentimental, "test_targets_are_looked_up_once_per_push_and_anew_in_the_next"),
    (Wasteful, "test_carriers_of_all_targets_are_read_without_asking_twice"),
    (Restless, "test_a_limit_that_answers_tell_is_waited_for"),
    (Offended, "test_a_token_that_ends_in_the_middle_is_renewed"),
    (Believing, "test_who_is_not_named_in_an_answer_is_no_success"),
    (Engaging, "test_an_answer_that_tells_of_somebody_created_stops_the_push"),
    (Pestering, "test_one_question_tells_of_everybody_in_a_job"),
    (Trusting, "test_a_job_that_the_vendor_does_not_know_is_lost"),
    (Hasty, "test_a_job_that_still_runs_is_pending"),
    (Negligent, "test_half_of_an_audiences_batch_that_is_refused_is_no_success"),
    (Fragile, "test_one_bad_person_does_not_stop_the_rest"),
    (Strict, "test_who_is_not_there_is_skipped"),
    (Welcoming, "test_nobody_is_ever_created"),
    (Impatient, "test_too_many_requests_are_answered_by_waiting"),
    (Touchy, "test_a_short_outage_heals"),
    (OutToLunch, "test_a_long_outage_is_unavailable"),
    (Unworried, "test_a_refused_credential_is_not_tried_again"),
    (Stubborn, "test_a_refused_credential_is_not_tried_again"),
    (Lenient, "test_another_answer_than_agreed_is_not_taken_for_success"),
    (Subscribing, "test_no_subscription_is_ever_told"),
    (Gossip, "test_only_its_own_host_is_called"),
    (Talkative, "test_no_secret_and_no_address_leaks"),
    (Loud, "test_identifiers_are_hashed"),
    (Clinging, "test_an_address_that_changed_is_taken_back"),
    (Undescribed, "test_requests_and_answers_are_as_the_vendor_describes"),
)
"""Each hostile destination, and the one standard test that it fails."""
