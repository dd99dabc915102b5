"""Who calls /scim: OAuth clients, their secrets and access tokens; and a random key that all replicas share."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "oauth_client",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("federated", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("last_used", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_oauth_client_connection", "oauth_client", ["connection"], unique=False)
    op.create_table(
        "oauth_secret",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("client", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_oauth_secret_client", "oauth_secret", ["client"], unique=False)
    op.create_table(
        "oauth_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("connection", KEY, nullable=False),
        sa.Column("client", KEY, nullable=False),
        sa.Column("secret", KEY, nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_index("ix_oauth_token_client", "oauth_token", ["client", "expires"], unique=False)
    op.create_table(
        "oauth_assertion",
        sa.Column("connection", KEY, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "digest"),
    )
    op.create_table(
        "secret",
        sa.Column("name", KEY, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
