"""Members of each segment of the made-up shop, by plain loops over its people."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from tests.oracles.small.purchases import Purchases
from tests.oracles.small.reckoning import age, birthday_soon, edge, inside, per_cent
from tests.oracles.small.world import Child, Event, Person


def answers(shop: "Shop", recipe: str, given: dict[str, Any]) -> list[str]:
    """Ids of the members, sorted."""
    belongs: Callable[..., bool] = getattr(shop, recipe)
    members = [person for person in shop.world.people if belongs(person, **given)]
    return sorted(name for person in members for name in (person.id, person.also) if name)


class Shop(Purchases):
    """The whole shop as of the end of a day: one method per recipe, true for a member."""

    def gender(self, person: Person, or_bought_category: str = "", **is_: str) -> bool:
        return person.gender == is_["is"] or (
            bool(or_bought_category)
            and self.category_customers(person, or_bought_category, 1, "ever")
        )

    def age_group(self, person: Person, between: Sequence[int]) -> bool:
        born = person.birthday
        return born is not None and between[0] <= age(born, self.today) <= between[1]

    def birthday(
        self, person: Person, month: int | str = "this month", within_next: str = ""
    ) -> bool:
        if within_next:
            return birthday_soon(person.birthday, within_next, self.today)
        wanted = self.today.month if month == "this month" else month
        return person.birthday is not None and person.birthday.month == wanted

    def interested_in(self, person: Person, topic: str, *, only: bool = False) -> bool:
        stated = {
            t for c, t, source in self.world.interests if c == person.id and source == "stated"
        }
        return stated == {topic} if only else topic in stated

    def parents(
        self, person: Person, gender: str = "", age: Sequence[int] = (),
        birthday_within_next: str = "", *, half_open: bool = False,
    ) -> bool:  # fmt: skip
        return any(
            child.contact == person.id
            and not child.none
            and (child.birthday is None or child.birthday <= self.today)
            and gender in ("", child.gender)
            and (not age or self._aged(child, age[0], age[1] - half_open))
            and (
                not birthday_within_next
                or birthday_soon(child.birthday, birthday_within_next, self.today)
            )
            for child in self.world.children
        )

    def _aged(self, child: Child, first: int, last: int) -> bool:
        return child.birthday is not None and first <= age(child.birthday, self.today) <= last

    def since(self, person: Person, wanted: str = "") -> date | None:
        """The start of the earliest present stay."""
        return min(
            (
                day for contact, name, status, day in self.world.stays
                if contact == person.id and status == "subscribed" and day <= self.today
                and wanted in ("", name)
            ),
            default=None,
        )  # fmt: skip

    def new_members(self, person: Person, within: str = "30 days", **named: str) -> bool:
        since = self.since(person, named.get("list", ""))
        return since is not None and inside(since, within, self.today)

    def old_members(self, person: Person, before: str = "6 months") -> bool:
        since = self.since(person)
        return since is not None and since < edge(before, self.today)

    def events(self, person: Person, *kinds: tuple[str, str]) -> list[Event]:
        """Events so far of these kinds, each with grades that are enough."""
        return [
            event for event in self.events_of.get(person.id, ())
            if any(event.kind == kind and event.evidence in grades for kind, grades in kinds)
        ]  # fmt: skip

    def delivered(self, person: Person, within: str, *, young: bool = False) -> list[str]:
        """Messages that reached a person, the last one first."""
        found = [
            event for event in self.events(person, ("delivered", "probable"))
            if inside(event.at.date(), within, self.today)
            and (young or event.at <= self.end - timedelta(hours=24))
        ]  # fmt: skip
        return [each.message for each in sorted(found, key=lambda e: e.at, reverse=True)]

    def opened(self, person: Person, grades: str) -> list[Event]:
        return self.events(person, ("opened", grades), ("clicked", "human probable"))

    def clicked(self, person: Person) -> list[Event]:
        return self.events(person, ("clicked", "human probable"))

    def inactive(
        self, person: Person, open_rate: str = "5%", no_open_for: str = "",
        member_for: str = "90 days", within: str = "12 months", min_delivered: int = 5,
        spare_recent_buyers: str = "",
    ) -> bool:  # fmt: skip
        if not self.old_members(person, member_for):
            return False
        if spare_recent_buyers and self.orders(person, spare_recent_buyers):
            return False
        opens = self.opened(person, "human probable machine")
        if no_open_for:
            late = [e for e in opens if inside(e.at.date(), no_open_for, self.today)]
            return bool(self.delivered(person, "ever", young=True)) and not late
        there = self.delivered(person, within)
        hits = len(set(there) & {event.message for event in opens})
        return len(there) >= min_delivered and hits * 100 < per_cent(open_rate) * len(there)

    def active_clickers(
        self, person: Person, level: str = "high", min_delivered: int = 5, *, literal: bool = False
    ) -> bool:
        there = self.delivered(person, "12 months")
        if not self.old_members(person, "30 days") or len(there) < min_delivered:
            return False
        opens = set(there) & {e.message for e in self.opened(person, "human probable machine")}
        clicks = len(set(there) & {e.message for e in self.clicked(person)})
        if len(opens) * 100 <= len(there):
            return False
        if level == "high":
            return clicks * 10 > len(there)
        return clicks > 0 and clicks * 10 + literal <= len(there)

    def opened_recently(
        self, person: Person, within: str = "30 days", of_last: int = 0, at_least: int = 3
    ) -> bool:
        events = self.opened(person, "human probable")
        return self._lately(person, events, within, of_last, at_least)

    def clicked_recently(
        self, person: Person, within: str = "30 days", of_last: int = 0, at_least: int = 3
    ) -> bool:
        return self._lately(person, self.clicked(person), within, of_last, at_least)

    def _lately(
        self, person: Person, events: list[Event], within: str, of_last: int, at_least: int
    ) -> bool:
        if not of_last:
            return any(inside(event.at.date(), within, self.today) for event in events)
        last = self.delivered(person, "ever")[:of_last]
        hits = set(last) & {event.message for event in events}
        return len(last) == of_last and len(hits) >= at_least
