"""Planned changes as a destination takes them, at the moment when they are sent.

Whether somebody may be written to is asked again here, and what only a request may hold (an
address, the identifiers of an audience) is read here and nowhere before.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import orjson
from sqlalchemy import Connection

from core.audience.identified import sent
from core.audience.identified.persons import identifiers
from core.audience.plan import Plan
from core.audience.reach import still_writable
from core.audience.spool import PlannedChange
from core.contract import Change, Identifier
from core.records import Requires


def outgoing(
    transaction: Connection, planned: Plan, ids: Mapping[int, int], chunk: Sequence[PlannedChange]
) -> Iterator[tuple[PlannedChange, Change | None]]:
    """Each change as it is sent; None where the person may no longer be written to.

    `ids` are the numbers of the targets by binding. What audiences shall hold is stored.
    """
    if planned.scope.by_identifiers:
        by_binding: dict[int, list[PlannedChange]] = defaultdict(list)
        for each in chunk:
            by_binding[each.binding_index].append(each)
        for index, changes in by_binding.items():
            yield from _identified(transaction, planned, ids[index], changes)
    else:
        yield from _addressed(transaction, planned, chunk)


def _addressed(
    transaction: Connection, planned: Plan, chunk: Sequence[PlannedChange]
) -> Iterator[tuple[PlannedChange, Change | None]]:
    scope = planned.scope
    keys: dict[Requires, set[str]] = defaultdict(set)
    for each in chunk:
        keys[planned.bindings[each.binding_index].requires].add(each.key)
    addresses = {
        requires: still_writable(transaction, scope.destination, scope.connection_id, requires, own)
        for requires, own in keys.items()
    }
    for each in chunk:
        allowed = addresses[planned.bindings[each.binding_index].requires]
        if each.key in allowed:
            yield each, replace(planned.change(each), address=allowed[each.key])
        else:
            yield each, None


def _identified(
    transaction: Connection, planned: Plan, target_id: int, changes: Sequence[PlannedChange]
) -> Iterator[tuple[PlannedChange, Change | None]]:
    binding = planned.bindings[changes[0].binding_index]
    wanted = {
        each.key: each.profile_id
        for each in changes
        if each.value is not None and each.profile_id is not None
    }
    known = identifiers(
        transaction, planned.scope.destination, binding.requires, set(wanted.values())
    )
    # Whoever was never sent and may not be any more is left out; of others all is taken back.
    holds = {
        each.key: own
        for each in changes
        if (own := known.get(wanted.get(each.key, 0), ())) or each.before is not None
    }
    stale = sent.prepare(transaction, target_id, holds)
    for each in changes:
        if each.key in holds:
            change = Change(
                binding.target,
                each.key,
                sent.fingerprint(holds[each.key]),
                add=_parsed(holds[each.key]),
                remove=_parsed(stale[each.key]),
            )
            yield each, change
        else:
            yield each, None


def _parsed(texts: Sequence[str]) -> tuple[Identifier, ...]:
    return tuple(orjson.loads(each) for each in texts)
