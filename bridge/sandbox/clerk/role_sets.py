"""The one role set of this instance: the roles that organizations may give. Read only."""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.roles import ROLE_SET, creator_key, default_key
from bridge.sandbox.clerk.store import Store

_KEPT = ("id", "name", "key", "description", "created_at", "updated_at")


def list_role_sets(call: Call) -> bytes:
    """GET /role_sets"""
    limit, offset = queries.page(call.query)
    found = [_role_set(call.store)]
    return orjson.dumps({"data": found[offset : offset + limit], "total_count": len(found)})


def get(call: Call) -> bytes:
    """GET /role_sets/{key or id}"""
    role_set = _role_set(call.store)
    if call.path["role_set_key_or_id"] not in (role_set["id"], role_set["key"]):
        raise errors.RESOURCE_NOT_FOUND()
    return orjson.dumps(role_set)


def _role_set(store: Store) -> dict[str, Any]:
    roles = [orjson.loads(row[0]) for row in store.all("SELECT doc FROM roles WHERE assignable ORDER BY seq")]
    items = {role["key"]: {"object": "role_set_item"} | {name: role[name] for name in _KEPT} for role in roles}
    facts: dict[str, str] = dict(store.all("SELECT name, value FROM instance"))
    return {
        "object": "role_set",
        "id": facts["role_set_id"],
        "name": "Default",
        "key": ROLE_SET,
        "description": "The roles that every workspace may give",
        "roles": list(items.values()),
        "default_role": items.get(default_key(store)),
        "creator_role": items.get(creator_key(store)),
        "type": "initial",
        "role_set_migration": None,
        "created_at": int(facts["created_at"]),
        "updated_at": max(role["updated_at"] for role in roles),
    }


ROUTES = (
    Route("GET", "/role_sets", list_role_sets, reads=True),
    Route("GET", "/role_sets/{role_set_key_or_id}", get, reads=True),
)
