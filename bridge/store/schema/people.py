"""Persons, their accounts, and what they have in which workspace."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text

from bridge.store.schema.base import Counter, Key, count, flag, metadata

person = Table(
    "person",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("clerk_instance", Key, nullable=False),
    Column("id", Key, nullable=False, unique=True),  # Clerk's external_id
    Column("clerk_user", Key),
    flag("created_here"),  # names are ours to write
    Column("email", Text),  # the address Clerk has from us
    Column("names", Text),  # the names Clerk has from us, as JSON
    Column("signed_out", BigInteger),  # sessions ended for the present inactivity
    Column("barred", Key),  # banned | locked by us, when nothing milder was possible
    count("wanted"),
    count("applied"),
    count("claim_no"),
    Column("claimed_by", Key),
    count("claim_until"),
    flag("open"),  # a claim began and did not end: outcomes are unknown
    count("not_before"),
    Column("priority", Integer, nullable=False, server_default="5"),
    count("tries"),
    count("changed_at"),  # of the last mark: where `settle` counts from
    Column("cause", Text),
    Column("batch", Key),  # the transaction or mapping version that marked it last
    Column("next_change_at", BigInteger),  # a rule's date: time makes marks too
    Column("problem", Text),  # the last failure, as JSON {code, sentence}
    Column("revoked", BigInteger),  # when somebody took everything away by hand, until it is given back
    Column("revoked_by", Text),
    Column("locale", Text),  # the locale Clerk has from us
    flag("look"),  # something may have changed in Clerk: the next claim looks there before it plans
    Column("sessions_due", BigInteger),  # when this person's sessions at Clerk must be looked at; NULL: none to watch
    Column("conflict", Text),  # whose the address is, nobody can tell: JSON {sentence, email, clerk_user}
    Column("accepted", Key),  # the Clerk user that a human says is this person's
    Column("session_watch", Text),  # JSON, what is known of sessions: bridge/provisioning/sessions/watch.py
    Index("ix_person_clerk_user", "clerk_instance", "clerk_user", unique=True),
    Index(
        "ix_person_due",
        "clerk_instance",
        "priority",
        "not_before",
        "pk",
        sqlite_where=text("wanted > applied"),
        postgresql_where=text("wanted > applied"),
    ),
    Index("ix_person_next_change", "next_change_at"),
    Index(
        "ix_person_sessions_due",
        "clerk_instance",
        "sessions_due",
        sqlite_where=text("sessions_due IS NOT NULL"),
        postgresql_where=text("sessions_due IS NOT NULL"),
    ),
    Index(
        "ix_person_conflict",
        "clerk_instance",
        "pk",
        sqlite_where=text("conflict IS NOT NULL"),
        postgresql_where=text("conflict IS NOT NULL"),
    ),
    Index("ix_person_batch", "batch", sqlite_where=text("batch IS NOT NULL"), postgresql_where=text("batch IS NOT NULL")),
    sqlite_autoincrement=True,  # a key is never given twice: the audit of one person must not become another's
)

account = Table(
    "account",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("subject", Key),  # the SCIM resource id; NULL for an account that only ever signed in
    Column("external_id", Key),
    Column("name_key", Key),
    Column("email_key", Key),
    Column("email", Text),
    Column("display", Text),
    Column("state", Key, nullable=False),  # active | inactive | deleted
    Column("person", BigInteger, ForeignKey("person.pk"), nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("ended", BigInteger),  # a tombstone, kept 90 days
    Column("name_id", Key),  # a persistent NameID, as a hash within its IdP, once they signed in
    Index("ix_account_subject", "connection", "subject", unique=True),
    Index("ix_account_external_id", "connection", "external_id"),
    Index("ix_account_name_key", "connection", "name_key"),
    Index("ix_account_name_id", "connection", "name_id"),
    Index("ix_account_email_key", "email_key"),
    Index("ix_account_person", "person"),
    Index("ix_account_people", "connection", "person"),  # everybody of a connection, in pages
)

workspace = Table(
    "workspace",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("clerk_instance", Key, nullable=False),
    Column("reference", Key, nullable=False),  # what files say: an id, a slug, or customer/name of one to create
    Column("organization", Key),  # Clerk's id, pinned once resolved
    flag("creating"),  # a create began and did not end: look in Clerk first
    Column("blocked_code", Key),
    Column("blocked_sentence", Text),
    count("blocked_until"),
    count("owner_claim_until"),  # what is done there by one at a time: owner losses, its making
    Index("ix_workspace_reference", "clerk_instance", "reference", unique=True),
    Index("ix_workspace_organization", "clerk_instance", "organization"),
)

granted = Table(
    "granted",
    metadata,
    Column("person", BigInteger, ForeignKey("person.pk"), primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspace.pk"), primary_key=True),
    Column("connections", Text, nullable=False),  # JSON list: who speaks for this row
    Column("decided", Key),  # role or NULL
    Column("in_clerk", Key),  # role key as we last wrote or saw it; NULL: no membership
    Column("membership", Key),  # orgmem_ id
    flag("ours"),
    Column("before", Key),  # role key before us, kept by `adopt`
    Column("state", Key, nullable=False),
    Column("cause", Text),
    Column("because", Text, nullable=False, server_default="[]"),  # JSON: rules and facts
    Column("ending_at", BigInteger),  # a loss waits here while it settles
    Column("since", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_granted_workspace", granted.c.workspace, granted.c.person)

invitation = Table(
    "invitation",
    metadata,
    Column("person", BigInteger, ForeignKey("person.pk"), primary_key=True),
    Column("workspace", BigInteger, ForeignKey("workspace.pk"), primary_key=True),
    Column("id", Key),  # orginv_…; NULL: being made, so look before it is made again
    Column("email", Text, nullable=False),
    Column("role", Key, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("clerk_user", Key),  # who accepted it; NULL: nobody yet
    Index("ix_invitation_id", "id"),
    Index("ix_invitation_workspace", "workspace", "created"),
    Index(
        "ix_invitation_clerk_user",
        "clerk_user",
        sqlite_where=text("clerk_user IS NOT NULL"),
        postgresql_where=text("clerk_user IS NOT NULL"),
    ),
    sqlite_with_rowid=False,
)
