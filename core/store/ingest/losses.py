"""The losses of a page: values that are left empty or not understood, told by column and shape."""

from collections.abc import Iterable, Iterator, Sequence

from core.contract import Loss
from core.records import Record
from core.store import findings
from core.store.upsert.page_context import PageContext


def record(context: PageContext) -> None:
    """Count the losses of a page and store them as findings, in the page's transaction."""
    reading, page = context.reading, context.page
    gone = [*page.losses, *_emptied(page.records)]
    losses = [*gone, *context.losses]
    context.counts.update(f"{loss.kind} {loss.path}" for loss in losses)
    reading.tally.add(page.records, gone, context.losses, context.counts)
    findings.record(
        context.transaction,
        context.connection_id,
        reading.stream,
        findings.of_losses(losses, page.origin),
        context.now,
        adds=not reading.full,
    )
    if page.whole:
        reading.tally.whole = True
        findings.settle_part(
            context.transaction, context.connection_id, reading.stream, page.origin, context.now
        )


def _emptied(records: Iterable[Record]) -> Iterator[Loss]:
    """Fields that records emptied, those of an order's lines as `lines.tax`."""
    for each in records:
        if each.emptied:
            yield from _losses(each, "")
        for name in ("lines", "discounts"):
            parts: Sequence[Record] = getattr(each, name, ())
            for part in parts:
                if part.emptied:
                    yield from _losses(part, f"{name}.")


def _losses(record: Record, within: str) -> Iterator[Loss]:
    for field in record.emptied:
        yield Loss("emptied", within + field, record.shapes[field])
