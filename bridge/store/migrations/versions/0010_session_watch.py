"""What is known of a person's sessions at Clerk, so that their ends need no look."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("session_watch", sa.Text()))
