"""The switches of an instance: what a plan lacks, what a dashboard sets, who is managed by Clerk's own directory sync.

Given at the start by name, or later by `POST /_sandbox/instance`. What Clerk lets nobody set by its API is in memory and
begins anew with the process; `slugs`, `member_cap` and `managed` are kept with the rows.
"""

from dataclasses import fields, replace
from typing import Any

from bridge.sandbox.clerk import managed, organization_settings
from bridge.sandbox.clerk.call import Options
from bridge.sandbox.clerk.limits import Limits
from bridge.sandbox.clerk.store import Store
from bridge.sandbox.peer import Peer

_FLAGS = ("production_limits", "membership_required", "bans", "custom_roles", "slugs")
_CAPS = ("users_cap", "organizations_cap", "member_cap")
_AT_START = tuple(field.name for field in fields(Options))


def at_start(given: dict[str, Any]) -> tuple[Options, dict[str, Any]]:
    """The options among the switches, and the others, which are thrown once the rows are there; ValueError: no such one."""
    options = {name: value for name, value in given.items() if name in _AT_START}
    others = {name: value for name, value in given.items() if name not in _AT_START}
    _check({name: value for name, value in given.items() if name not in ("bare", "url")})
    return Options(**options), others


def throw(peer: Peer, given: Any) -> None:
    """Set these from now on; ValueError says what is wrong, and then none is set."""
    if not isinstance(given, dict):
        raise ValueError("switches are an object")
    _check(given)
    peer.options = replace(peer.options, **{name: given[name] for name in given if name in _AT_START})
    if "production_limits" in given:
        peer.limits = Limits(production=given["production_limits"])
    with peer.store.transaction():
        _keep(peer.store, given)


def report(peer: Peer) -> dict[str, Any]:
    """How every switch stands."""
    settings = organization_settings.kept(peer.store)
    return {name: getattr(peer.options, name) for name in (*_FLAGS, *_CAPS) if name in _AT_START} | {
        "slugs": not settings["slug_disabled"],
        "member_cap": settings["max_allowed_memberships"],
        "managed": managed.everybody(peer.store),
    }


def _keep(store: Store, given: dict[str, Any]) -> None:
    change: dict[str, Any] = {}
    if "slugs" in given:
        change["slug_disabled"] = not given["slugs"]
    if "member_cap" in given:
        change["max_allowed_memberships"] = given["member_cap"] or 0
    if change:
        organization_settings.keep(store, change)
    if "managed" in given:
        managed.put(store, given["managed"])


def _check(given: dict[str, Any]) -> None:
    for name, value in given.items():
        if name in _FLAGS:
            fits, wanted = isinstance(value, bool), "true or false"
        elif name in _CAPS:
            fits, wanted = value is None or (type(value) is int and value >= 0), "a whole number, or null for none"
        elif name == "managed":
            fits, wanted = _are_texts(value), "a list of ids of users and organizations"
        else:
            raise ValueError(f"there is no switch {name}, but {', '.join((*_FLAGS, *_CAPS, 'managed'))}")
        if not fits:
            raise ValueError(f"{name} is {wanted}: {value!r}")


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
