"""The first schema: directory, accounts and persons, marks, grants, holds, audit."""

from alembic import op

from bridge.store import schema
from scim import tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.metadata.create_all(op.get_bind())
    schema.metadata.create_all(op.get_bind())
