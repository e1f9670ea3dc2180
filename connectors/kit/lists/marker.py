"""Markers: positions that are no instant, kept as a stream's state."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.kit.http.body import Response, dig
from connectors.kit.lists.tracking import RawPage
from connectors.kit.rejects import UNMAPPABLE


@dataclass(frozen=True)
class Marker:
    """A position that is no instant: a version number, an opaque cursor, a sync token.

    The last one seen is kept as the stream's state, and the next read asks for what came after.
    """

    field: str | Callable[[Mapping[str, Any]], Any] = ""
    """Where a row tells its position, a path or a function: of numbers the highest is kept, of
    anything else the last."""
    since: str = "since"
    """Parameter that asks for the rows after it."""
    page: str = ""
    """Path in the body of an answer that names the position, in the place of the rows."""
    overlap: int = 0
    """So much before the position is read again, where positions are numbers and rows show up
    late."""

    def asked(self, position: str) -> str:
        """Return the position that is asked for."""
        if not self.overlap or not position.isdecimal():
            return position
        return str(max(0, int(position) - self.overlap))

    def told_by(self, response: Response) -> Any:
        """Return the position that an answer itself names."""
        return response.part(self.page) if self.page else None

    def after(self, position: str | None, listed: RawPage) -> str | None:
        """Return the position that a page leads to."""
        told = [listed.told] if self.page else map(self._of, listed.items)
        for value in told:
            if isinstance(value, int) and position is not None and position.isdecimal():
                position = str(max(value, int(position)))
            elif isinstance(value, int | str) and value != "":
                position = str(value)
        return position

    def _of(self, raw: Any) -> Any:
        if not isinstance(raw, Mapping):
            return None
        try:
            return dig(raw, self.field) if isinstance(self.field, str) else self.field(raw)
        except UNMAPPABLE:
            # The row is a reject, and the others lead on.
            return None
