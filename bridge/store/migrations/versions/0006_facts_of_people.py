"""The locale that Clerk has from us, and by which terms the people of a connection were read and decided."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
LAST_KEY = sa.text("SELECT seq FROM sqlite_sequence WHERE name = 'person'")
KEEP_LAST_KEY = sa.text("UPDATE sqlite_sequence SET seq = :seq WHERE name = 'person'")
NO_KEY_YET = sa.text("INSERT INTO sqlite_sequence (name, seq) SELECT 'person', :seq WHERE changes() = 0")


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        op.add_column("person", sa.Column("locale", sa.Text()))
        op.add_column("connection", sa.Column("terms_digest", KEY))
        return
    last = connection.execute(LAST_KEY).scalar()
    with op.batch_alter_table("person", recreate="always", table_kwargs={"sqlite_autoincrement": True}) as batch:
        batch.add_column(sa.Column("locale", sa.Text()))
    if last is not None:  # the table was made anew, and no key may be given a second time
        connection.execute(KEEP_LAST_KEY, {"seq": last})
        connection.execute(NO_KEY_YET, {"seq": last})
    with op.batch_alter_table("connection", recreate="always") as batch:
        batch.add_column(sa.Column("terms_digest", KEY))
