"""The destination: options, yes/no fields and plain fields of members who are subscribed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from connectors.heyloyalty.account import EVERYONE, LOOK, MEMBER, NOT_FOUND, HeyloyaltyAccount
from connectors.heyloyalty.fields import ListField, chosen, values
from connectors.heyloyalty.writing import (
    field_for,
    option,
    sent_options,
    with_options,
    written,
)
from connectors.kit import (
    NOT_ON_THE_LIST,
    Batch,
    Broken,
    Change,
    Declared,
    Edit,
    KnownTarget,
    Outcome,
    PerPerson,
    Raw,
    Target,
    Writing,
)

UNREADABLE = "the options that the member has cannot be read, and the whole set would be written"
FEW = 20
"""So many members are looked up one by one; for more, the whole list is read."""
ONE_LOOK = 1_000
"""Members that are written on the strength of one look, so that it is never old."""
CREATED = 300


class HeyloyaltyDestination(HeyloyaltyAccount, Writing):
    """Writes to members who are subscribed, one request each, and to nobody else."""

    batch: ClassVar[Mapping[str, PerPerson]] = {
        kind: PerPerson(ONE_LOOK) for kind in ("tag", "field")
    }
    read_back: ClassVar[Mapping[str, Declared]] = {"tag": EVERYONE, "field": EVERYONE}
    people_at_once = 1
    one_namespace = True

    tags_as: Literal["options", "yes_no"] = Field(default="options", alias="as")
    """How tags are kept: "options" of one multi-choice field, or one "yes_no" field for each."""
    options_field: str = "segments"
    """Name of the multi-choice field whose options are the tags, for as = "options"."""

    def gating_lists(self) -> Sequence[str]:
        """The list: who is not subscribed to it is not written to."""
        return (str(self.list),)

    def look_ups(self, edits: Sequence[Edit]) -> int:  # noqa: ARG002 - one for all targets
        """The list's definition."""
        return 1

    def requests(self, batch: Batch) -> int:
        """One request for each member, and the look before; a long list's further pages not."""
        people = len(batch.people)
        return people + (people if people <= FEW else 2)

    def known(self, target: Target) -> KnownTarget:
        """The field that is written, and the option in it; raises Unwritable."""
        setup = self.once("definition", self.definition)
        use = "value" if target.kind == "field" else self.tags_as
        field = field_for(setup, self.options_field if use == "options" else target.name, use)
        one = option(field, target.name) if use == "options" else None
        place = f"{field.name}.{one}" if one else field.name
        return KnownTarget(target, place, {"field": field, "option": one})

    def value_of(self, change: Change, known: KnownTarget) -> Any:
        """The whole value of a field; options are put in and taken out one by one."""
        if change.target.kind == "field":
            return written(known.raw["field"], change.value, self.country_codes())
        return int(change.value is not None)

    def carried(self, raw: Raw, known: KnownTarget) -> Any:
        """The option, a yes, or a value in the field."""
        field: ListField = known.raw["field"]
        value = values(raw).get(field.name.casefold())
        wanted = known.raw["option"]
        return field.text(value) if wanted is None else wanted in (chosen(value) or ())

    def deliver(self, batch: Batch) -> Iterator[Outcome]:
        """Look at the members as they are now, and write everything of each in one request."""
        members = self._look(batch.people)
        for key, edits in batch.people.items():
            yield from self._write(key, members.get(key), edits)

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
        response = self.send("GET", MEMBER, fill={"member": key}, accept=(NOT_FOUND,))
        if response.status == NOT_FOUND:
            return None
        body = response.json()
        if not isinstance(body, Mapping):
            raise Broken(f"{response.where} answered something else than was agreed")
        return body

    def _write(self, key: str, member: Raw | None, edits: Sequence[Edit]) -> Iterator[Outcome]:
        """Write a member's edits, unless the member is gone or not subscribed."""
        meaning = self.standing(member).meaning if member else ""
        if member is None or meaning not in self.writable_statuses:
            # To write to them could bring them back to the list.
            reason = f"not subscribed to the list: {meaning}" if member else NOT_ON_THE_LIST
            yield from (each.skipped(reason) for each in edits)
            return
        by_field: dict[str, list[Edit]] = {}
        for edit in edits:
            by_field.setdefault(edit.known.raw["field"].name, []).append(edit)
        body: dict[str, Any] = {}
        for name, own in by_field.items():
            if own[0].known.raw["option"] is None:
                body[name] = own[0].value
            elif (present := _options(member, name)) is None:
                yield from (each.rejected(UNREADABLE) for each in own)
            elif (after := with_options(present, own)) == [*present]:
                yield from (each.applied() for each in own)
            else:
                body[name] = sent_options(after)
        yield from self._patch(key, body, by_field)

    def _patch(
        self, key: str, body: Mapping[str, Any], by_field: Mapping[str, Sequence[Edit]]
    ) -> Iterator[Outcome]:
        """Send what is left; where it is refused, field by field."""
        if not body:
            return
        response = self.send("PATCH", MEMBER, fill={"member": key}, json=dict(body))
        edits = [edit for name in body for edit in by_field[name]]
        if response.status < CREATED:
            yield from (each.applied() for each in edits)
        elif response.status == NOT_FOUND:
            yield from (each.skipped() for each in edits)
        elif len(body) > 1:
            for name, value in body.items():
                yield from self._patch(key, {name: value}, by_field)
        else:
            # The vendor's text may quote the member; the status says enough.
            why = f"{next(iter(body))}: Heyloyalty refuses the value ({response.status})"
            yield from (each.rejected(why) for each in edits)


def _options(member: Raw, field: str) -> tuple[str, ...] | None:
    """The options that a member has in a field; None where the row does not tell."""
    stated = values(member)
    name = field.casefold()
    return chosen(stated[name]) if name in stated else None
