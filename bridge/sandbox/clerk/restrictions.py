"""Who may sign up: the instance's restrictions, and identifiers that are allowed or blocked.

Kept and told, no more: nobody signs up at the sandbox.
"""

from collections.abc import Callable

import orjson

from bridge.sandbox.clerk import addresses, documents, errors, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.errors import Entry
from bridge.sandbox.clerk.forms import Form, flag, text
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.organization_domains import NAME

_FLAGS = (
    "allowlist",
    "blocklist",
    "allowlist_blocklist_disabled_on_sign_in",
    "block_email_subaddresses",
    "block_disposable_email_domains",
)
_FORM = Form(dict.fromkeys(_FLAGS, flag))
_IDENTIFIER = Form({"identifier": text(), "notify": flag}, required=("identifier",))
_KEPT = "SELECT value FROM instance WHERE name = 'restrictions'"
_KEEP = "INSERT OR REPLACE INTO instance (name, value) VALUES ('restrictions', ?)"
_ALLOWED, _BLOCKED = "allowlist_identifier", "blocklist_identifier"


def update(call: Call) -> bytes:
    """PATCH /instance/restrictions; Clerk has no call that reads them."""
    form = _FORM.read(call.body)
    row = call.store.one(_KEPT)
    kept = dict.fromkeys(_FLAGS, False) | (orjson.loads(row[0]) if row else {})
    kept |= {name: value for name, value in form.items() if value is not None}
    call.store.run(_KEEP, orjson.dumps(kept).decode())
    return orjson.dumps({"object": "instance_restrictions"} | kept)


def list_allowed(call: Call) -> bytes:
    """GET /allowlist_identifiers: a bare array, or {data, total_count} with `paginated=true`."""
    found = documents.everyone(call.store, _ALLOWED)
    if queries.flag(call.query, "paginated"):
        return documents.page(call, found)
    limit, offset = queries.page(call.query)
    return orjson.dumps(found[offset : offset + limit])


def list_blocked(call: Call) -> bytes:
    """GET /blocklist_identifiers: all of them."""
    found = documents.everyone(call.store, _BLOCKED)
    return orjson.dumps({"data": found, "total_count": len(found)})


def _adding(kind: str, double: Entry) -> Callable[[Call], bytes]:
    def add(call: Call) -> bytes:
        """An address, or a whole domain as `*@acme.com`."""
        identifier = _IDENTIFIER.read(call.body)["identifier"].strip().lower()
        if not (addresses.is_one(identifier) or NAME.fullmatch(identifier.removeprefix("*@"))):
            raise errors.FORMAT("identifier")
        if any(item["identifier"] == identifier for item in documents.everyone(call.store, kind)):
            raise double(identifier=identifier)
        made = {
            "object": kind,
            "id": new_id(kind[:3] + "id", call.now),
            "identifier": identifier,
            "identifier_type": "email_address",
            "created_at": call.now,
            "updated_at": call.now,
        }
        return documents.insert(call.store, made)

    return add


def _deleting(kind: str, missing: Entry) -> Callable[[Call], bytes]:
    def delete(call: Call) -> bytes:
        wanted = call.path["identifier_id"]
        return documents.delete(call.store, documents.fetch(call.store, kind, wanted, missing(identifierID=wanted)))

    return delete


ROUTES = (
    Route("PATCH", "/instance/restrictions", update),
    Route("GET", "/allowlist_identifiers", list_allowed, reads=True),
    Route("POST", "/allowlist_identifiers", _adding(_ALLOWED, errors.ALLOWED_ALREADY)),
    Route("DELETE", "/allowlist_identifiers/{identifier_id}", _deleting(_ALLOWED, errors.ALLOWED_NOT_FOUND)),
    Route("GET", "/blocklist_identifiers", list_blocked, reads=True),
    Route("POST", "/blocklist_identifiers", _adding(_BLOCKED, errors.BLOCKED_ALREADY)),
    Route("DELETE", "/blocklist_identifiers/{identifier_id}", _deleting(_BLOCKED, errors.BLOCKED_NOT_FOUND)),
)
