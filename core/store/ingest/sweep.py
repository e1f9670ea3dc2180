"""Rows of a part that was shown from first to last, and that it did not show: they are gone."""

from sqlalchemy import ColumnElement, Table, case, func, literal, select, union_all

from core.store.bulk import rows_where, table_of
from core.store.checkpoints import LEAST_LOSS, believe, suspect
from core.store.ingest.deletion import MODELS, delete_rows
from core.store.upsert.page_context import PageContext


def sweep(intake: PageContext) -> None:
    """Delete what this read has not shown, unless that would be suspiciously much.

    More than half of the part's rows, and at least five: then nothing goes, and the stream is
    suspect. What is swept leaves no tombstone, because the part itself says what is there: the
    same old row may stand in it again tomorrow, or in another part today.
    """
    tables = {noun: table_of(model) for noun, model in MODELS.items()}
    counts = {
        noun: (rows, unseen)
        for noun, rows, unseen in intake.transaction.execute(
            union_all(
                *(
                    select(literal(noun), func.count(), _unseen(intake, table))
                    .select_from(table)
                    .where(*_mine(intake, table))
                    for noun, table in tables.items()
                )
            )
        )
    }
    unseen = sum(each for _, each in counts.values())
    rows = sum(each for each, _ in counts.values())
    is_too_much = unseen >= LEAST_LOSS and 2 * unseen > rows
    if is_too_much and not intake.reading.accepted:
        where = f" of {intake.page.origin}" if intake.page.origin else ""
        suspect(
            intake.transaction, intake.reading,
            f"{unseen} of {rows} rows{where} were not shown any more; nothing was removed",
            intake.page.origin,
        )  # fmt: skip
        intake.note("not swept", unseen)
        return
    believe(intake.transaction, intake.reading, intake.page.origin)
    for noun, (_, gone) in counts.items():
        if gone:
            table = tables[noun]
            lost = rows_where(
                intake.transaction, table, table.c.connection_id, [intake.connection_id],
                *_mine(intake, table), table.c.seen != intake.reading.number,
            )  # fmt: skip
            intake.counts["deleted"] += len(lost)
            delete_rows(intake, noun, lost)


def _mine(intake: PageContext, table: Table) -> tuple[ColumnElement[bool], ...]:
    return (
        table.c.connection_id == intake.connection_id,
        table.c.stream == intake.reading.stream,
        table.c.origin == intake.page.origin,
    )


def _unseen(intake: PageContext, table: Table) -> ColumnElement[int]:
    missing = case((table.c.seen != intake.reading.number, 1), else_=0)
    return func.coalesce(func.sum(missing), 0)
