"""What happened: the audit trail and its seals, requests of IdPs, events of Clerk."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, text

from bridge.store.schema.base import Counter, Key, count, metadata

audit = Table(
    "audit",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Key, nullable=False),
    Column("person", BigInteger),
    Column("subject", Text),
    Column("request_id", Key),
    Column("digest", LargeBinary, nullable=False),  # of the facts, so that they can be erased
    Column("facts", Text),
    Column("n", BigInteger),  # gapless per connection, given by the sealer
    Index("ix_audit_sequence", "connection", "n", unique=True),
    Index("ix_audit_unsealed", "pk", sqlite_where=text("n IS NULL"), postgresql_where=text("n IS NULL")),
    Index("ix_audit_person", "person", "pk"),
)

audit_seal = Table(
    "audit_seal",
    metadata,
    Column("connection", Key, primary_key=True),
    Column("n", BigInteger, primary_key=True),  # of the last event in it
    Column("count", BigInteger, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

scim_request = Table(
    "scim_request",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("method", Key, nullable=False),
    Column("path", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("scim_type", Key),
    Column("detail", Text),
    Column("healers", Text, nullable=False),
    Column("micros", BigInteger, nullable=False),
    Column("actor", Text),  # NULL: nobody was recognised
    Column("request_id", Key, nullable=False),
    Column("agent", Text),
    Column("address", Text),
    Column("body", Text),  # cut and redacted
    Column("size", BigInteger, nullable=False),  # bytes of the whole body
    count("dropped"),  # answered before it and not kept
    Index("ix_scim_request_connection", "connection", "pk"),
    sqlite_autoincrement=True,  # whoever follows goes by the key
)

clerk_event = Table(
    "clerk_event",
    metadata,
    Column("id", Key, primary_key=True),  # svix-id: Clerk sends an event at least once
    Column("clerk_instance", Key, nullable=False),
    Column("type", Key, nullable=False),
    Column("at", BigInteger, nullable=False),  # when it happened, by Clerk
    Column("received", BigInteger, nullable=False),
    Column("clerk_user", Key),
    Column("organization", Key),
    Column("facts", Text, nullable=False),  # JSON: what of it is needed, no more
    Column("done", BigInteger),  # NULL: still to be acted on
    Index(
        "ix_clerk_event_undone",
        "clerk_instance",
        "received",
        sqlite_where=text("done IS NULL"),
        postgresql_where=text("done IS NULL"),
    ),
    Index("ix_clerk_event_received", "received"),
    Index("ix_clerk_event_membership", "clerk_user", "organization", "at"),
)
