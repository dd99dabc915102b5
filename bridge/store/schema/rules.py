"""Connections as the database knows them, and the mapping versions in service."""

from sqlalchemy import BigInteger, Column, Table, Text

from bridge.store.schema.base import Key, metadata

connection = Table(
    "connection",
    metadata,
    Column("name", Key, primary_key=True),
    Column("clerk_instance", Key, nullable=False),
    Column("mapping_version", BigInteger),  # the version in service; NULL: none yet
    Column("file_digest", Key),  # the content of the mapping file that had its turn: a file is a proposal once
    Column("terms_digest", Key),  # of the terms by which its people were read and decided last; NULL: never yet
    Column("mapping_since", BigInteger),
    Column("mapping_actor", Text),  # who put it into service
    Column("file_verdict", Text),  # JSON: why the file that is there is not in service; NULL: nothing to say
)

mapping_version = Table(
    "mapping_version",
    metadata,
    Column("connection", Key, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    Column("digest", Key, nullable=False),
    Column("text", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("before", BigInteger),  # the version it took the place of
    Column("rules", BigInteger),  # how many
)
