"""The losses of a page: values that are left empty or not understood, told by column and shape."""

from collections.abc import Iterable, Iterator, Sequence

from core.contract import Loss
from core.log import shape_of
from core.records import Buyer, Record
from core.store import findings
from core.store.keys import phone_key
from core.store.upsert.page_context import PageContext


def record(context: PageContext) -> None:
    """Count the losses of a page and store them as findings, in the page's transaction."""
    reading, page = context.reading, context.page
    gone = [*page.losses, *_emptied(page.records)]
    refused = [*context.losses, *_unusable_phones(context)]
    losses = [*gone, *refused]
    context.counts.update(f"{loss.kind} {loss.path}" for loss in losses)
    reading.tally.add(page.records, gone, refused, context.counts)
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
    """Fields that records emptied, those of parts as `lines.tax` and `buyer.email`."""
    for each in records:
        if each.emptied:
            yield from _losses(each, "")
        for name in ("lines", "discounts"):
            parts: Sequence[Record] = getattr(each, name, ())
            for part in parts:
                if part.emptied:
                    yield from _losses(part, f"{name}.")
        buyer: Buyer | None = getattr(each, "buyer", None)
        if buyer is not None and buyer.emptied:
            yield from _losses(buyer, "buyer.")


def _unusable_phones(context: PageContext) -> Iterator[Loss]:
    """Phones of buyers that are none; they stay with the order as they were stated."""
    for each in context.page.records:
        buyer: Buyer | None = getattr(each, "buyer", None)
        if buyer is None or not buyer.phone:
            continue
        if phone_key(buyer.phone, buyer.country, context.shop.country) is None:
            yield Loss("emptied", "buyer.phone", shape_of(buyer.phone))


def _losses(record: Record, within: str) -> Iterator[Loss]:
    for field in record.emptied:
        yield Loss("emptied", within + field, record.shapes[field])
