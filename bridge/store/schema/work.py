"""What is to be done, by whom, and what waits: marks of groups, batches, holds, leases."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from bridge.store.schema.base import Counter, Key, count, metadata

due = Table(
    "due",
    metadata,
    Column("scope", Key, primary_key=True),  # group | connection
    Column("connection", Key, primary_key=True),
    Column("id", Key, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("cause", Text, nullable=False),
    Column("batch", Key, nullable=False),
)

batch = Table(
    "batch",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("cause", Text, nullable=False),
    Column("people", BigInteger, nullable=False),
    Column("verdict", Key),  # NULL: not judged yet | free | hold
    Column("at", BigInteger, nullable=False),
)

hold = Table(
    "hold",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("cause", Text, nullable=False),
    Column("opened", BigInteger, nullable=False),
    Column("closed", BigInteger),
    Index("ix_hold_open", "connection", "closed"),
    sqlite_autoincrement=True,  # people say h7 to each other
)

held = Table(
    "held",
    metadata,
    Column("hold", BigInteger, ForeignKey("hold.pk"), primary_key=True),
    Column("person", BigInteger, ForeignKey("person.pk"), primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspace.pk"), primary_key=True),
    Column("from_role", Key, nullable=False),
    Column("to_role", Key),  # NULL: removal
    Column("status", Key, nullable=False),  # waiting | approved | discarded | lapsed | done
    Column("facts", Key, nullable=False),  # digest: a discard lasts until it changes
    Column("at", BigInteger, nullable=False),
    Index("ix_held_person", "person", "workspace", "status"),
    sqlite_with_rowid=False,
)

loss = Table(
    "loss",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("workspace", BigInteger, nullable=False),
    Column("person", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("ix_loss_window", "connection", "at"),
)

lease = Table(
    "lease",
    metadata,
    Column("clerk_instance", Key, primary_key=True),
    Column("holder", Key, nullable=False),
    Column("until", BigInteger, nullable=False),
    count("fence"),
    Column("swept", BigInteger),  # when Clerk was compared with our rows
)
