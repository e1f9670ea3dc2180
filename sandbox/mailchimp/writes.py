"""Writing to the mailing list, with violations for tests to fail on.

Violations: an address that was never on the list, a status, a replacement of all tags, anything
that would create a contact.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sandbox.mailchimp.lists import Json, Refused, invalid
from sandbox.mailchimp.payloads import member_payload, merge_field_payload, tag_payload
from sandbox.server import Answer, Request
from sandbox.world.mailing import Member, MergeField, member_id
from sandbox.world.world import World

LARGEST_BATCH = 500
LONGEST_TEXT = 255
FORBIDDEN_WORDS = frozenset({"status", "status_if_new", "sync_tags"})
FIELD_TYPES = (
    "text", "number", "address", "phone", "date", "url", "imageurl", "radio", "dropdown",
    "birthday", "zip",
)  # fmt: skip
COMPLIANCE = (
    "This contact is in a compliance state due to unsubscribe, bounce, or compliance review and "
    "cannot be subscribed."
)
FORGOTTEN = (
    "This contact was permanently deleted and cannot be re-imported. The contact must "
    "re-subscribe to get back on the list."
)
NOT_ON_THE_LIST = "The contact is not a member of the list."


class Writes:
    """The writing half of the API."""

    def __init__(self, world: World, violations: list[str]) -> None:
        """`violations` is the sandbox's list."""
        self._world = world
        self._violations = violations

    def change_members(self, request: Request) -> Answer:
        """Change merge fields of up to 500 members; failures are listed inside the 200."""
        body = self._body(request)
        members = body.get("members")
        if not isinstance(members, list):
            raise invalid("members", "Required fields were not provided: members")
        _not_too_many(members)
        updated: list[Json] = []
        errors: list[Json] = []
        audience = self._world.list
        for change in members:
            problem = self._change_member(change, update=bool(body.get("update_existing")))
            if problem:
                errors.append({"email_address": change.get("email_address", ""), **problem})
            else:
                member = audience.members[member_id(change["email_address"])]
                updated.append(member_payload(member, audience, audience.tags.values()))
        return Answer(
            body={
                "new_members": [],
                "updated_members": updated,
                "errors": errors,
                "total_created": 0,
                "total_updated": len(updated),
                "error_count": len(errors),
            }
        )

    def create_merge_field(self, request: Request) -> Answer:
        """Create a field of the list."""
        body = self._body(request)
        if not body.get("name") or body.get("type") not in FIELD_TYPES:
            raise invalid("name, type", "Required fields were not provided: name, type")
        audience = self._world.list
        tag = str(body.get("tag") or f"MMERGE{len(audience.merge_fields) + 1}")[:10]
        if any(each.tag == tag for each in audience.merge_fields):
            raise Refused(
                400, "Invalid Resource", f'A Merge Field with the tag "{tag}" already exists.'
            )
        field = MergeField(len(audience.merge_fields) + 1, tag, str(body["name"]), body["type"])
        audience.merge_fields.append(field)
        for member in audience.members.values():
            member.merge_fields[tag] = ""
        return Answer(body=merge_field_payload(field, audience))

    def create_tag(self, request: Request) -> Answer:
        """Create a static segment."""
        body = self._body(request)
        name, emails = body.get("name"), body.get("static_segment")
        if not name or not isinstance(emails, list):
            raise invalid("name, static_segment", "The sandbox makes static segments with a name")
        _not_too_many(emails)
        audience = self._world.list
        if any(tag.name == name for tag in audience.tags.values()):
            raise Refused(400, "Bad Request", "Sorry, that tag already exists.")
        known, _ = self._known(request, emails)
        tag = audience.create_tag(name, self._world.clock.now(), known)
        return Answer(body=tag_payload(tag, audience))

    def change_tag(self, request: Request, number: str) -> Answer:
        """Add to and remove from a static segment, up to 500 members each."""
        body, audience = self._body(request), self._world.list
        tag = audience.tags.get(int(number))
        if tag is None:
            raise Refused(404, "Resource Not Found", "The requested resource could not be found.")
        adding, removing = body.get("members_to_add") or [], body.get("members_to_remove") or []
        _not_too_many(adding)
        _not_too_many(removing)
        added, add_errors = self._known(request, adding)
        removed, remove_errors = self._known(request, removing)
        refused = [member.email for member in added if not member.may_be_changed]
        added = [member for member in added if member.may_be_changed]
        if refused:
            add_errors.append({"email_addresses": refused, "error": COMPLIANCE})
        for member in added:
            tag.members[member.id] = member
        removed = [each for each in removed if tag.members.pop(each.id, None) is not None]
        tag.changed_at = self._world.clock.now()
        errors = add_errors + remove_errors
        tags = list(audience.tags.values())
        return Answer(
            body={
                "members_added": [member_payload(each, audience, tags) for each in added],
                "members_removed": [member_payload(each, audience, tags) for each in removed],
                "errors": errors,
                "total_added": len(added),
                "total_removed": len(removed),
                "error_count": sum(len(each["email_addresses"]) for each in errors),
            }
        )

    def _body(self, request: Request) -> Json:
        if not isinstance(request.body, dict):
            raise Refused(
                400, "JSON Parse Error", "We encountered an unspecified JSON parsing error."
            )
        for word in sorted(FORBIDDEN_WORDS & _words(request.body)):
            self._violations.append(f"{request.method} {request.path}: {word} was sent")
        return request.body

    def _change_member(self, change: Any, *, update: bool) -> Json | None:
        """Change one member; returns the vendor's error, if any."""
        email = change.get("email_address") if isinstance(change, dict) else None
        if not isinstance(email, str):
            return {"error": "Required fields were not provided", "error_code": "ERROR_GENERIC"}
        audience = self._world.list
        member = audience.members.get(member_id(email))
        if member is None:
            reason = self._unknown("lists", email)
            return {"error": reason, "error_code": "ERROR_GENERIC"}
        if not update:
            return {
                "error": f"{email} is already a list member. Use PUT to insert or update list "
                "members.",
                "error_code": "ERROR_CONTACT_EXISTS",
            }
        if not member.may_be_changed:
            return {"error": COMPLIANCE, "error_code": "ERROR_GENERIC"}
        values = change.get("merge_fields") or {}
        for field in audience.merge_fields:
            wrong = field.tag in values and _wrong(field, values[field.tag])
            if wrong:
                return {
                    "error": "Your merge fields were invalid.",
                    "error_code": "ERROR_GENERIC",
                    "field": field.tag,
                    "field_message": wrong,
                }
        known = {field.tag for field in audience.merge_fields}
        written = {tag: value for tag, value in values.items() if tag in known}
        if any(member.merge_fields.get(tag) != value for tag, value in written.items()):
            member.merge_fields.update(written)
            member.changed_at = self._world.clock.now()
        return None

    def _known(self, request: Request, emails: Sequence[str]) -> tuple[list[Member], list[Json]]:
        known, errors = [], []
        for email in emails:
            member = self._world.list.members.get(member_id(email))
            if member is not None:
                known.append(member)
            else:
                reason = self._unknown(request.path, email)
                errors.append({"email_addresses": [email], "error": reason})
        return known, errors

    def _unknown(self, path: str, email: str) -> str:
        # A deletion after the last read cannot be known; any other unknown address is a fault.
        if member_id(email) in self._world.list.forgotten:
            return FORGOTTEN
        self._violations.append(f"POST {path}: an address that is not on the list was sent")
        return NOT_ON_THE_LIST


def _not_too_many(items: Sequence[Any]) -> None:
    if len(items) > LARGEST_BATCH:
        raise Refused(400, "Bad Request", "Maximum allowed member items exceeded")


def _words(value: Any) -> set[str]:
    if isinstance(value, list):
        return set().union(*map(_words, value))
    if not isinstance(value, dict):
        return set()
    return set(value).union(*(_words(each) for each in value.values()))


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(str(value)[:10])
    except ValueError:
        return bool(re.fullmatch(r"\d\d?/\d\d?/\d{4}", str(value)))
    return True


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "number": (_is_number, "Please enter a number"),
    "date": (_is_date, "Please enter a date"),
    "birthday": (
        lambda value: bool(re.fullmatch(r"\d\d/\d\d", str(value))),
        "Please enter a month and a day",
    ),
    "text": (
        lambda value: len(str(value)) <= LONGEST_TEXT,
        "Please enter a value no longer than 255 characters",
    ),
}


def _wrong(field: MergeField, value: Any) -> str | None:
    """Reason to refuse a value, if any; an empty one clears the field and is always valid."""
    if value in ("", None):
        return None
    fits, message = _CHECKS.get(field.type, (lambda _: True, ""))
    return None if fits(value) else message
