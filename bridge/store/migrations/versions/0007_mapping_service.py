"""Since when and by whom a version is in service, what it replaced, what is said of the file; a way to all it concerns."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# the content of the last version had its turn; a file that was refused or waits is looked at again
SETTLED = """UPDATE connection SET
  file_digest = (SELECT v.digest FROM mapping_version v WHERE v.connection = connection.name
    ORDER BY v.version DESC LIMIT 1),
  mapping_since = (SELECT v.taken FROM mapping_version v WHERE v.connection = connection.name
    AND v.version = connection.mapping_version),
  mapping_actor = (SELECT v.actor FROM mapping_version v WHERE v.connection = connection.name
    AND v.version = connection.mapping_version)"""


def upgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    with op.batch_alter_table("connection", recreate="auto" if postgresql else "always") as batch:
        batch.drop_column("file_problem")
        batch.add_column(sa.Column("mapping_since", sa.BigInteger()))
        batch.add_column(sa.Column("mapping_actor", sa.Text()))
        batch.add_column(sa.Column("file_verdict", sa.Text()))
    with op.batch_alter_table("mapping_version", recreate="auto" if postgresql else "always") as batch:
        batch.add_column(sa.Column("before", sa.BigInteger()))
        batch.add_column(sa.Column("rules", sa.BigInteger()))
    op.create_index("ix_account_people", "account", ["connection", "person"], unique=False)
    op.execute(SETTLED)
    op.execute('UPDATE mapping_version SET "before" = version - 1 WHERE version > 1')
