"""Whether something newer is known of the same membership is found by an index."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_clerk_event_membership", "clerk_event", ["clerk_user", "organization", "at"])
