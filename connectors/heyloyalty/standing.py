"""Meaning of the vendor's words for a member's place on the list."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.kit import Raw

Meaning = Literal["subscribed", "unsubscribed", "pending", "cleaned", "complained", "archived"]
WORDS: Mapping[str, Meaning] = {
    "active": "subscribed",
    "unsubscribed": "unsubscribed",
    "hard_bounce": "cleaned",
    "complaint": "complained",
}
"""Words of the status, and of the address's own status."""
NO_WORD = ("", "null", "none")
_HARMLESS = re.compile(r"[a-z_]{1,30}")
_NOTHING = "0000-00-00"


@dataclass(frozen=True)
class Standing:
    """A member's place on the list."""

    meaning: Meaning | Literal["none"]
    """none: the words do not say it."""
    unknown: str = ""
    """Note to count where a word is not known."""


def standing(raw: Raw, words: Mapping[str, Meaning]) -> Standing:
    """The place that a member's row tells; subscribed only where every word says so."""
    said = raw.get("status")
    stated = said if isinstance(said, Mapping) else {"status": said}
    told = [_word(stated.get("status"))]
    if (of_address := _word(stated.get("email"))) not in NO_WORD:
        told.insert(0, of_address)
    meanings = [words.get(word) for word in told]
    for grave in ("complained", "cleaned"):
        if grave in meanings:
            return Standing(grave)
    if None in meanings:
        word = told[meanings.index(None)]
        return Standing("none", f"unknown status {word}" if _HARMLESS.fullmatch(word) else
                        "unknown status")  # fmt: skip
    other = next((each for each in meanings if each and each != "subscribed"), None)
    if other is None and has_moment(raw.get("unsubscribed_at")):
        other = "unsubscribed"
    return Standing(other or "subscribed")


def has_moment(text: object) -> bool:
    """Whether there is a date at all."""
    return bool(text) and not str(text).startswith(_NOTHING)


def moment(text: object, zone: ZoneInfo) -> datetime | None:
    """`2013-05-28 13:58:12` as it is meant in the zone; raises ValueError for anything else."""
    if not has_moment(text):
        return None
    instant = datetime.fromisoformat(str(text).strip())
    return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)


def day(text: str) -> str | None:
    """A date alone, None where there is none; what is no date stays as it is."""
    if not has_moment(text):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return text
    return date.isoformat(instant.date()) if instant.time() == time() else text


def _word(value: object) -> str:
    return "" if value is None else str(value).strip().lower()
