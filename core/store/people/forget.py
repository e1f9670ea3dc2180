"""Take everything of some contacts out of the store."""

from collections.abc import Iterable

from core.store.bulk import remove, rows_where, table_of
from core.store.ingest.deletion import MODELS, delete_rows
from core.store.people.consent import PENDING
from core.store.people.contacts import CONTACT
from core.store.people.reassign import FACTS
from core.store.upsert.page_context import PageContext

_BY_TABLE = {table_of(model): noun for noun, model in MODELS.items()}


def forget(intake: PageContext, ids: Iterable[str]) -> None:
    """Delete contacts of this connection, given by id, with their facts."""
    wanted = set(ids)
    if not wanted:
        return
    contacts = rows_where(
        intake.transaction,
        CONTACT,
        CONTACT.c.external_id,
        wanted,
        CONTACT.c.connection_id == intake.connection_id,
    )
    numbers = [row["id"] for row in contacts]
    for table in FACTS:
        # Deliveries go with the events that they are made of.
        if table in _BY_TABLE:
            facts = rows_where(intake.transaction, table, table.c.contact_id, numbers)
            delete_rows(intake, _BY_TABLE[table], facts)
    remove(intake.transaction, PENDING, PENDING.c.contact_id, numbers)
    delete_rows(intake, "Contact", contacts)
