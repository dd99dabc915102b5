"""Sessions: begun by `POST /sessions` for tests, or by a ticket; listed by user or client, revoked one at a time."""

from typing import Any

import orjson

from bridge.sandbox.clerk import devices, errors, people, queries
from bridge.sandbox.clerk.call import Call, Route
from bridge.sandbox.clerk.forms import Form, text
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.clerk.store import Store

Session = dict[str, Any]

LIVE = ("active", "pending")

_CREATE = Form({"user_id": text(), "active_organization_id": text()}, required=("user_id",), closed=False)
_STATUSES = ("abandoned", "active", "ended", "expired", "removed", "replaced", "revoked")  # that can be asked for
_DAY = 86_400_000  # milliseconds
_CHOOSE = [{"key": "choose-organization"}]
_INSERT = """INSERT INTO sessions (id, user_id, client_id, live, expires_at, origin, doc) VALUES (?, ?, ?, 1, ?, ?, ?)"""


def create(call: Call) -> bytes:
    """POST /sessions: the person is signed in; Clerk offers this outside production only, and so is the sandbox."""
    form = _CREATE.read(call.body)
    user = people.fetch(call.store, form["user_id"])
    if user["banned"]:
        raise errors.USER_BANNED()
    organization_id = form.get("active_organization_id") or None
    if organization_id is not None and not is_member(call.store, organization_id, user["id"]):
        raise errors.REFERENCE_MISSING("active_organization_id")
    return orjson.dumps(begin(call, user, organization_id, new_id("client", call.now)))


def begin(call: Call, user: people.User, organization_id: str | None, client_id: str) -> Session:
    """The person is signed in on this client from now on."""
    user["last_sign_in_at"] = call.now
    user["last_active_at"] = call.now - call.now % _DAY  # Clerk keeps the day alone
    people.save(call.store, user, call.now)
    session = _new(call, user["id"], organization_id, client_id)
    row = (session["id"], user["id"], client_id, session["expire_at"], call.headers.get("Origin"))
    call.store.run(_INSERT, *row, orjson.dumps(session))
    call.news.append(f"{people.display_name(user)} signs in")
    return session


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
    if session["status"] in LIVE:
        end(call.store, session, "revoked", call.now)
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
        end(store, orjson.loads(document), "revoked", now)


def touch(call: Call, session: Session, organization_id: str | None) -> None:
    """The person is at it, in this organization; choosing one was all that a pending session waited for."""
    waits = call.options.membership_required and organization_id is None
    session |= {
        "status": "pending" if waits else "active",
        "tasks": _CHOOSE if waits else None,
        "last_active_organization_id": organization_id,
        "last_active_at": call.now,
        "latest_activity": devices.activity(call.headers, call.address, call.now),
        "updated_at": call.now,
    }
    _save(call.store, session, live=True)
    user = people.fetch(call.store, session["user_id"])
    if user["last_active_at"] != call.now - call.now % _DAY:
        user["last_active_at"] = call.now - call.now % _DAY
        people.save(call.store, user, call.now)


def end(store: Store, session: Session, status: str, now: int) -> None:
    """The session is over: `revoked` by the Backend API, or `removed` by the person."""
    session |= {"status": status, "updated_at": now}
    _save(store, session, live=False)


def is_member(store: Store, organization_id: str, user_id: str) -> bool:
    """Whether a session of this person may have this organization as its active one."""
    sql = "SELECT 1 FROM memberships WHERE organization_id = ? AND user_id = ?"
    return store.one(sql, organization_id, user_id) is not None


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


def _save(store: Store, session: Session, *, live: bool) -> None:
    store.run("UPDATE sessions SET live = ?, doc = ? WHERE id = ?", live, orjson.dumps(session), session["id"])


def _aged(session: Session, now: int) -> Session:
    """Time ends sessions without a write."""
    if session["status"] in LIVE and session["expire_at"] <= now:
        session["status"] = "expired"
    return session


def _new(call: Call, user_id: str, organization_id: str | None, client_id: str) -> Session:
    waits = call.options.membership_required and organization_id is None
    return {
        "object": "session",
        "id": new_id("sess", call.now),
        "user_id": user_id,
        "client_id": client_id,
        "actor": None,
        "status": "pending" if waits else "active",
        "tasks": _CHOOSE if waits else None,
        "last_active_organization_id": organization_id,
        "last_active_at": call.now,
        "latest_activity": devices.activity(call.headers, call.address, call.now),
        "expire_at": call.now + 7 * _DAY,
        "abandon_at": call.now + 30 * _DAY,
        "created_at": call.now,
        "updated_at": call.now,
    }


ROUTES = (
    Route("POST", "/sessions", create),
    Route("GET", "/sessions", list_sessions, reads=True),
    Route("GET", "/sessions/{session_id}", get, reads=True),
    Route("POST", "/sessions/{session_id}/revoke", revoke),
)
