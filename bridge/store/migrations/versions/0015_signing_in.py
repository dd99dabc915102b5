"""Signing in by SAML: attempts, assertions that had their turn, what was told last, who is signed in, IdPs' metadata."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_counter = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.add_column("account", sa.Column("name_id", _key))
    op.create_index("ix_account_name_id", "account", ["connection", "name_id"])
    op.add_column("ticket", sa.Column("until", sa.BigInteger))
    _attempts()
    _assertions()
    _sessions()
    _metadata()


def _attempts() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", _key, primary_key=True),
        sa.Column("connection", _key, nullable=False),
        sa.Column("kind", _key, nullable=False),
        sa.Column("browser", _key, nullable=False),
        sa.Column("target", sa.Text),
        sa.Column("workspace", sa.BigInteger),
        sa.Column("step", sa.Integer, nullable=False, server_default="0"),
        sa.Column("fresh", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("created", sa.BigInteger, nullable=False),
        sa.Column("expires", sa.BigInteger, nullable=False),
        sa.Column("arrived", sa.BigInteger),
        sa.Column("signed_in", sa.BigInteger),
    )
    op.create_index("ix_attempt_expires", "attempt", ["expires"])


def _assertions() -> None:
    op.create_table(
        "assertion_seen",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_assertion_seen_until", "assertion_seen", ["until"])
    op.create_table(
        "asserted",
        sa.Column("account", sa.BigInteger, sa.ForeignKey("account.pk"), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("attributes", sa.Text, nullable=False),
        sa.Column("groups_at", sa.BigInteger),
    )


def _sessions() -> None:
    op.create_table(
        "signed_in",
        sa.Column("pk", _counter, primary_key=True),
        sa.Column("connection", _key, nullable=False),
        sa.Column("account", sa.BigInteger, sa.ForeignKey("account.pk"), nullable=False),
        sa.Column("person", sa.BigInteger, sa.ForeignKey("person.pk"), nullable=False),
        sa.Column("browser", _key, nullable=False),
        sa.Column("name_key", _key, nullable=False),
        sa.Column("name_id", sa.Text, nullable=False),
        sa.Column("session_index", _key),
        sa.Column("ticket", _key),
        sa.Column("began", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("ended", sa.BigInteger),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_signed_in_name", "signed_in", ["connection", "name_key"])
    op.create_index("ix_signed_in_browser", "signed_in", ["browser"])
    op.create_index("ix_signed_in_person", "signed_in", ["person", "began"])
    op.create_index("ix_signed_in_began", "signed_in", ["began"])


def _metadata() -> None:
    op.create_table(
        "idp_metadata",
        sa.Column("connection", _key, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("document", sa.Text),
        sa.Column("digest", _key),
        sa.Column("fetched", sa.BigInteger),
        sa.Column("looked", sa.BigInteger, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("problem", sa.Text),
    )
