"""Whoever accepted an invitation is found by their Clerk user by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    accepted = sa.text("clerk_user IS NOT NULL")
    op.create_index(
        "ix_invitation_clerk_user", "invitation", ["clerk_user"], sqlite_where=accepted, postgresql_where=accepted
    )
