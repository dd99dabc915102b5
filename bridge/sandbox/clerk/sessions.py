"""Sessions: made for tests by `POST /sessions`, listed by user or client, revoked one at a time."""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors, people, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, text
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.store import Store

Session = dict[str, Any]

_CREATE = Form({"user_id": text(), "active_organization_id": text()}, required=("user_id",), closed=False)
_STATUSES = ("abandoned", "active", "ended", "expired", "removed", "replaced", "revoked", "pending")
_DAY = 86_400_000  # milliseconds


def create(call: Call) -> bytes:
    """POST /sessions: the person is signed in; Clerk offers this outside production only, and so is the sandbox."""
    form = _CREATE.read(call.body)
    user = people.fetch(call.store, form["user_id"])
    if user["banned"]:
        raise errors.USER_BANNED()
    organization_id = form.get("active_organization_id") or None
    if organization_id is not None:
        _require_membership(call.store, organization_id, user["id"])
    user["last_sign_in_at"] = user["last_active_at"] = call.now
    people.save(call.store, user, call.now)
    session = _new(user["id"], organization_id, call.now)
    call.store.run(
        "INSERT INTO sessions (id, user_id, client_id, live, expires_at, doc) VALUES (?, ?, ?, 1, ?, ?)",
        session["id"],
        user["id"],
        session["client_id"],
        session["expire_at"],
        orjson.dumps(session),
    )
    call.news.append(f"{people.display_name(user)} signs in")
    return orjson.dumps(session)


def list_sessions(call: Call) -> bytes:
    """GET /sessions: a bare array, or {data, total_count} with `paginated=true`."""
    limit, offset = queries.page(call.query)
    found = _found(call)
    page = found[offset : offset + limit]
    if queries.flag(call.query, "paginated"):
        return orjson.dumps({"data": page, "total_count": len(found)})
    return orjson.dumps(page)


def get(call: Call) -> bytes:
    """GET /sessions/{session_id}"""
    return orjson.dumps(fetch(call, call.path["session_id"])[0])


def revoke(call: Call) -> bytes:
    """POST /sessions/{session_id}/revoke; again is no error."""
    session, _ = fetch(call, call.path["session_id"])
    if session["status"] in ("active", "pending"):
        _revoke(call.store, session, call.now)
        user = people.fetch(call.store, session["user_id"])
        call.news.append(f"a session of {people.display_name(user)} is revoked")
    return orjson.dumps(session)


def fetch(call: Call, session_id: str) -> tuple[Session, str | None]:
    """The session as it is by now, and the page it was made on; or 404."""
    row = call.store.one("SELECT doc, origin FROM sessions WHERE id = ?", session_id)
    if row is None:
        raise errors.SESSION_NOT_FOUND(sessionID=session_id)
    return _aged(orjson.loads(row[0]), call.now), row[1]


def revoke_all(store: Store, user_id: str, now: int) -> None:
    """End every live session of a person."""
    for (document,) in store.all("SELECT doc FROM sessions WHERE user_id = ? AND live", user_id):
        _revoke(store, orjson.loads(document), now)


def _found(call: Call) -> list[Session]:
    user_id, client_id = call.query.get("user_id"), call.query.get("client_id")
    if not user_id and not client_id:
        raise errors.QUERY_MISSING(parameters="client_id, user_id")
    wanted = call.query.get("status")
    if wanted and wanted not in _STATUSES:
        raise errors.VALUE("status", value=wanted)
    column, value = ("user_id", user_id) if user_id else ("client_id", client_id)
    sql = f"SELECT doc FROM sessions WHERE {column} = ? ORDER BY seq DESC"  # noqa: S608 - one of two names
    found = [_aged(orjson.loads(document), call.now) for (document,) in call.store.all(sql, value)]
    return [session for session in found if wanted in (None, "", session["status"])]


def _revoke(store: Store, session: Session, now: int) -> None:
    session["status"] = "revoked"
    session["updated_at"] = now
    store.run("UPDATE sessions SET live = 0, doc = ? WHERE id = ?", orjson.dumps(session), session["id"])


def _aged(session: Session, now: int) -> Session:
    """Time ends sessions without a write."""
    if session["status"] == "active" and session["expire_at"] <= now:
        session["status"] = "expired"
    return session


def _require_membership(store: Store, organization_id: str, user_id: str) -> None:
    sql = "SELECT 1 FROM memberships WHERE organization_id = ? AND user_id = ?"
    if store.one(sql, organization_id, user_id) is None:
        raise errors.REFERENCE_MISSING("active_organization_id")


def _new(user_id: str, organization_id: str | None, now: int) -> Session:
    session_id = new_id("sess", now)
    return {
        "object": "session",
        "id": session_id,
        "user_id": user_id,
        "client_id": new_id("client", now),
        "actor": None,
        "status": "active",
        "last_active_organization_id": organization_id,
        "last_active_at": now,
        "latest_activity": {
            "object": "session_activity",
            "id": new_id("sess_activity", now),
            "is_mobile": False,
            "browser_name": "Sandbox",
            "browser_version": "1",
            "device_type": "Sandbox",
            "ip_address": "127.0.0.1",
            "city": "",
            "country": "",
        },
        "expire_at": now + 7 * _DAY,
        "abandon_at": now + 30 * _DAY,
        "created_at": now,
        "updated_at": now,
    }


ROUTES = (
    Route("POST", "/sessions", create),
    Route("GET", "/sessions", list_sessions, reads=True),
    Route("GET", "/sessions/{session_id}", get, reads=True),
    Route("POST", "/sessions/{session_id}/revoke", revoke),
)
