"""The oldest schema whose code may run on this one: replicas of two versions stand side by side during an upgrade."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schema_floor",
        sa.Column("revision", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True),
    )
    op.execute("INSERT INTO schema_floor (revision) VALUES ('0013')")
