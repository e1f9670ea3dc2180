"""One PrestaShop: how its webservice is asked, and what all its rows have in common."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator

from connectors.kit import (
    Address,
    Credential,
    Cursor,
    Declared,
    HubError,
    KeysetPages,
    RawPage,
    Response,
    Rest,
    Secret,
    Step,
    Unauthorized,
    Window,
    Xml,
    basic,
    dig,
)

AFTER = "filter[id]"
WRITTEN = "%Y-%m-%d %H:%M:%S"
FIRST, LAST = "1970-01-01 00:00:00", "2100-01-01 00:00:00"
FULL = {"display": "full", "date": "1", "sort": "[id_ASC]"}
"""Without `date=1` a filter by date is refused or ignored."""
DATES = ("date_add", "date_upd", "newsletter_date_add")
REFUSED = (401, 403, 405)


def asked_in(zone: tzinfo) -> Callable[[Window], dict[str, str]]:
    """Return how a window is asked for by a clock of this zone."""

    def interval(window: Window) -> dict[str, str]:
        if window.since is None and window.live:
            return {}
        since = window.since.astimezone(zone).strftime(WRITTEN) if window.since else FIRST
        # An hour of autumn is shown twice; what is shown too much is left out.
        until = (window.until + timedelta(hours=1)).astimezone(zone).strftime(WRITTEN)
        return {"filter[date_upd]": f"[{since},{LAST if window.live else until}]"}

    return interval


CHANGED = Cursor("date_upd", ask=asked_in(UTC), overlap=timedelta(minutes=70))
"""An hour more than elsewhere: in autumn the shop's clock shows one hour twice."""


class Ids(KeysetPages):
    """Rows by their ids: one that is saved meanwhile pushes no other out of sight."""

    def after(self, step: Step, response: Response, items: Sequence[Any]) -> Step | None:
        """Ask for the ids above the last one."""
        following = super().after(step, response, items)
        if following is None:
            return None
        return Step({**following.params, AFTER: f">[{following.params[AFTER]}]"})

    def _is_after(self, row: Any, asked: str) -> bool:
        return int(row["id"]) > int(asked.strip(">[]"))


def listed(name: str, row: str, **more: Any) -> Declared:
    """Declare a list by its name and that of its rows."""
    return Declared(f"/{name}", params=FULL, reads=Xml(row), **more)


def any_of(ids: Sequence[str]) -> str:
    """Write ids as a filter takes them."""
    return f"[{'|'.join(ids)}]"


def several(value: Any, name: str) -> list[Any]:
    """Return the elements of one name below an element that may be empty."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else [] if found is None else [found]


def text_of(value: Any) -> Any:
    """Return a text in the first of the shop's languages."""
    if isinstance(value, Mapping):
        value = (several(value, "language") or [None])[0]
    return value.get("#text") if isinstance(value, Mapping) else value


def known_zone(name: str) -> str:
    """Refuse a time zone that is not there."""
    if name not in available_timezones():
        raise ValueError(f"there is no such time zone: {name}; write one like Europe/Paris")
    return name


class PrestaShopAccount(Rest):
    """Settings and answers that source and destination share."""

    base_url = "{self.url}/api"
    pages = Ids("id", since=AFTER, size=500)

    url: Address
    """Address of the shop, like https://shop.example."""
    key: Secret
    """Key of the webservice (Advanced Parameters, Webservice)."""
    timezone: Annotated[str, AfterValidator(known_zone)]
    """Time zone of the shop (International, Localization), like Europe/Paris."""

    def credential(self) -> Credential:
        """The key is the name of a user without a password."""
        return basic(self.key, "")

    def meaning_of(self, answer: Response) -> HubError | None:
        """A key that may not; the answer does not say more."""
        if answer.status not in REFUSED:
            return None
        method = answer.where.partition(" ")[0]
        return Unauthorized(
            f"{answer.where} answered {answer.status}: the key is unknown, inactive, or lacks "
            f"{method} for this resource; look in PrestaShop (Advanced Parameters, Webservice), "
            "and whether the host takes the Authorization header away"
        )

    def walk(
        self,
        declared: Declared,
        window: Window | None = None,
        fill: Mapping[str, str] | None = None,
        position: str | None = None,
    ) -> Iterator[RawPage]:
        """Yield the pages of a list; a window is asked for by the shop's own clock."""
        if declared.cursor is not None:
            declared = replace(
                declared, cursor=replace(declared.cursor, ask=asked_in(ZoneInfo(self.timezone)))
            )
        return super().walk(declared, window, fill, position)

    def rows_of(self, response: Response, declared: Declared) -> Sequence[Any]:
        """The rows of an answer, with instants that name their zone.

        Those of a list that is looked up by another's id have all rows of that id in `all`.
        """
        found = [self._row(row) for row in super().rows_of(response, declared)]
        if declared.id == "id":
            return found
        by_id: dict[str, list[Any]] = {}
        for row in found:
            by_id.setdefault(str(dig(row, declared.id)), []).append(row)
        return [{**row, "all": own} for own in by_id.values() for row in own if row]

    def _row(self, row: Any) -> Any:
        if not isinstance(row, Mapping):
            return row
        return {**row, **{name: self._instant(row[name]) for name in DATES if name in row}}

    def _instant(self, text: Any) -> Any:
        """Return what the shop's clock showed as an instant; a date of zeros is none."""
        if str(text).startswith("0000-00-00"):
            return None
        try:
            at = datetime.strptime(text, WRITTEN).replace(tzinfo=ZoneInfo(self.timezone))
            return at.isoformat()
        except (ValueError, TypeError):
            return text
