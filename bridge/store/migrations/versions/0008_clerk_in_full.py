"""People who are to be looked at in Clerk, and whose sessions are; what Clerk's webhooks told; the tickets we made."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _key() -> sa.types.TypeEngine[str]:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("person", sa.Column("look", sa.Boolean(), nullable=False, server_default=sa.text("false")))
    op.add_column("person", sa.Column("sessions_due", sa.BigInteger()))
    waiting = sa.text("sessions_due IS NOT NULL")
    op.create_index(
        "ix_person_sessions_due",
        "person",
        ["clerk_instance", "sessions_due"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_table(
        "clerk_event",
        sa.Column("id", _key(), primary_key=True),
        sa.Column("clerk_instance", _key(), nullable=False),
        sa.Column("type", _key(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("clerk_user", _key()),
        sa.Column("organization", _key()),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("done", sa.BigInteger()),
    )
    undone = sa.text("done IS NULL")
    op.create_index(
        "ix_clerk_event_undone",
        "clerk_event",
        ["clerk_instance", "received"],
        sqlite_where=undone,
        postgresql_where=undone,
    )
    op.create_index("ix_clerk_event_received", "clerk_event", ["received"])
    op.create_table(
        "ticket",
        sa.Column("id", _key(), primary_key=True),
        sa.Column("person", sa.BigInteger(), sa.ForeignKey("person.pk"), nullable=False),
        sa.Column("connection", _key(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_ticket_person", "ticket", ["person", "created"])
