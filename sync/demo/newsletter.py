"""What the made-up newsletter tool itself says: who carries what, and what it was asked."""

import json
from collections.abc import Mapping
from typing import Literal, NamedTuple

from sandbox import Sandbox
from sandbox.world.mailing import Member

FIELDS = ("SEGMENTS", "LASTBUY")


class Place(NamedTuple):
    """A tag or a field."""

    kind: Literal["tag", "field", "list", "audience"]
    name: str


Carriers = Mapping[Place, Mapping[str, str]]
"""What members carry, by their ids: of a tag always the same, of a field its text."""


def carriers(sandbox: Sandbox) -> Carriers:
    """Who carries every tag, and every field that the hub writes."""
    mailing = sandbox.world.list
    found: dict[Place, Mapping[str, str]] = {
        Place("tag", tag.name): dict.fromkeys(tag.members, "")
        for tag in sorted(mailing.tags.values(), key=lambda tag: tag.id)
    }
    for field in FIELDS:
        found[Place("field", field)] = {
            each.id: str(text)
            for each in mailing.members.values()
            if (text := each.merge_fields.get(field))
        }
    return found


def naming(sandbox: Sandbox, member: Member, since: int) -> int:
    """How many writing requests, from the given one on, named somebody's address or id."""
    names = (member.email.lower(), member.id)
    return sum(
        any(name in f"{each.path} {json.dumps(each.body, ensure_ascii=False)}".lower()
            for name in names)
        for each in sandbox.mailchimp.requests[since:]
        if each.method != "GET"
    )  # fmt: skip
