"""The bridge's own tables. Times are epoch milliseconds; every row that belongs to a tenant carries its connection.

The directory (users, groups, members) is scim's: scim/tables.py. docs/architecture.md draws how they hang together.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

metadata = MetaData()

Key = Text().with_variant(Text(collation="C"), "postgresql")
Counter = BigInteger().with_variant(Integer, "sqlite")


def _flag(name: str) -> "Column[bool]":
    return Column(name, Boolean, nullable=False, server_default=text("false"))


def _count(name: str) -> "Column[int]":
    return Column(name, BigInteger, nullable=False, server_default="0")


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
    _flag("federated"),  # may prove itself by what its identity provider signs
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

person = Table(
    "person",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("clerk_instance", Key, nullable=False),
    Column("id", Key, nullable=False, unique=True),  # Clerk's external_id
    Column("clerk_user", Key),
    _flag("created_here"),  # names are ours to write
    Column("email", Text),  # the address Clerk has from us
    Column("names", Text),  # the names Clerk has from us, as JSON
    Column("signed_out", BigInteger),  # sessions ended for the present inactivity
    Column("barred", Key),  # banned | locked by us, when nothing milder was possible
    _count("wanted"),
    _count("applied"),
    _count("claim_no"),
    Column("claimed_by", Key),
    _count("claim_until"),
    _flag("open"),  # a claim began and did not end: outcomes are unknown
    _count("not_before"),
    Column("priority", Integer, nullable=False, server_default="5"),
    _count("tries"),
    _count("changed_at"),  # of the last mark: where `settle` counts from
    Column("cause", Text),
    Column("batch", Key),  # the transaction or mapping version that marked it last
    Column("next_change_at", BigInteger),  # a rule's date: time makes marks too
    Column("problem", Text),  # the last failure, as JSON {code, sentence}
    Column("revoked", BigInteger),  # when somebody took everything away by hand, until it is given back
    Column("revoked_by", Text),
    Column("locale", Text),  # the locale Clerk has from us
    _flag("look"),  # something may have changed in Clerk: the next claim looks there before it plans
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
    Index("ix_account_subject", "connection", "subject", unique=True),
    Index("ix_account_external_id", "connection", "external_id"),
    Index("ix_account_name_key", "connection", "name_key"),
    Index("ix_account_email_key", "email_key"),
    Index("ix_account_person", "person"),
    Index("ix_account_people", "connection", "person"),  # everybody of a connection, in pages
)

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

workspace = Table(
    "workspace",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("clerk_instance", Key, nullable=False),
    Column("reference", Key, nullable=False),  # what files say: an id, a slug, or customer/name of one to create
    Column("organization", Key),  # Clerk's id, pinned once resolved
    _flag("creating"),  # a create began and did not end: look in Clerk first
    Column("blocked_code", Key),
    Column("blocked_sentence", Text),
    _count("blocked_until"),
    _count("owner_claim_until"),  # what is done there by one at a time: owner losses, its making
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
    _flag("ours"),
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

lease = Table(
    "lease",
    metadata,
    Column("clerk_instance", Key, primary_key=True),
    Column("holder", Key, nullable=False),
    Column("until", BigInteger, nullable=False),
    _count("fence"),
    Column("swept", BigInteger),  # when Clerk was compared with our rows
)

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

ticket = Table(
    "ticket",
    metadata,
    Column("id", Key, primary_key=True),  # sit_…, never the ticket itself
    Column("person", BigInteger, ForeignKey("person.pk"), nullable=False),
    Column("connection", Key, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Index("ix_ticket_person", "person", "created"),
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
    _count("dropped"),  # answered before it and not kept
    Index("ix_scim_request_connection", "connection", "pk"),
    sqlite_autoincrement=True,  # whoever follows goes by the key
)
