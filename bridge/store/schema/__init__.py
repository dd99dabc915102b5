"""The bridge's own tables, a file per room that lives on them. Times are epoch milliseconds; every row that belongs to a
tenant carries its connection.

The directory (users, groups, members) is scim's: scim/tables.py. docs/architecture.md draws how they hang together.
"""

from bridge.store.schema.base import Counter, Key, metadata
from bridge.store.schema.callers import oauth_assertion, oauth_client, oauth_secret, oauth_token, token
from bridge.store.schema.people import account, granted, invitation, person, workspace
from bridge.store.schema.rules import connection, mapping_version
from bridge.store.schema.service import schema_floor, secret
from bridge.store.schema.signin import asserted, assertion_seen, attempt, idp_metadata, signed_in, ticket
from bridge.store.schema.trail import audit, audit_seal, clerk_event, scim_request
from bridge.store.schema.work import batch, due, held, hold, lease, loss

__all__ = [
    "Counter",
    "Key",
    "account",
    "asserted",
    "assertion_seen",
    "attempt",
    "audit",
    "audit_seal",
    "batch",
    "clerk_event",
    "connection",
    "due",
    "granted",
    "held",
    "hold",
    "idp_metadata",
    "invitation",
    "lease",
    "loss",
    "mapping_version",
    "metadata",
    "oauth_assertion",
    "oauth_client",
    "oauth_secret",
    "oauth_token",
    "person",
    "schema_floor",
    "scim_request",
    "secret",
    "signed_in",
    "ticket",
    "token",
    "workspace",
]
