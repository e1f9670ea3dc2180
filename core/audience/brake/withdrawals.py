"""Withdrawals that look like a fault of the list: too many people in one read to be believed.

Nobody of them is written to, but they stay ours until a person approves it, or the next read shows
that they are still subscribed.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from core.store.tables import LEDGER

FEWEST = 5
"""So many withdrawals at once are never doubted."""
MOST = 20
"""Per cent of the delivered; more are doubted ..."""
WORST_WEEKS = 3
"""... where they are also more than this many times those of the worst week."""
_MEMORY = timedelta(days=365)


def doubt(
    transaction: Connection, target_id: int, withdrawn: int, delivered: int, now: datetime
) -> str:
    """The reason not to believe the withdrawals at a target, "" where they are believed."""
    if withdrawn <= FEWEST or withdrawn * 100 <= MOST * delivered:
        return ""
    worst = _worst_week(transaction, target_id, now)
    if withdrawn <= WORST_WEEKS * worst:
        return ""
    return (
        f"{withdrawn:,} of {delivered:,} people withdrew at once, and {worst:,} in the worst week "
        "before; nobody of them is written to, and they count as ours until it is approved or the "
        "next read shows them as subscribed again"
    )


def _worst_week(transaction: Connection, target_id: int, now: datetime) -> int:
    """Most people released in a week of the last year, counted back from `now`."""
    released = transaction.scalars(
        select(LEDGER.c.at).where(
            LEDGER.c.target_id == target_id,
            LEDGER.c.state == "released",
            LEDGER.c.at > now - _MEMORY,
        )
    )
    weeks = Counter((now - at) // timedelta(weeks=1) for at in released)
    return max(weeks.values(), default=0)
