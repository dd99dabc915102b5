"""The directory's tables. Times are epoch milliseconds; keys are folded in Python (scim/keys.py), the same on both engines.

A member is a row, never a list in a group: a change of k members costs k rows. `body` is the resource as it is answered,
without what belongs elsewhere (members, groups, meta.location).
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()

Key = Text().with_variant(Text(collation="C"), "postgresql")
Counter = BigInteger().with_variant(Integer, "sqlite")
Document = Text().with_variant(JSONB, "postgresql")

scim_user = Table(
    "scim_user",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("external_id", Key),
    Column("user_name", Text, nullable=False),
    Column("user_name_key", Key, nullable=False),
    Column("display_key", Key),
    Column("active", Boolean, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("source", Key, nullable=False, server_default=text("'scim'")),
    Column("run", Key),  # of a pull source
    Column("search", Document, nullable=False, server_default=text("'{}'")),  # scim/search.py
    Index("ix_user_name", "connection", "user_name_key", unique=True),
    Index("ix_user_id", "connection", "id", unique=True),
    Index("ix_user_external_id", "connection", "external_id", unique=True),
    Index("ix_user_display", "connection", "display_key"),
    Index("ix_user_order", "connection", "pk"),
    Index("ix_user_created", "connection", "created", "pk"),
    Index("ix_user_modified", "connection", "modified", "pk"),
    Index("ix_user_active", "connection", "active", "pk"),
)

scim_email = Table(
    "scim_email",
    metadata,
    Column("user_pk", BigInteger, ForeignKey("scim_user.pk"), nullable=False),
    Column("connection", Key, nullable=False),
    Column("value_key", Key, nullable=False),
    Column("type", Key),
    Column("is_primary", Boolean, nullable=False),
    Index("ix_email_value", "connection", "value_key"),
    Index("ix_email_user", "user_pk"),
)

scim_group = Table(
    "scim_group",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("id", Key, nullable=False),
    Column("external_id", Key),
    Column("display_name", Text, nullable=False),
    Column("display_key", Key, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("deleted", BigInteger),  # its member rows stay until the host has looked at everybody
    Column("body", LargeBinary, nullable=False),
    Column("search", Document, nullable=False, server_default=text("'{}'")),
    Index("ix_group_id", "connection", "id", unique=True),
    Index("ix_group_external_id", "connection", "external_id"),
    Index("ix_group_display", "connection", "display_key"),
    Index("ix_group_order", "connection", "pk"),
)

scim_member = Table(
    "scim_member",
    metadata,
    Column("group_pk", BigInteger, ForeignKey("scim_group.pk"), primary_key=True),
    Column("user_pk", BigInteger, ForeignKey("scim_user.pk"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_member_user", scim_member.c.user_pk, scim_member.c.group_pk)

scim_nested = Table(
    "scim_nested",
    metadata,
    Column("group_pk", BigInteger, ForeignKey("scim_group.pk"), primary_key=True),
    Column("child_pk", BigInteger, ForeignKey("scim_group.pk"), primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_nested_child", scim_nested.c.child_pk, scim_nested.c.group_pk)

scim_pending = Table(
    "scim_pending",
    metadata,
    Column("group_pk", BigInteger, ForeignKey("scim_group.pk"), primary_key=True),
    Column("value", Key, primary_key=True),
    Column("connection", Key, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_pending_value", scim_pending.c.connection, scim_pending.c.value)
