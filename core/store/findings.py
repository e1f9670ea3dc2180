"""Findings: losses of reads and refusals of pushes, told until a good one lifts them.

They live as the rows in quarantine do: a part of a stream that is read whole keeps only those that
the read has met again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from core.contract import Loss
from core.records import Record
from core.store.bulk import Row, delete_ids, insert_rows, update_rows
from core.store.tables import CONNECTIONS, FINDINGS

Kind = Literal[
    "emptied", "unknown", "ambiguous", "spoilt", "quarantined", "unlisted", "rejected",
    "unanswered", "drifted",
]  # fmt: skip

SPOILING: frozenset[str] = frozenset({"ambiguous", "spoilt"})
"""Losses after which no read is good, however few they are."""
ENOUGH, ENOUGH_OF_ALL = 5, 2
"""Emptied values that make a read bad if they are most of those given: of a read that shows what
changed, and of one that shows everything."""


@dataclass(frozen=True)
class Finding:
    """One finding about a stream or a target."""

    kind: Kind
    path: str = ""
    """The field or column; empty where it concerns whole rows; of drift the cause."""
    number: int = 1
    earlier: int = 0
    """Number in earlier reads; of `unlisted`, the number in the read before."""
    total: int = 0
    """Of how many; 0 where that is not known."""
    example: str = ""
    """Where the first stood."""
    shape: str = ""
    reason: str = ""
    """A vendor's words, without personal data."""
    fails: bool = False
    """Whether the read or the push is not good because of it."""
    origin: str = ""
    """The part of the stream, as a page names it."""


@dataclass(frozen=True)
class StoredFinding:
    """A finding with where and when it was made."""

    connection: str
    place: str
    """The stream, or the target: `tag Loyal`."""
    finding: Finding
    last_at: datetime


@dataclass
class Tally:
    """The rows of one read over all its pages, and the values that it lost."""

    rows: int = 0
    quarantined: int = 0
    records: int = 0
    has_rejects: bool | None = None
    """Whether rows of the stream with an id stand in quarantine; none: not known yet."""
    has_losses: bool | None = None
    """Whether earlier reads of the stream lost values; none: not known yet."""
    whole: bool = False
    """Whether a part of the stream was shown from first row to last."""
    emptied: Counter[str] = field(default_factory=Counter)
    """Field -> values that were emptied."""
    given: Counter[str] = field(default_factory=Counter)
    """The same -> values that were given; a record before the first emptied one counts as one."""

    def add(
        self,
        records: Sequence[Record],
        gone: Iterable[Loss],
        refused: Iterable[Loss],
        counts: Mapping[str, int],
    ) -> None:
        """Count a page; values that are gone are not in its records, refused ones still are."""
        self.rows += counts["fetched"]
        self.quarantined += counts["quarantined"]
        absent = Counter(loss.path for loss in gone if loss.kind == "emptied")
        emptied = absent + Counter(loss.path for loss in refused if loss.kind == "emptied")
        for path in emptied.keys() - self.emptied.keys():
            self.given[path] = self.records
        self.emptied.update(emptied)
        for path in self.emptied:
            values = (value for record in records for value in _values(record, path))
            self.given[path] += absent[path] + sum(value is not None for value in values)
        self.records += len(records)


def _values(record: Record, path: str) -> Iterator[Any]:
    """The values of a field; `lines.tax` has one per line, `buyer.email` one per order."""
    name, _, inner = path.partition(".")
    value = getattr(record, name, None)
    if not inner:
        yield value
    elif isinstance(value, Record):
        yield getattr(value, inner, None)
    elif isinstance(value, Mapping):
        yield value.get(inner)
    else:
        for part in value or ():
            yield from _values(part, inner)


def of_losses(losses: Iterable[Loss], origin: str) -> list[Finding]:
    """The losses of a page as findings, those of one kind and field together."""
    numbers = Counter((loss.kind, loss.path) for loss in losses)
    first = {(loss.kind, loss.path): loss for loss in reversed(list(losses))}
    return [
        Finding(
            loss.kind, loss.path, numbers[same], example=loss.place, shape=loss.shape,
            fails=loss.kind in SPOILING, origin=origin,
        )
        for same, loss in first.items()
    ]  # fmt: skip


def record(
    transaction: sa.Connection,
    connection_id: int,
    place: str,
    found: Iterable[Finding],
    now: datetime,
    *,
    adds: bool = False,
) -> None:
    """Store findings made at `now`; the same ones of that instant are added up.

    Those of an earlier read are replaced; with `adds`, for a read that shows only a part of the
    stream, they are remembered as earlier ones.
    """
    found = list(found)
    if not found:
        return
    known = {_key(row): dict(row) for row in _rows(transaction, connection_id, place)}
    new: list[Row] = []
    old: list[Row] = []
    for each in found:
        row = {**vars(each), "last_at": now}
        before = known.get(_key(row))
        if before is None:
            new.append({"connection_id": connection_id, "place": place, "first_at": now, **row})
            continue
        if before["last_at"] == now:
            row |= {name: before[name] for name in ("earlier", "example", "shape")}
            row["number"] += before["number"]
        elif adds:
            row["earlier"] = before["earlier"] + before["number"]
        old.append({"id": before["id"], **row})
    insert_rows(transaction, FINDINGS, new)
    update_rows(transaction, FINDINGS, old)


def settle_part(
    transaction: sa.Connection, connection_id: int, stream: str, origin: str, now: datetime
) -> None:
    """Keep of a part that was shown whole only what this read has met, however often before."""
    part = [*_named(connection_id, stream), FINDINGS.c.origin == origin]
    made_of_rows = FINDINGS.c.kind.in_(("emptied", "unknown", "ambiguous", "spoilt"))
    transaction.execute(sa.delete(FINDINGS).where(*part, made_of_rows, FINDINGS.c.last_at < now))
    transaction.execute(
        sa.update(FINDINGS).where(*part, made_of_rows, FINDINGS.c.earlier > 0).values(earlier=0)
    )


def lift(transaction: sa.Connection, connection_id: int, place: str, kind: Kind) -> bool:
    """Delete the findings of a kind about a stream or a target; whether there were any."""
    deleted = transaction.execute(
        sa.delete(FINDINGS).where(*_named(connection_id, place), FINDINGS.c.kind == kind)
    )
    return deleted.rowcount > 0


def conclude(
    transaction: sa.Connection,
    connection_id: int,
    stream: str,
    tally: Tally,
    now: datetime,
    *,
    full: bool,
    missing: int = 0,
) -> list[Finding]:
    """Settle the findings of a stream at the end of a read that began at `now`.

    Returns those for which the read is not good. `full` is a read that nothing narrowed;
    `missing` are rows that the vendor counted and did not list.
    """
    found: list[Finding] = []
    if 2 * tally.quarantined > tally.rows:
        found.append(Finding("quarantined", number=tally.quarantined, total=tally.rows, fails=True))
    known = {_key(row): dict(row) for row in _rows(transaction, connection_id, stream)}
    if missing:
        before = known.get(("unlisted", "", ""))
        found.append(
            Finding(
                "unlisted", number=missing, total=tally.rows + missing,
                earlier=before["number"] if before else 0,
            )
        )  # fmt: skip
    record(transaction, connection_id, stream, found, now)
    if tally.rows or full:
        again = {_key(vars(each)) for each in found}
        others = [row for key, row in known.items() if key not in again]
        _settle(transaction, others, tally, now, full=full)
    if not missing:
        lift(transaction, connection_id, stream, "unlisted")
    return [
        each
        for row in _rows(transaction, connection_id, stream)
        if row["last_at"] == now and (each := _finding(row)).fails
    ]


def _settle(
    transaction: sa.Connection, known: Iterable[Row], tally: Tally, now: datetime, *, full: bool
) -> None:
    """Say of emptied fields whether they make the read bad, and lift what it did not meet."""
    enough = ENOUGH_OF_ALL if full or tally.whole else ENOUGH
    lifted: list[int] = []
    changed: list[Row] = []
    for row in known:
        path, kind = row["path"], row["kind"]
        if row["last_at"] == now and kind == "emptied":
            emptied, given = tally.emptied[path], tally.given[path]
            fails = emptied >= enough and 2 * emptied > given
            changed.append({"id": row["id"], "fails": fails, "total": given})
        elif row["last_at"] < now and not row["origin"] and kind != "unlisted":
            if full or kind in SPOILING or kind == "quarantined":
                lifted.append(row["id"])
            elif row["fails"]:
                changed.append({"id": row["id"], "fails": False, "total": row["total"]})
    delete_ids(transaction, FINDINGS, lifted)
    update_rows(transaction, FINDINGS, changed)


def stored(transaction: sa.Connection, since: datetime | None = None) -> list[StoredFinding]:
    """All findings, or those made since an instant, by connection and place."""
    statement = (
        sa.select(FINDINGS, CONNECTIONS.c.name.label("connection"))
        .join(CONNECTIONS, CONNECTIONS.c.id == FINDINGS.c.connection_id)
        .order_by(FINDINGS.c.connection_id, FINDINGS.c.place, FINDINGS.c.id)
    )
    if since is not None:
        statement = statement.where(FINDINGS.c.last_at >= since)
    return [
        StoredFinding(row.connection, row.place, _finding(row._asdict()), row.last_at)
        for row in transaction.execute(statement)
    ]


def any_losses(transaction: sa.Connection, connection_id: int, stream: str, tally: Tally) -> bool:
    """Whether earlier reads of a stream left values empty or did not understand them."""
    if tally.has_losses is None:
        lost = FINDINGS.c.kind.in_(("emptied", "unknown"))
        some = sa.exists().where(*_named(connection_id, stream), lost)
        tally.has_losses = bool(transaction.scalar(sa.select(some)))
    return tally.has_losses


def _rows(transaction: sa.Connection, connection_id: int, place: str) -> list[Row]:
    statement = sa.select(FINDINGS).where(*_named(connection_id, place))
    return [dict(row) for row in transaction.execute(statement).mappings()]


def _named(connection_id: int, place: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (FINDINGS.c.connection_id == connection_id, FINDINGS.c.place == place)


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["kind"], row["path"], row["origin"]


def _finding(row: Mapping[str, Any]) -> Finding:
    return Finding(**{name: row[name] for name in Finding.__dataclass_fields__})
