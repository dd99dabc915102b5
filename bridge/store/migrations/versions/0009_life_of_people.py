"""What a human must say about somebody's Clerk user, and what was said; invitations of people outside the domains."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("person", sa.Column("conflict", sa.Text()))
    op.add_column("person", sa.Column("accepted", _key()))
    some = sa.text("conflict IS NOT NULL")
    op.create_index("ix_person_conflict", "person", ["clerk_instance", "pk"], sqlite_where=some, postgresql_where=some)
    op.create_table(
        "invitation",
        sa.Column("person", sa.BigInteger(), sa.ForeignKey("person.pk"), primary_key=True),
        sa.Column("workspace", sa.BigInteger(), sa.ForeignKey("workspace.pk"), primary_key=True),
        sa.Column("id", _key()),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", _key(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("clerk_user", _key()),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_invitation_id", "invitation", ["id"])
    op.create_index("ix_invitation_workspace", "invitation", ["workspace", "created"])
