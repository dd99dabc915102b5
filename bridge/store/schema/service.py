"""What the service itself keeps: the oldest schema whose code may run, keys that all replicas share."""

from sqlalchemy import BigInteger, Column, LargeBinary, Table

from bridge.store.schema.base import Key, metadata

schema_floor = Table(
    "schema_floor",
    metadata,
    Column("revision", Key, primary_key=True),  # one row: the oldest schema whose code may run on this one
)

secret = Table(
    "secret",
    metadata,
    Column("name", Key, primary_key=True),
    Column("value", LargeBinary, nullable=False),  # random; made once, for all replicas
    Column("created", BigInteger, nullable=False),
)
