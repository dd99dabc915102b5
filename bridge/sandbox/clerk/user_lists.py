"""Which users: the filters of `GET /users` and `GET /users/count`, pages by offset and by cursor."""

import orjson
from multidict import MultiMapping

from bridge.sandbox.clerk import errors, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.queries import Where
from bridge.sandbox.clerk.store import Store

_ORDERS = {
    "created_at": "created_at",
    "updated_at": "updated_at",
    "email_address": "email",
    "web3wallet": "NULL",
    "first_name": "first_name COLLATE NOCASE",
    "last_name": "last_name COLLATE NOCASE",
    "phone_number": "NULL",
    "username": "username",
    "last_active_at": "last_active_at",
    "last_sign_in_at": "last_sign_in_at",
}
_NAME = "(ifnull(first_name, '') || ' ' || ifnull(last_name, ''))"
_ALL_ADDRESSES = "(SELECT group_concat(address, ' ') FROM emails WHERE emails.user_id = users.id)"


def list_users(call: Call) -> bytes:
    """GET /users: a bare array, newest first."""
    where = _filters(call.query)
    limit, offset = queries.page(call.query)
    order = queries.order(call.query, _ORDERS, "-created_at", "seq")
    if "starting_after" in call.query:
        _start_after(call, where)
    sql = f"SELECT doc FROM users{where.sql}{order} LIMIT ? OFFSET ?"  # noqa: S608 - built from code
    rows = call.store.all(sql, *where.values, limit, offset)
    return b"[" + b",".join(row[0] for row in rows) + b"]"


def count_users(call: Call) -> bytes:
    """GET /users/count"""
    where = _filters(call.query)
    total = call.store.count(f"SELECT count(*) FROM users{where.sql}", *where.values)  # noqa: S608 - built from code
    return orjson.dumps({"object": "total_count", "total_count": total})


def _filters(query: MultiMapping[str]) -> Where:
    where = Where()
    emails = [item.lower() for item in queries.values(query, "email_address")]
    where.within("id IN (SELECT user_id FROM emails WHERE address IN ({}))", emails)
    where.within("username IN ({})", queries.values(query, "username"))
    where.signed("external_id IN ({})", queries.values(query, "external_id"))
    where.signed("id IN ({})", queries.values(query, "user_id"))
    where.signed(
        "id IN (SELECT user_id FROM memberships WHERE organization_id IN ({}))",
        queries.values(query, "organization_id"),
    )
    where.like((_ALL_ADDRESSES, "username", "id", _NAME), query.get("query"))
    where.like((_ALL_ADDRESSES,), query.get("email_address_query"))
    where.like(("username",), query.get("username_query"))
    where.like((_NAME,), query.get("name_query"))
    for unused in ("phone_number", "web3_wallet", "provider_user_id"):
        if queries.values(query, unused):
            where.add("0")  # nobody has one here
    banned = queries.flag(query, "banned")
    if banned is not None:
        where.add("banned = ?", banned)
    for name in ("created_at", "last_active_at", "last_sign_in_at"):
        where.between(query, name, name)
    return where


def _start_after(call: Call, where: Where) -> None:
    order = call.query.get("order_by") or "-created_at"
    if order.lstrip("+- ") != "created_at" or "offset" in call.query:
        raise errors.NOT_WITH("starting_after", existingParam="offset" if "offset" in call.query else "order_by")
    created_at, seq = _position(call.store, call.query["starting_after"])
    where.add(f"(created_at, seq) {'<' if order.startswith('-') else '>'} (?, ?)", created_at, seq)


def _position(store: Store, user_id: str) -> tuple[int, int]:
    row = store.one("SELECT created_at, seq FROM users WHERE id = ?", user_id)
    if row is None:
        raise errors.REFERENCE_MISSING("starting_after")
    return row[0], row[1]


ROUTES = (
    Route("GET", "/users", list_users, reads=True),
    Route("GET", "/users/count", count_users, reads=True),
)
