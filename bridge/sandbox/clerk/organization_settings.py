"""The instance's settings of organizations: are there any, how many members, slugs, domains, the roles by default."""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors, role_sets, roles
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, at_least, flag, text, texts
from bridge.sandbox.clerk.store import Store

_NEW = {
    "enabled": True,
    "max_allowed_memberships": 0,
    "admin_delete_enabled": True,
    "domains_enabled": False,
    "slug_disabled": False,
    "domains_enrollment_modes": [],
    "domains_default_role_id": None,
}
_FLAGS = ("enabled", "admin_delete_enabled", "domains_enabled", "slug_disabled")
_MODES = ("manual_invitation", "automatic_invitation", "automatic_suggestion")
_FORM = Form(
    {
        **dict.fromkeys(_FLAGS, flag),
        "max_allowed_memberships": at_least(0),
        "domains_enrollment_modes": texts,
        "creator_role_id": text(),
        "domains_default_role_id": text(),
    }
)
_KEPT = "SELECT value FROM instance WHERE name = 'organization_settings'"
_KEEP = "INSERT OR REPLACE INTO instance (name, value) VALUES ('organization_settings', ?)"
_CREATOR = "UPDATE role_sets SET creator_role_id = ?, updated_at = ? WHERE type = 'initial'"


def get(call: Call) -> bytes:
    """GET /instance/organization_settings"""
    return _answer(call.store)


def update(call: Call) -> bytes:
    """PATCH /instance/organization_settings"""
    form = {name: value for name, value in _FORM.read(call.body).items() if value is not None}
    for mode in form.get("domains_enrollment_modes", []):
        if mode not in _MODES:
            raise errors.VALUE("domains_enrollment_modes", value=mode)
    if role_id := form.pop("creator_role_id", None):
        _take_creator(call, role_id)
    if role_id := form.get("domains_default_role_id"):
        roles.of_id(call.store, role_id, "domains_default_role_id")
    keep(call.store, form)
    return _answer(call.store)


def kept(store: Store) -> dict[str, Any]:
    """The settings that have been changed, over those of a new instance."""
    row = store.one(_KEPT)
    return _NEW | (orjson.loads(row[0]) if row else {})


def keep(store: Store, change: dict[str, Any]) -> None:
    """Change some."""
    store.run(_KEEP, orjson.dumps(kept(store) | change).decode())


def _take_creator(call: Call, role_id: str) -> None:
    role = roles.of_id(call.store, role_id, "creator_role_id")
    if role["key"] not in role_sets.initial(call.store).roles:
        raise errors.VALUE("creator_role_id", value=role_id)
    roles.require_creator(call.store, role["key"])
    call.store.run(_CREATOR, role_id, call.now)


def _answer(store: Store) -> bytes:
    settings = kept(store)
    initial = role_sets.initial(store)
    creator, default = initial.role_of_id(initial.creator_role_id), initial.role_of_id(initial.default_role_id)
    of_domains = settings.pop("domains_default_role_id")
    of_domains = roles.of_id(store, of_domains, None) if of_domains else default
    return orjson.dumps(
        {
            "object": "organization_settings",
            **settings,
            "max_allowed_roles": roles.MOST_CUSTOM,
            "max_role_sets_allowed": role_sets.MOST,
            "max_allowed_domains": 10,
            "creator_role": creator["key"] if creator else "",
            "domains_default_role": of_domains["key"] if of_domains else "",
            "initial_role_set_key": initial.key,
        }
    )


ROUTES = (
    Route("GET", "/instance/organization_settings", get, reads=True),
    Route("PATCH", "/instance/organization_settings", update),
)
