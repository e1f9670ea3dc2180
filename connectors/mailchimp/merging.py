"""Merge fields: texts, dates and numbers of members, written many members at a time."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.kit import Broken, Change, Found, Outcome
from connectors.mailchimp.account import MEMBERS, OLDEST_FIRST, MailchimpAccount, listing
from connectors.mailchimp.changes import MOST, UNANSWERED, AddressedChange, Verdict, verdict

AUDIENCE = "/lists/{audience}"


@dataclass(frozen=True)
class Field:
    """A merge field of the audience."""

    tag: str
    type: str


@dataclass(frozen=True)
class Row:
    """All fields of one member that are written together."""

    key: str
    address: str
    changes: dict[str, Change]
    """By the tag of the field."""

    def written(self, types: Mapping[str, str]) -> dict[str, Any]:
        """As one object of a batch; an empty text clears a field."""
        return {
            "email_address": self.address,
            "merge_fields": {
                tag: _written(change.value, types[tag]) for tag, change in self.changes.items()
            },
        }

    def without(self, field: str) -> "Row | None":
        """The row without one field; None where that leaves nothing, or is none of them."""
        left = {
            tag: change
            for tag, change in self.changes.items()
            if tag.casefold() != field.casefold()
        }
        return Row(self.key, self.address, left) if 0 < len(left) < len(self.changes) else None


class MergeFields(MailchimpAccount):
    """Reads and writes merge fields."""

    def merge_fields(self) -> dict[str, Field]:
        """The merge fields of the audience by their folded tags."""
        rows = self.rows_in(listing(f"{AUDIENCE}/merge-fields", "merge_fields", "tag,type"))
        return {row["tag"].casefold(): Field(row["tag"], row.get("type", "text")) for row in rows}

    def filled(self, name: str) -> Iterator[Found]:
        """Members with a value in a field; raises Broken where there is no such field."""
        fields = self.merge_fields()
        field = fields.get(name.casefold())
        if field is None:
            raise Broken(_no_field(name, fields))
        wanted = f"id,merge_fields.{field.tag}"
        for row in self.every_row(listing(MEMBERS, "members", wanted, OLDEST_FIRST)):
            value = (row.get("merge_fields") or {}).get(field.tag)
            if value not in ("", None):
                yield Found(str(row["id"]), str(value))

    def push_fields(self, changes: Sequence[AddressedChange]) -> Iterator[Outcome]:
        """Write all fields of a member together; a value that is refused stops no other field."""
        fields = self.merge_fields()
        rows: dict[str, Row] = {}
        for each in changes:
            field = fields.get(each.change.target.name.casefold())
            if field is None:
                missing = _no_field(each.change.target.name, fields)
                yield Outcome(each.change, "rejected", missing)
                continue
            row = rows.setdefault(each.change.key, Row(each.change.key, each.address, {}))
            if field.tag in row.changes:
                yield Outcome(each.change, "rejected", f"{field.tag} is bound twice")
            else:
                row.changes[field.tag] = each.change
        types = {field.tag: field.type for field in fields.values()}
        left = list(rows.values())
        while left:
            some, left = left[:MOST], left[MOST:]
            answer = self.write(
                AUDIENCE,
                {
                    "members": [row.written(types) for row in some],
                    "update_existing": True,
                },
                # Required fields that we do not write may stay empty.
                {"skip_merge_validation": "true"},
            )
            if answer.get("total_created") or answer.get("new_members"):
                raise Broken("Mailchimp says that it created members, which nobody asked for")
            for outcome in _answers(answer, some):
                if isinstance(outcome, Row):
                    left.append(outcome)
                else:
                    yield outcome


def _answers(answer: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[Outcome | Row]:
    """An outcome per change, or what is left of a row once the field at fault is taken out."""
    refused = {
        str(error.get("email_address", "")).lower(): verdict(error)
        for error in answer.get("errors") or ()
    }
    done = {row.get("id") for row in answer.get("updated_members") or ()}
    for row in rows:
        why = refused.get(row.address.lower())
        if why is None:
            why = None if row.key in done else Verdict("rejected", UNANSWERED)
        good = row.without(why.field) if why and why.field else None
        for tag, change in row.changes.items():
            if why is None:
                yield Outcome(change, "applied")
            elif good is None or tag not in good.changes:
                yield Outcome(change, why.result, why.reason)
        if good is not None:
            yield good


def _written(value: str | None, type_: str) -> str:
    """A value as its field takes it: birthdays have no year."""
    if value and type_ == "birthday":
        try:
            return f"{date.fromisoformat(value):%m/%d}"
        except ValueError:
            return value
    return value or ""


def _no_field(name: str, fields: Mapping[str, Field]) -> str:
    tags = sorted(field.tag for field in fields.values())
    near = difflib.get_close_matches(name.upper(), tags, n=1)
    hint = f"is it {near[0]}?" if near else f"it has {', '.join(tags)};"
    return (
        f"the audience has no merge field {name!r}; {hint} correct the name, or create the field "
        "in Mailchimp (Audience, Settings, Audience fields)"
    )
