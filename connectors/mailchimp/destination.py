"""The destination: tags and fields of members who are there, and nobody else."""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from connectors.kit import Change, Cost, Destination, Found, Outcome, Target
from connectors.mailchimp.changes import MOST, NO_ADDRESS, AddressedChange, address_of, batches
from connectors.mailchimp.merging import MergeFields
from connectors.mailchimp.tags import Tags

SECONDS = 3.0
"""Seconds of one request of many members; an estimate, the vendor cuts off at 120."""


class MailchimpDestination(Tags, MergeFields, Destination):
    """Writes to members that are there, and to nobody else."""

    people_at_once: ClassVar[int] = MOST
    longest_value: ClassVar[int | None] = 255

    def gating_lists(self) -> Sequence[str]:
        """The audience: who is not subscribed to it is not written to."""
        return (self.audience,)

    def gate(self) -> str:
        """The marketing permission that means email."""
        return self.email_permission or ""

    def cost(self, changes: Sequence[Change]) -> Cost:
        """Requests and seconds; a tag that is not there yet costs one more, to create it."""
        requests = 0
        if tags := _by_tag(changes):
            requests += 1
        for same in tags.values():
            adding = sum(change.value is not None for change in same)
            requests += batches(max(adding, len(same) - adding))
        if people := {change.key for change in changes if change.target.kind == "field"}:
            requests += 1 + batches(len(people))
        return Cost(requests, requests * SECONDS)

    def carriers(self, target: Target) -> Iterable[Found]:
        """Members with a tag or a value in a field; raises Broken for a field that is not there."""
        if target.kind == "field":
            yield from self.filled(target.name)
        elif (tag := self.tags().get(target.name.casefold())) is not None:
            yield from self.tagged(tag)

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write; tags first. Raises Broken where an answer says that somebody was created."""
        addressed: list[AddressedChange] = []
        for change in changes:
            address = address_of(change)
            if address is None:
                yield Outcome(change, "skipped", NO_ADDRESS)
            elif change.target.kind in self.target_kinds:
                addressed.append(AddressedChange(change, address))
            else:
                yield Outcome(change, "rejected", f"Mailchimp has no {change.target.kind}s")
        by_change = {each.change: each for each in addressed}
        if by_tag := _by_tag(by_change):
            tags = self.tags()
            for name, same in by_tag.items():
                yield from self.push_tag(name, tags, [by_change[each] for each in same])
        if fields := [each for each in addressed if each.change.target.kind == "field"]:
            yield from self.push_fields(fields)


def _by_tag(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """Changes of tags by the tag, spelt as in the first of them."""
    names: dict[str, str] = {}
    found: dict[str, list[Change]] = {}
    for change in changes:
        if change.target.kind == "tag":
            name = names.setdefault(change.target.name.casefold(), change.target.name)
            found.setdefault(name, []).append(change)
    return found
