"""Reconcile a destination: read back who carries its targets, and compare with the ledger."""

from collections import Counter
from collections.abc import Sequence
from functools import partial

from core.audience.binding import Bindings
from core.audience.delivery import drift
from core.audience.delivery.drift import DeliveredTarget
from core.audience.scope import PlanContext, Scope, scope_of
from core.contract import Destination
from core.errors import Broken
from core.plugins import answers, broken_on_error
from core.store.database import Database
from sync.concurrency.prefetch import batches, prefetch

_CARRIERS_PER_COMMIT = 1_000


def reconcile(
    database: Database, destination: Destination, bindings: Bindings, context: PlanContext
) -> Counter[str] | None:
    """Compare the deliveries of a destination with what it shows: carriers read, drift by cause.

    None where nothing was delivered that could be looked for; then no request is sent. A target
    that cannot be read stops no other. Raises Held where the destination was never read, Broken
    for the first target that could not be read, and Unauthorized or Unavailable.
    """
    with database.read() as transaction:
        scope = scope_of(transaction, destination, bindings, context)
        delivered = drift.delivered_targets(transaction, scope, context.now)
    if not delivered:
        return None
    with broken_on_error(destination.kind, kind=destination.kind):
        destination.begin_push()
    counts: Counter[str] = Counter()
    fault: Broken | None = None
    parts = [delivered] if destination.one_scan else [[each] for each in delivered]
    while parts:
        part = parts.pop()
        try:
            counts += _read(database, scope, part, context)
        except Broken as error:
            if len(part) > 1:
                parts += [[each] for each in part]
            else:
                fault = fault or error
    if fault is not None:
        raise fault
    return counts


def _read(
    database: Database, scope: Scope, part: Sequence[DeliveredTarget], context: PlanContext
) -> Counter[str]:
    """Read the carriers of some targets to the end; then count what they did not show."""
    destination, begun = scope.destination, context.now
    counts: Counter[str] = Counter()
    targets = [each.target for each in part]
    carriers = answers(destination, tuple, partial(destination.carriers_of, targets))
    for batch in batches(prefetch(carriers), _CARRIERS_PER_COMMIT):
        counts["fetched"] += len(batch)
        with database.transaction() as transaction:
            for each in part:
                found = [found for target, found in batch if target == each.target]
                drift.record_seen(transaction, each.id, found, begun)
    for each in part:
        with database.read() as transaction:
            shown = drift.is_shown(transaction, each.id, begun)
        with broken_on_error(destination.kind, kind=destination.kind):
            gone = not shown and not destination.exists(each.target)
        with database.transaction() as transaction:
            counts.update(drift.settle(transaction, scope, each, begun, gone=gone))
    return counts
