"""A token may be made for one user of the directory, who is then `/Me`."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    with op.batch_alter_table("token", recreate="auto" if postgresql else "always") as batch:
        batch.add_column(sa.Column("subject", KEY))
