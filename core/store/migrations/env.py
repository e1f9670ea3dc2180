"""Alembic's entry: runs the steps on the connection that `upgrade` passes in."""

from alembic import context

from core.store.tables import METADATA

# SQLite can undo a CREATE TABLE like any other change; Alembic does not know it.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
