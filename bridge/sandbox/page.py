"""The page at `/`: who is in which workspace with which role, and what changed last; it renews itself every second.

`?format=json` gives the same as data.
"""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from aiohttp import web

from bridge.sandbox.clerk.people import display_name, primary_email
from bridge.sandbox.clerk.store import Row, Store
from bridge.sandbox.idp import IDPS
from bridge.sandbox.peer import PEER, Peer
from bridge.sandbox.rendering import templates

_MOST_PEOPLE = 300
_MOST_WORKSPACES = 40
_FRESH = 20_000  # milliseconds for which a change stays marked
_TEMPLATES = templates(Path(__file__).parent)
_PEOPLE = """SELECT doc FROM users
  WHERE ifnull(first_name, '') || ' ' || ifnull(last_name, '') || ' ' || ifnull(email, '') LIKE ? ESCAPE '\\'
  ORDER BY seq DESC LIMIT ?"""
_WORKSPACES = """SELECT id, name, slug, (SELECT count(*) FROM memberships WHERE organization_id = organizations.id)
  FROM organizations ORDER BY seq LIMIT ?"""
_LIVE_SESSIONS = "SELECT doc FROM sessions WHERE user_id = ? AND live AND expires_at > ? ORDER BY seq"


def add_page(app: web.Application) -> None:
    """Mount it."""
    app.router.add_get("/", _show)


async def _show(request: web.Request) -> web.Response:
    peer, now = request.app[PEER], time.time_ns() // 1_000_000
    tag = _tag(peer, now)
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304)
    view = _view(peer, request.query.get("q", ""), now) | {
        "idps": [one.connection for one in request.app[IDPS].services.all()]
    }
    if request.query.get("format") == "json":
        return web.Response(body=orjson.dumps(view), content_type="application/json")
    template = _TEMPLATES.get_template("body.html" if "body" in request.query else "page.html")
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    return web.Response(text=template.render(view), content_type="text/html", headers=headers)


def _tag(peer: Peer, now: int) -> str:
    """Another one whenever the page would look different; marks of fresh changes fade in steps of five seconds."""
    fading = now // 5000 if peer.news and peer.news[-1][0] > now - 2 * _FRESH else 0
    return f'"{peer.born:x}-{peer.store.version}-{peer.calls.total}-{fading}"'


def _view(peer: Peer, search: str, now: int) -> dict[str, Any]:
    store = peer.store
    workspaces = store.all(_WORKSPACES, _MOST_WORKSPACES)
    return {
        "totals": _totals(store, now) | {"calls": peer.calls.total},
        "workspaces": [dict(zip(("id", "name", "slug", "members"), row, strict=True)) for row in workspaces],
        "people": [_person(store, orjson.loads(row[0]), now) for row in _people(store, search)],
        "news": [_line(at, sentence, now) for at, sentence in reversed(peer.news)],
        "search": search,
    }


def _totals(store: Store, now: int) -> dict[str, int]:
    return {
        "people": store.count("SELECT count(*) FROM users"),
        "workspaces": store.count("SELECT count(*) FROM organizations"),
        "memberships": store.count("SELECT count(*) FROM memberships"),
        "sessions": store.count("SELECT count(*) FROM sessions WHERE live AND expires_at > ?", now),
    }


def _people(store: Store, search: str) -> list[Row]:
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return store.all(_PEOPLE, f"%{escaped}%", _MOST_PEOPLE)


def _person(store: Store, user: dict[str, Any], now: int) -> dict[str, Any]:
    held = store.all("SELECT organization_id, role, updated_at FROM memberships WHERE user_id = ?", user["id"])
    return {
        "id": user["id"],
        "name": display_name(user),
        "email": primary_email(user),
        "state": "banned" if user["banned"] else "locked" if user["locked"] else "active",
        "sessions": _sessions(store, user["id"], now),
        "roles": {organization: role.removeprefix("org:") for organization, role, _ in held},
        "fresh": [organization for organization, _, at in held if at > now - _FRESH],
    }


def _sessions(store: Store, user_id: str, now: int) -> list[str | None]:
    """Where each live session stands: the name of its workspace, or None outside of any."""
    active = [orjson.loads(row[0])["last_active_organization_id"] for row in store.all(_LIVE_SESSIONS, user_id, now)]
    names = [store.one("SELECT name FROM organizations WHERE id = ?", workspace) for workspace in active]
    return [None if name is None else str(name[0]) for name in names]


def _line(at: int, sentence: str, now: int) -> dict[str, Any]:
    clock = datetime.fromtimestamp(at / 1000, UTC).strftime("%H:%M:%S")
    return {"at": at, "clock": clock, "text": sentence, "fresh": at > now - _FRESH}
