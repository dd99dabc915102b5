"""When Clerk was last compared with our rows: a new holder of the lease doesn't begin anew."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("lease", sa.Column("swept", sa.BigInteger()))
