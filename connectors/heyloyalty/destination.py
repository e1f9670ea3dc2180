"""The destination: options, yes/no fields and plain fields of members who are subscribed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from connectors.heyloyalty.account import EVERYONE, LOOK, MEMBER, NOT_FOUND, HeyloyaltyAccount
from connectors.heyloyalty.fields import Definition, ListField, chosen, values
from connectors.heyloyalty.writing import (
    Edit,
    Unwritable,
    option,
    options_field,
    plain_field,
    sent_options,
    with_options,
    written,
    yes_no_field,
)
from connectors.kit import Broken, Change, Cost, Destination, Found, Outcome, Raw, Target

CARRIED = "yes"
NOT_ON_THE_LIST = "not on the list"
UNREADABLE = "the options that the member has cannot be read, and the whole set would be written"
FEW = 20
"""So many members are looked up one by one; for more, the whole list is read."""
ONE_LOOK = 1_000
"""Members that are written on the strength of one look, so that it is never old."""
SECONDS = 0.2
"""Seconds of one request; an estimate."""
REFUSED = (400, 422)
CREATED = 300


class HeyloyaltyDestination(HeyloyaltyAccount, Destination):
    """Writes to members who are subscribed, one request each, and to nobody else."""

    by_person: ClassVar[bool] = True

    tags_as: Literal["options", "yes_no"] = Field(default="options", alias="as")
    """How tags are kept: "options" of one multi-choice field, or one "yes_no" field for each."""
    options_field: str = "segments"
    """Name of the multi-choice field whose options are the tags, for as = "options"."""

    def gating_lists(self) -> Sequence[str]:
        """The list: who is not subscribed to it is not written to."""
        return (str(self.list),)

    def cost(self, changes: Sequence[Change]) -> Cost:
        """One request for each member, and the look before; a long list's further pages not."""
        people = len({change.key for change in changes})
        looks = [min(ONE_LOOK, people - begin) for begin in range(0, people, ONE_LOOK)]
        looking = sum(look if look <= FEW else 2 for look in looks)
        requests = 1 + people + looking if people else 0
        return Cost(requests, requests * max(SECONDS, 1 / self.requests_per_second))

    def carriers(self, target: Target) -> Iterable[Found]:
        """Members with the option, a yes, or a value in the field.

        Raises Broken where the list has no such option or field.
        """
        try:
            edit = self._edit(Change(target, "", None), self.definition())
        except Unwritable as unwritable:
            raise Broken(str(unwritable)) from None
        for raw in self.every_row(EVERYONE):
            if not raw.get("id"):
                continue
            value = values(raw).get(edit.field.name.casefold())
            if edit.option is not None:
                if edit.option in (chosen(value) or ()):
                    yield Found(str(raw["id"]), CARRIED)
            elif (text := edit.field.text(value)) is not None:
                yield Found(str(raw["id"]), text)

    def push(self, changes: Sequence[Change]) -> Iterator[Outcome]:
        """Write; everything of a member in one request."""
        if not changes:
            return
        setup = self.definition()
        people: dict[str, dict[tuple[str, str | None], Edit]] = {}
        for change in changes:
            try:
                edit = self._edit(change, setup)
            except Unwritable as unwritable:
                yield Outcome(change, "rejected", str(unwritable))
                continue
            edits = people.setdefault(change.key, {})
            if edits.setdefault(edit.place, edit) is not edit:
                yield Outcome(change, "rejected", f"{change.target.name} is bound twice")
        keys = [*people]
        for begin in range(0, len(keys), ONE_LOOK):
            some = keys[begin : begin + ONE_LOOK]
            members = self._look(some)
            for key in some:
                yield from self._write(key, members.get(key), [*people[key].values()])

    def _edit(self, change: Change, setup: Definition) -> Edit:
        """How a change is written; raises Unwritable."""
        name = change.target.name
        if change.target.kind == "field":
            field = plain_field(setup, name)
            return Edit(change, field, value=written(field, change.value, self.country_codes()))
        if change.target.kind != "tag":
            raise Unwritable(f"Heyloyalty has no {change.target.kind}s")
        if self.tags_as == "yes_no":
            return Edit(change, yes_no_field(setup, name), value=int(change.value is not None))
        field = options_field(setup, self.options_field)
        return Edit(change, field, option(field, name))

    def _look(self, keys: Collection[str]) -> Mapping[str, Raw]:
        """The members as they are now."""
        wanted, found = set(keys), dict[str, Raw]()
        if len(wanted) > FEW:
            for listed in self.walk(LOOK):
                for row in listed.items:
                    if isinstance(row, Mapping) and row.get("id") in wanted:
                        found[row["id"]] = row
        # A page that shifts while it is read may hide somebody who is there.
        for key in keys:
            if key not in found and (row := self._member(key)) is not None:
                found[key] = row
        return found

    def _member(self, key: str) -> Raw | None:
        response = self.client.request(
            "GET", MEMBER, fill={"list": str(self.list), "member": key}, accept=(NOT_FOUND,)
        )
        if response.status == NOT_FOUND:
            return None
        body = response.json()
        if not isinstance(body, Mapping):
            raise Broken(f"{response.where} answered something else than was agreed")
        return body

    def _write(self, key: str, member: Raw | None, edits: Sequence[Edit]) -> Iterator[Outcome]:
        """Write a member's edits, unless the member is gone or not subscribed."""
        if member is None:
            yield from _all(edits, "skipped", NOT_ON_THE_LIST)
            return
        meaning = self.standing(member).meaning
        if meaning not in self.writable_statuses:
            # To write to them could bring them back to the list.
            yield from _all(edits, "skipped", f"not subscribed to the list: {meaning}")
            return
        by_field: dict[str, list[Edit]] = {}
        for edit in edits:
            by_field.setdefault(edit.field.name, []).append(edit)
        body: dict[str, Any] = {}
        for name, own in by_field.items():
            if own[0].option is None:
                body[name] = own[0].value
            elif (present := _options(member, own[0].field)) is None:
                yield from _all(own, "rejected", UNREADABLE)
            elif (after := with_options(present, own)) == present:
                yield from _all(own, "applied")
            else:
                body[name] = sent_options(after)
        yield from self._patch(key, body, by_field)

    def _patch(
        self, key: str, body: Mapping[str, Any], by_field: Mapping[str, Sequence[Edit]]
    ) -> Iterator[Outcome]:
        """Send what is left; where it is refused, field by field."""
        if not body:
            return
        response = self.client.request(
            "PATCH",
            MEMBER,
            fill={"list": str(self.list), "member": key},
            json=dict(body),
            accept=(*REFUSED, NOT_FOUND),
            idempotent=True,
        )
        edits = [edit for name in body for edit in by_field[name]]
        if response.status < CREATED:
            yield from _all(edits, "applied")
        elif response.status == NOT_FOUND:
            yield from _all(edits, "skipped", NOT_ON_THE_LIST)
        elif len(body) > 1:
            for name, value in body.items():
                yield from self._patch(key, {name: value}, by_field)
        else:
            # The vendor's text may quote the member; the status says enough.
            why = f"{next(iter(body))}: Heyloyalty refuses the value ({response.status})"
            yield from _all(edits, "rejected", why)


def _options(member: Raw, field: ListField) -> tuple[str, ...] | None:
    """The options that a member has; None where the row does not tell."""
    stated = values(member)
    name = field.name.casefold()
    return chosen(stated[name]) if name in stated else None


def _all(
    edits: Iterable[Edit], result: Literal["applied", "skipped", "rejected"], reason: str = ""
) -> Iterator[Outcome]:
    return (Outcome(edit.change, result, reason) for edit in edits)
