"""Delete the rows that a complete read of a part did not show."""

from sqlalchemy import ColumnElement, Table, case, func, literal, select, union_all

from core.store.bulk import rows_where
from core.store.checkpoints import LEAST_LOSS, believe, suspect
from core.store.ingest.deletion import delete_rows
from core.store.tables import DELETABLE
from core.store.upsert.page_context import PageContext


def sweep(context: PageContext) -> None:
    """Delete the rows that this read has not shown, unless they are suspiciously many.

    If they are more than half of the part's rows, and at least five, nothing is deleted and the
    stream is suspect. Swept rows leave no tombstone: the same old row may be in the part again
    tomorrow, or in another part today.
    """
    counts = {
        noun: (rows, unseen)
        for noun, rows, unseen in context.transaction.execute(
            union_all(
                *(
                    select(literal(noun), func.count(), _unseen(context, table))
                    .select_from(table)
                    .where(*_mine(context, table))
                    for noun, table in DELETABLE.items()
                )
            )
        )
    }
    unseen = sum(each for _, each in counts.values())
    rows = sum(each for each, _ in counts.values())
    is_too_much = unseen >= LEAST_LOSS and 2 * unseen > rows
    if is_too_much and not context.reading.accepted:
        where = f" of {context.page.origin}" if context.page.origin else ""
        suspect(
            context.transaction, context.reading,
            f"{unseen} of {rows} rows{where} are missing from this read; nothing was removed",
            context.page.origin,
        )  # fmt: skip
        context.note("not swept", unseen)
        return
    believe(context.transaction, context.reading, context.page.origin)
    for noun, (_, gone) in counts.items():
        if gone:
            table = DELETABLE[noun]
            lost = rows_where(
                context.transaction, table, table.c.connection_id, [context.connection_id],
                *_mine(context, table), table.c.seen != context.reading.number,
            )  # fmt: skip
            context.counts["deleted"] += len(lost)
            delete_rows(context, noun, lost)


def _mine(context: PageContext, table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.connection_id == context.connection_id,
        table.c.stream == context.reading.stream,
        table.c.origin == context.page.origin,
    )


def _unseen(context: PageContext, table: Table) -> ColumnElement[int]:
    missing = case((table.c.seen != context.reading.number, 1), else_=0)
    return func.coalesce(func.sum(missing), 0)
