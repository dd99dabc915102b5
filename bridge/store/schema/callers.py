"""Who may call /scim: tokens, OAuth clients and what they were given."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from bridge.store.schema.base import Key, flag, metadata

token = Table(
    "token",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256 of 256 random bits
    Column("label", Text),
    Column("created", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires", BigInteger),
    Column("last_used", BigInteger),
    Column("revoked", BigInteger),
    Column("subject", Key),  # the id of the user it was made for; NULL: a connector's
    Index("ix_token_connection", "connection"),
)

oauth_client = Table(
    "oauth_client",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("label", Text),
    flag("federated"),  # may prove itself by what its identity provider signs
    Column("created", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("last_used", BigInteger),
    Column("revoked", BigInteger),
    Index("ix_oauth_client_connection", "connection"),
)

oauth_secret = Table(
    "oauth_secret",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("client", Key, nullable=False),
    Column("digest", LargeBinary, nullable=False),  # SHA-256 of 256 random bits
    Column("created", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires", BigInteger),
    Column("revoked", BigInteger),
    Index("ix_oauth_secret_client", "client"),
)

oauth_token = Table(
    "oauth_token",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of 256 random bits
    Column("connection", Key, nullable=False),
    Column("client", Key, nullable=False),
    Column("secret", Key),  # by which it was asked for; NULL: by an assertion
    Column("expires", BigInteger, nullable=False),
    Index("ix_oauth_token_client", "client", "expires"),
)

oauth_assertion = Table(
    "oauth_assertion",
    metadata,
    Column("connection", Key, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of a `jti`: good for once
    Column("expires", BigInteger, nullable=False),
)
