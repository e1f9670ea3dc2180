"""Tokens and quotas of connections, shared by every process on the store.

A token is encrypted, renewed by one process at a time, and stored before it is used.
A lease in the token's row, not a transaction, is held during the request for a new token: the
store stays free for other writers, and a process that dies leaves a trace of its renewal.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, select, update

from core import log
from core.errors import StoreUnavailable, Unauthorized
from core.hub_key import HubKey
from core.store.bulk import insert_missing
from core.store.connections import connection_id, connection_names
from core.store.database import Database
from core.store.secrets.hashes import digest
from core.store.tables import ACCESS_TOKENS, QUOTAS
from core.tokens import Quota, Token

LEASE = timedelta(seconds=60)
"""Longer than one request for a token may take."""
LONGEST_WAIT = 90.0
"""Seconds that a process waits for another one's renewal."""
_PAUSE = 0.05
_SILENT = 10.0
"""Seconds after which a wait is told."""
_LOG = log.get(__name__)


@dataclass(frozen=True)
class TokenState:
    """The state of a connection's token, for `status` and `check`."""

    connection: str
    ends_at: datetime | None
    refused: str


def token_states(transaction: Connection) -> Iterator[TokenState]:
    """Every connection that has a token, by name."""
    names = connection_names(transaction)
    rows = transaction.execute(select(ACCESS_TOKENS).where(ACCESS_TOKENS.c.sealed != "")).all()
    for row in sorted(rows, key=lambda row: names[row.connection_id]):
        yield TokenState(names[row.connection_id], row.ends_at, row.refused)


class StoredToken:
    """The token keeper of one connection."""

    def __init__(
        self,
        database: Database,
        key: HubKey,
        connection: str,
        kind: str,
        now: Callable[[], datetime],
    ) -> None:
        """Take where the token is stored; reads nothing yet."""
        self.connection = connection
        self._database = database
        self._key = key
        self._kind = kind
        self._now = now

    def current(self) -> Token | None:
        """The token as it was stored last; None where there is none, or another key sealed it."""
        with self._database.read() as transaction:
            numbers = {name: number for number, name in connection_names(transaction).items()}
            if self.connection not in numbers:
                return None
            query = select(ACCESS_TOKENS.c.sealed).where(
                ACCESS_TOKENS.c.connection_id == numbers[self.connection]
            )
            return self._opened(transaction.execute(query).scalar() or "")

    def store(self, token: Token) -> None:
        """Replace whatever was stored; a renewal under way then changes nothing."""
        with self._database.transaction() as transaction:
            row = self._row(transaction)
            self._write(transaction, self._is(row), token, row.version)

    def renew(self, spent: Token | None, ask: Callable[[Token | None], Token]) -> Token:
        """The token that follows `spent`: another process's, or what `ask` answers.

        Raises Unavailable where another process does not end its renewal, and whatever `ask`
        raises; an Unauthorized is also stored for `status`.
        """
        lease = secrets.token_hex(8)
        row = self._lease(spent, lease)
        if isinstance(row, Token):
            return row
        try:
            token = ask(spent)
        except Unauthorized as error:
            return self._after_refusal(row, lease, error)
        except BaseException:
            # The answer may be lost: `unanswered_at` stays.
            with self._database.transaction() as transaction:
                _set(transaction, self._is(row) & (ACCESS_TOKENS.c.lease == lease), lease="")
            raise
        with self._database.transaction() as transaction:
            same = self._is(row) & (ACCESS_TOKENS.c.version == row.version)
            if self._write(transaction, same, token, row.version):
                return token
            return self._opened(self._row(transaction).sealed) or token

    def spend(self, quota: Quota) -> datetime | None:
        """Count a request against a quota of the account, whichever connection or process sends."""
        parts = (quota.account, str(quota.requests), str(quota.seconds))
        name = digest(self._key.hashes, "quota", *parts)
        query = select(QUOTAS.c.spent).where(QUOTAS.c.name == name)
        with self._database.transaction() as transaction:
            insert_missing(transaction, QUOTAS, {"name": name, "spent": "[]"})
            spent = dict(orjson.loads(transaction.execute(query.with_for_update()).scalar_one()))
            counted = quota.count(spent, self._now())
            if isinstance(counted, datetime):
                return counted
            told = orjson.dumps([*counted.items()]).decode()
            transaction.execute(update(QUOTAS).where(QUOTAS.c.name == name).values(spent=told))
        return None

    def _lease(self, spent: Token | None, lease: str) -> Any:
        """The row, leased; or the token that another process has stored meanwhile."""
        end = time.monotonic() + LONGEST_WAIT
        is_announced = False
        while True:
            with self._database.transaction() as transaction:
                row = self._row(transaction)
                stored = self._opened(row.sealed)
                if stored is not None and stored != spent:
                    return stored
                now = self._now()
                is_free = (ACCESS_TOKENS.c.lease == "") | (ACCESS_TOKENS.c.leased_until <= now)
                same = self._is(row) & (ACCESS_TOKENS.c.version == row.version)
                leased = {
                    "lease": lease,
                    "leased_until": now + LEASE,
                    "unanswered_at": row.unanswered_at or now,
                }
                if _set(transaction, same & is_free, **leased):
                    return row
            if time.monotonic() > end:
                raise StoreUnavailable(
                    f"another process is renewing the token of {self.connection} and does not "
                    "end; the next run tries again"
                )
            if not is_announced and time.monotonic() > end - LONGEST_WAIT + _SILENT:
                is_announced = True
                _LOG.warning(
                    "waiting", connection=self.connection,
                    reason="another process is renewing its token",
                )  # fmt: skip
            time.sleep(_PAUSE)

    def _after_refusal(self, row: Any, lease: str, error: Unauthorized) -> Token:
        """The token that another process stored meanwhile; else raises the refusal."""
        message = str(error)
        if row.unanswered_at is not None:
            message += (
                f" (the answer to a renewal of {row.unanswered_at:%Y-%m-%d %H:%M:%S} UTC was never "
                "stored: if it brought a new token, that token is lost)"
            )
        with self._database.transaction() as transaction:
            now = self._row(transaction)
            stored = self._opened(now.sealed)
            if now.version != row.version and stored is not None:
                return stored
            mine = self._is(row) & (ACCESS_TOKENS.c.lease == lease)
            _set(transaction, mine, lease="", unanswered_at=row.unanswered_at, refused=message)
        raise Unauthorized(message) from error

    def _row(self, transaction: Connection) -> Any:
        number = connection_id(transaction, self.connection, self._kind)
        query = select(ACCESS_TOKENS).where(ACCESS_TOKENS.c.connection_id == number)
        found = transaction.execute(query).first()
        if found is None:
            blank = {"version": 0, "sealed": "", "lease": "", "refused": ""}
            insert_missing(transaction, ACCESS_TOKENS, {"connection_id": number, **blank})
            found = transaction.execute(query).one()
        return found

    def _is(self, row: Any) -> ColumnElement[bool]:
        is_it: ColumnElement[bool] = ACCESS_TOKENS.c.connection_id == row.connection_id
        return is_it

    def _write(
        self, transaction: Connection, where: ColumnElement[bool], token: Token, version: int
    ) -> bool:
        values = {
            "version": version + 1,
            "sealed": self._key.seal(orjson.dumps(token).decode()),
            "stored_at": self._now(),
            "ends_at": token.ends_at,
        }
        cleared = {"lease": "", "leased_until": None, "unanswered_at": None, "refused": ""}
        return _set(transaction, where, **values, **cleared)

    def _opened(self, sealed: str) -> Token | None:
        text = self._key.unseal(sealed) if sealed else None
        if text is None:
            return None
        stored: Mapping[str, Any] = orjson.loads(text)
        return Token(
            stored["access"],
            stored["refresh"],
            _instant(stored["renew_at"]),
            _instant(stored["ends_at"]),
        )


def _set(transaction: Connection, where: ColumnElement[bool], **values: object) -> bool:
    """Update; return whether there was such a row."""
    return transaction.execute(update(ACCESS_TOKENS).where(where).values(**values)).rowcount > 0


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
