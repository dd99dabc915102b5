"""Which invitations: of an organization, or of the whole instance with the organization beside each."""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors, invitations, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.queries import Where

_ORDERS = {"created_at": "created_at", "email_address": "email"}
_STATUSES = {
    "pending": "status = 'pending' AND expires_at > ?",
    "expired": "status = 'pending' AND expires_at <= ?",
    "accepted": "status = 'accepted' AND ? > 0",
    "revoked": "status = 'revoked' AND ? > 0",
}
_SHOWN = ("id", "name", "slug", "image_url", "has_image")


def of_organization(call: Call) -> bytes:
    """GET /organizations/{organization_id}/invitations"""
    organization_id = call.path["organization_id"]
    if call.store.one("SELECT 1 FROM organizations WHERE id = ?", organization_id) is None:
        raise errors.ORGANIZATION_NOT_FOUND()
    where = _filters(call)
    where.add("organization_id = ?", organization_id)
    if call.query.get("email_address"):
        where.add("email = ?", call.query["email_address"].lower())
    return _page(call, where)


def of_instance(call: Call) -> bytes:
    """GET /organization_invitations"""
    where = _filters(call)
    where.like(("email",), call.query.get("query"))
    return _page(call, where, with_organization=True)


def _filters(call: Call) -> Where:
    where = Where()
    wanted = queries.values(call.query, "status")
    for status in wanted:
        if status not in _STATUSES:
            raise errors.VALUE("status", value=status)
    if wanted:
        either = " OR ".join(f"({_STATUSES[status]})" for status in wanted)
        where.add(f"({either})", *[call.now] * len(wanted))
    return where


def _page(call: Call, where: Where, *, with_organization: bool = False) -> bytes:
    limit, offset = queries.page(call.query)
    order = queries.order(call.query, _ORDERS, "-created_at", "seq")
    total = call.store.count(f"SELECT count(*) FROM invitations{where.sql}", *where.values)  # noqa: S608
    sql = f"SELECT doc FROM invitations{where.sql}{order} LIMIT ? OFFSET ?"  # noqa: S608 - built from code
    rows = call.store.all(sql, *where.values, limit, offset)
    found = [invitations.aged(orjson.loads(row[0]), call.now) for row in rows]
    if with_organization:
        found = [item | {"public_organization_data": _organization(call, item["organization_id"])} for item in found]
    return orjson.dumps({"data": found, "total_count": total})


def _organization(call: Call, organization_id: str) -> dict[str, Any]:
    row = call.store.one("SELECT doc FROM organizations WHERE id = ?", organization_id)
    assert row is not None, "an invitation goes with its organization"
    organization = orjson.loads(row[0])
    return {name: organization[name] for name in _SHOWN}


ROUTES = (
    Route("GET", "/organizations/{organization_id}/invitations", of_organization, reads=True),
    Route("GET", "/organization_invitations", of_instance, reads=True),
)
