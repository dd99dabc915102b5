"""Banned, locked, or not: a ban ends every session of the person, a lock ends none."""

from collections.abc import Callable

from bridge.sandbox.clerk import errors, people, sessions
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, texts

_BULK = Form({"user_ids": texts}, required=("user_ids",), closed=False)
_MOST_IN_BULK = 50


def ban(call: Call) -> bytes:
    """POST /users/{user_id}/ban; where the plan has bans."""
    return _ban(call, call.path["user_id"])


def unban(call: Call) -> bytes:
    """POST /users/{user_id}/unban"""
    return _unban(call, call.path["user_id"])


def ban_many(call: Call) -> bytes:
    """POST /users/ban: all of them or none."""
    return _each(call, _ban)


def unban_many(call: Call) -> bytes:
    """POST /users/unban: all of them or none."""
    return _each(call, _unban)


def lock(call: Call) -> bytes:
    """POST /users/{user_id}/lock; here it lasts until it is unlocked."""
    return _set(call, call.path["user_id"], "locked", True, "is locked")


def unlock(call: Call) -> bytes:
    """POST /users/{user_id}/unlock"""
    return _set(call, call.path["user_id"], "locked", False, "is unlocked")


def _ban(call: Call, user_id: str) -> bytes:
    call.require(call.options.bans, "user_ban")
    answer = _set(call, user_id, "banned", True, "is banned")
    sessions.revoke_all(call.store, user_id, call.now)
    return answer


def _unban(call: Call, user_id: str) -> bytes:
    call.require(call.options.bans, "user_ban")
    return _set(call, user_id, "banned", False, "is unbanned")


def _set(call: Call, user_id: str, field: str, value: bool, sentence: str) -> bytes:
    user = people.fetch(call.store, user_id)
    user[field] = value
    call.news.append(f"{people.display_name(user)} {sentence}")
    return people.save(call.store, user, call.now)


def _each(call: Call, change: Callable[[Call, str], bytes]) -> bytes:
    user_ids = _BULK.read(call.body)["user_ids"]
    if len(user_ids) > _MOST_IN_BULK:
        raise errors.BULK_SIZE(size=_MOST_IN_BULK)
    return b"[" + b",".join(change(call, user_id) for user_id in user_ids) + b"]"


ROUTES = (
    Route("POST", "/users/ban", ban_many),
    Route("POST", "/users/unban", unban_many),
    Route("POST", "/users/{user_id}/ban", ban),
    Route("POST", "/users/{user_id}/unban", unban),
    Route("POST", "/users/{user_id}/lock", lock),
    Route("POST", "/users/{user_id}/unlock", unlock),
)
