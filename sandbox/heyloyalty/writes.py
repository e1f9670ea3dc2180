"""Writing to members, with violations for tests to fail on.

Violations: writing to a member who is not subscribed (the vendor then subscribes them again) or
never was on the list, sending a status, removing an option that the shop's staff gave by hand.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sandbox.heyloyalty.lists import Field, Setup, guid
from sandbox.server import Answer, Request
from sandbox.world.mailing import Member
from sandbox.world.world import World

LONGEST_TEXT = 255
FORBIDDEN_WORDS = frozenset({"status", "id", "unique_field", "skipOptIn"})


def problem(status: int, message: str) -> Answer:
    """An error; the vendor documents no shape."""
    return Answer(status, {"error": {"code": status, "message": message}})


class Writes:
    """The writing half of the API."""

    def __init__(self, world: World, setup: Setup, violations: list[str]) -> None:
        """`violations` is the sandbox's list."""
        self._world = world
        self._setup = setup
        self._violations = violations

    def change_member(self, request: Request, number: str) -> Answer:
        """Change some fields of one member; the others stay."""
        if not isinstance(request.body, dict) or not request.body:
            return problem(400, "No fields were sent")
        for word in sorted(FORBIDDEN_WORDS & request.body.keys()):
            self._violations.append(f"PATCH member: {word} was sent")
        member = self._setup.find(number)
        if member is None:
            if number.replace("-", "") not in self._setup.audience.forgotten:
                self._violations.append("PATCH member: a person who is not on the list was sent")
            return problem(404, "Member not found")
        for name, value in request.body.items():
            wrong = self._wrong(name, value)
            if wrong:
                return problem(400, f"{name}: {wrong}")
        if member.status != "subscribed":
            self._violations.append(f"PATCH member: a member who is {member.status} was written to")
            self._setup.audience.come_back(member, self._world.clock.now())
        self._take(member, request.body)
        return Answer(200)

    def _take(self, member: Member, body: Mapping[str, Any]) -> None:
        setup = self._setup
        before = setup.values(member)
        after = {
            name: _kept(setup.fields[name], value)
            for name, value in body.items()
            if name in setup.fields
        }
        if setup.by_hand in before["segments"] and setup.by_hand not in after.get(
            "segments", before["segments"]
        ):
            self._violations.append("PATCH member: an option that was given by hand was taken")
        if any(before[name] != value for name, value in after.items()):
            setup.written.setdefault(guid(member), {}).update(after)
            member.changed_at = self._world.clock.now()

    def _wrong(self, name: str, value: Any) -> str | None:
        """Reason to refuse a value, if any; an empty one clears the field and is always valid."""
        field = self._setup.fields.get(name)
        if field is None:
            return "Unknown field"
        if field.format == "multi":
            known = isinstance(value, list) and all(each in field.options for each in value)
            return None if known else "Unknown option"
        if value in ("", None):
            return None
        if field.format == "choice":
            return None if value in field.options else "Unknown option"
        fits, message = _CHECKS[field.format]
        return None if fits(value) else message


def _kept(field: Field, value: Any) -> Any:
    if field.format == "boolean":
        return int(value in (1, True, "1"))
    return "" if value is None else value


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_date(value: Any) -> bool:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        return False
    return True


_CHECKS: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "number": (_is_number, "Not a number"),
    "date": (_is_date, "Not a date"),
    "boolean": (lambda value: value in (0, 1, True, False, "0", "1"), "Not a boolean"),
    "text": (lambda value: len(str(value)) <= LONGEST_TEXT, "Too long"),
}
