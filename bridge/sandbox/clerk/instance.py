"""The instance itself: what it is, its settings, and its first day."""

from typing import Any

import orjson

from bridge.sandbox.clerk import newborn
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, flag, one_of, text, texts
from bridge.sandbox.clerk.schema import TABLES
from bridge.sandbox.clerk.store import Store

_UPDATE = Form(
    {
        **dict.fromkeys(("test_mode", "hibp", "cookieless_dev", "url_based_session_syncing"), flag),
        **dict.fromkeys(("support_email", "clerk_js_version", "development_origin"), text()),
        "allowed_origins": texts,
        "preferred_sign_in_strategy_when_password_required": one_of("password", "otp", ""),
    }
)
_KEEP = "INSERT OR REPLACE INTO instance (name, value) VALUES ('settings', ?)"


def get(call: Call) -> bytes:
    """GET /instance"""
    facts: dict[str, str] = dict(call.store.all("SELECT name, value FROM instance"))
    return orjson.dumps(
        {
            "object": "instance",
            "id": facts["id"],
            "environment_type": "development",
            "allowed_origins": settings(call.store).get("allowed_origins", []),
            "workspace_id": None,
        }
    )


def update(call: Call) -> bytes:
    """PATCH /instance: kept; of all of it only the origins are answered anywhere."""
    form = _UPDATE.read(call.body)
    kept = settings(call.store) | {name: value for name, value in form.items() if value is not None}
    call.store.run(_KEEP, orjson.dumps(kept).decode())
    return b""


def settings(store: Store) -> dict[str, Any]:
    """What was changed by `PATCH /instance`."""
    row = store.one("SELECT value FROM instance WHERE name = 'settings'")
    return {} if row is None else dict(orjson.loads(row[0]))


def settle(store: Store, now: int, *, bare: bool) -> None:
    """A new instance gets what it is born with; any other is left alone."""
    with store.transaction():
        newborn.settle(store, now, bare=bare)


def reset(store: Store, now: int, *, bare: bool) -> None:
    """As on the first day."""
    with store.transaction():
        for table in (*TABLES, "instance"):
            store.run(f"DELETE FROM {table}")  # noqa: S608 - the names above
        newborn.settle(store, now, bare=bare)


ROUTES = (
    Route("GET", "/instance", get, reads=True),
    Route("PATCH", "/instance", update, status=204),
)
