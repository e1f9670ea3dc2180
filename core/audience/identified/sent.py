"""The identifiers that audiences may hold through us, kept until they are taken back."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

import orjson
from sqlalchemy import Connection, true

from core.contract import Identifier
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


def acknowledge(
    transaction: Connection, holds: Mapping[tuple[int, str], Sequence[Identifier] | None]
) -> None:
    """Forget what an audience has taken back of people, by target and key.

    `holds` is what it was sent of each; None: they are out, and all of theirs is forgotten.
    """
    added = {place: own for place, own in holds.items() if own is not None}
    _forget(transaction, holds.keys() - added.keys(), stale_only=False)
    _forget(transaction, added, stale_only=True)
    _restore(transaction, added)


def _restore(
    transaction: Connection, added: Mapping[tuple[int, str], Sequence[Identifier]]
) -> None:
    """Store what an audience has acknowledged, by target and key, where it is stored no more.

    Another process may have taken the same people out meanwhile, and forgotten it.
    """
    by_target: dict[int, dict[str, list[str]]] = defaultdict(dict)
    for (target_id, key), identifiers in added.items():
        by_target[target_id][key] = [as_text(each) for each in identifiers]
    for target_id, texts in by_target.items():
        of_target = SENT.target_id == target_id
        stored = rows_where(transaction, SENT_IDENTIFIERS, SENT.key, texts.keys(), of_target)
        known = {(row["key"], row["identifier"]) for row in stored}
        missing = [
            {"target_id": target_id, "key": key, "identifier": each, "stale": False}
            for key, of_key in texts.items()
            for each in of_key
            if (key, each) not in known
        ]
        insert_rows(transaction, SENT_IDENTIFIERS, missing)


def as_text(identifier: Identifier) -> str:
    """An identifier as it is stored."""
    return orjson.dumps(dict(identifier), option=orjson.OPT_SORT_KEYS).decode()


def _forget(transaction: Connection, rows: Iterable[tuple[int, str]], *, stale_only: bool) -> None:
    """Delete identifiers of people, named by target and key: those taken back, or all."""
    keys: dict[int, list[str]] = defaultdict(list)
    for target_id, key in rows:
        keys[target_id].append(key)
    for target_id, of_target in keys.items():
        delete_where(
            transaction, SENT_IDENTIFIERS, SENT.key, of_target, SENT.target_id == target_id,
            SENT.stale.is_(True) if stale_only else true(),
        )  # fmt: skip
