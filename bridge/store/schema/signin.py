"""At the door: attempts to sign in, assertions that had their turn, what was told last, who is signed in, tickets, IdPs."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from bridge.store.schema.base import Counter, Key, flag, metadata

attempt = Table(
    "attempt",
    metadata,
    Column("id", Key, primary_key=True),  # of the AuthnRequest; one that the IdP began has an id of our own
    Column("connection", Key, nullable=False),
    Column("kind", Key, nullable=False),  # login | test
    Column("browser", Key, nullable=False),  # SHA-256 of what its cookie says
    Column("target", Text),  # a path of the dashboard
    Column("workspace", BigInteger),  # the one they want to enter
    Column("step", Integer, nullable=False, server_default="0"),  # 1: sent back for a second factor
    flag("fresh"),  # ForceAuthn was asked for
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("arrived", BigInteger),  # an assertion was accepted: no other one is
    Column("signed_in", BigInteger),  # the row of it
    Index("ix_attempt_expires", "expires"),
)

assertion_seen = Table(
    "assertion_seen",
    metadata,
    Column("digest", LargeBinary, primary_key=True),  # SHA-256 of the IdP and the assertion's id
    Column("until", BigInteger, nullable=False),  # when it is refused for its age
    Index("ix_assertion_seen_until", "until"),
)

asserted = Table(
    "asserted",
    metadata,
    Column("account", BigInteger, ForeignKey("account.pk"), primary_key=True),
    Column("at", BigInteger, nullable=False),  # of the last accepted assertion
    Column("attributes", Text, nullable=False),  # JSON {name: [values]}, names as the IdP writes them
    Column("groups_at", BigInteger),  # when groups were last told; older than `at`: the IdP only linked to them
)

signed_in = Table(
    "signed_in",
    metadata,
    Column("pk", Counter, primary_key=True),
    Column("connection", Key, nullable=False),
    Column("account", BigInteger, ForeignKey("account.pk"), nullable=False),
    Column("person", BigInteger, ForeignKey("person.pk"), nullable=False),
    Column("browser", Key, nullable=False),  # SHA-256 of what its cookie says
    Column("name_key", Key, nullable=False),  # the NameID within its IdP
    Column("name_id", Text, nullable=False),  # JSON: value, format, qualifiers, as a LogoutRequest repeats them
    Column("session_index", Key),
    Column("ticket", Key),  # the last one made for it
    Column("began", BigInteger, nullable=False),
    Column("until", BigInteger),  # SessionNotOnOrAfter
    Column("ended", BigInteger),
    Index("ix_signed_in_name", "connection", "name_key"),
    Index("ix_signed_in_browser", "browser"),
    Index("ix_signed_in_person", "person", "began"),
    Index("ix_signed_in_began", "began"),
    sqlite_autoincrement=True,
)

ticket = Table(
    "ticket",
    metadata,
    Column("id", Key, primary_key=True),  # sit_…, never the ticket itself
    Column("person", BigInteger, ForeignKey("person.pk"), nullable=False),
    Column("connection", Key, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("until", BigInteger),  # when the session that it opens must be over, by the IdP's word
    Index("ix_ticket_person", "person", "created"),
)

idp_metadata = Table(
    "idp_metadata",
    metadata,
    Column("connection", Key, primary_key=True),
    Column("source", Text, nullable=False),  # where the connection file says it is
    Column("document", Text),  # the last good one; NULL: none yet
    Column("digest", Key),
    Column("fetched", BigInteger),  # when that one came
    Column("looked", BigInteger, nullable=False),  # when it was last tried
    Column("next_at", BigInteger, nullable=False),
    Column("problem", Text),  # JSON {code, sentence} of the last try; NULL: it went well
)
