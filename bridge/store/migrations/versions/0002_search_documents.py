"""Filters and sorting over every attribute: a search document beside each user and group; creation dates get an index."""

from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from scim.schemas import GROUPS, USERS, Shape
from scim.search import document

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DOCUMENT = sa.Text().with_variant(JSONB, "postgresql")
PAGE = 1_000


def upgrade() -> None:
    for table in ("scim_user", "scim_group"):
        with op.batch_alter_table(table, recreate="auto" if _postgresql() else "always") as batch:
            batch.add_column(sa.Column("search", DOCUMENT, nullable=False, server_default=sa.text("'{}'")))
    op.create_index("ix_user_created", "scim_user", ["connection", "created", "pk"], unique=False)
    _fill("scim_user", USERS)
    _fill("scim_group", GROUPS)


def _fill(table: str, shape: Shape) -> None:
    """Rows from before, in pages; nobody could add a schema of their own before, so the built-in shapes are all of them."""
    connection = op.get_bind()
    read = sa.text(f"SELECT pk, body FROM {table} WHERE pk > :after ORDER BY pk LIMIT {PAGE}")  # noqa: S608
    value = "CAST(:search AS JSONB)" if _postgresql() else ":search"
    write = sa.text(f"UPDATE {table} SET search = {value} WHERE pk = :pk")  # noqa: S608
    after = 0
    while rows := connection.execute(read, {"after": after}).all():
        connection.execute(write, [{"pk": row.pk, "search": _search(row.body, shape)} for row in rows])
        after = rows[-1].pk


def _search(body: Any, shape: Shape) -> str:
    return orjson.dumps(document(orjson.loads(bytes(body)), shape)).decode()


def _postgresql() -> bool:
    return bool(op.get_bind().dialect.name == "postgresql")
