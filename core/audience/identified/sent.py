"""The identifiers that audiences may hold through us, kept until they are taken back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from sqlalchemy import Connection

from core.store.bulk import delete_where, insert_rows, rows_where, values_where
from core.store.tables import SENT_IDENTIFIERS

SENT = SENT_IDENTIFIERS.c


def fingerprint(identifiers: Sequence[str]) -> str | None:
    """A hash of somebody's identifiers, by which the ledger knows whether they changed."""
    return sha256("\n".join(identifiers).encode()).hexdigest() if identifiers else None


def prepare(
    transaction: Connection, target_id: int, wanted: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Store what an audience shall hold of people, by key; returns what to take back of each.

    An identifier that shall also stand there for somebody else is not taken back: of profiles
    that were joined, or of two people with one phone. To be called before anything is sent, so
    that a crash leaves no identifier behind that nobody knows of.
    """
    stored: dict[str, set[str]] = defaultdict(set)
    for row in rows_where(
        transaction, SENT_IDENTIFIERS, SENT.key, wanted.keys(), SENT.target_id == target_id
    ):
        stored[row["key"]].add(row["identifier"])
    stale = {key: sorted(stored[key] - {*each}) for key, each in wanted.items()}
    delete_where(
        transaction, SENT_IDENTIFIERS, SENT.key, wanted.keys(), SENT.target_id == target_id
    )
    insert_rows(
        transaction,
        SENT_IDENTIFIERS,
        [
            {"target_id": target_id, "key": key, "identifier": each, "stale": each in stale[key]}
            for key, identifiers in wanted.items()
            for each in (*identifiers, *stale[key])
        ],
    )
    elsewhere = values_where(
        transaction, SENT.identifier, SENT.identifier,
        {each for of_key in stale.values() for each in of_key},
        SENT.target_id == target_id, SENT.stale.is_(False),
    )  # fmt: skip
    return {
        key: [each for each in of_key if each not in elsewhere] for key, of_key in stale.items()
    }


def forget_stale(transaction: Connection, rows: Iterable[tuple[int, str]]) -> None:
    """Delete the identifiers that were taken back of people, named by target and key."""
    keys: dict[int, list[str]] = defaultdict(list)
    for target_id, key in rows:
        keys[target_id].append(key)
    for target_id, of_target in keys.items():
        delete_where(
            transaction, SENT_IDENTIFIERS, SENT.key, of_target, SENT.target_id == target_id,
            SENT.stale.is_(True),
        )  # fmt: skip
