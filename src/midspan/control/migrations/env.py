"""Alembic asks this module to run the steps, on the connection and in the transaction that `database` opened."""

from alembic import context

from midspan.control.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite changes a table by making it anew; other engines alter it in place.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
