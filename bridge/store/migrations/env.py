"""alembic's entry: the caller hands over an open connection; there is no offline mode."""

from alembic import context

from bridge.store import schema
from scim import tables

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=[schema.metadata, tables.metadata],
    render_as_batch=connection.dialect.name == "sqlite",
)
with context.begin_transaction():
    context.run_migrations()
