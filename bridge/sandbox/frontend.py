"""The piece of Clerk's Frontend API that a ticket needs. At Clerk it is another host, asked by browsers and not by us.

A browser is known by the cookie `__client`. It signs in with a ticket, chooses an organization, gets tokens, signs out.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
from aiohttp import web

from bridge.sandbox.answers import answered, refused_answer
from bridge.sandbox.clerk import errors, invitations, people, sessions, sign_in_tokens, tickets, tokens
from bridge.sandbox.clerk.call import Call
from bridge.sandbox.clerk.errors import Refused
from bridge.sandbox.clerk.ids import new_id
from bridge.sandbox.peer import PEER

COOKIE = "__client"
_LIVE = "SELECT doc FROM sessions WHERE client_id = ? AND live AND expires_at > ? ORDER BY seq DESC"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Verb = Callable[[Call, str], Any]


def add_frontend(app: web.Application) -> None:
    """Mount it beside the Backend API, before whose gate it lies."""
    session = "/v1/client/sessions/{session_id}"
    app.router.add_post("/_sandbox/invitations/{invitation_id}/accept", _handler(_accept_invitation))
    app.router.add_post("/v1/client/sign_ins", _handler(sign_in))
    app.router.add_post(f"{session}/touch", _handler(touch))
    app.router.add_post(f"{session}/remove", _handler(remove))
    app.router.add_post(f"{session}/tokens", _handler(_token))
    app.router.add_post(f"{session}/tokens/{{template_name}}", _handler(_token))
    app.router.add_get("/v1/tickets/accept", _accept)


def is_frontend(path: str) -> bool:
    """Whether this is a path of the Frontend API, which no description of the Backend API knows."""
    return path.startswith(("/v1/client/", "/v1/tickets/"))


def sign_in(call: Call, client_id: str) -> Any:
    """POST /v1/client/sign_ins with `strategy=ticket` and `ticket`."""
    if call.body.get("strategy") != "ticket":
        raise errors.VALUE("strategy", value=call.body.get("strategy"))
    if not call.body.get("ticket"):
        raise errors.MISSING("ticket")
    if live_sessions(call, client_id):
        raise tickets.SESSION_EXISTS()
    session = sign_in_tokens.redeem(call, str(call.body["ticket"]), client_id)
    return {
        "response": {
            "object": "sign_in_attempt",
            "id": new_id("sia", call.now),
            "status": "complete",
            "created_session_id": session["id"],
            "first_factor_verification": {"object": "verification_ticket", "status": "verified", "strategy": "ticket"},
            "second_factor_verification": None,
        },
        "client": _client(call, client_id),
    }


def touch(call: Call, client_id: str) -> Any:
    """POST …/touch: the person is at it, in `active_organization_id` if one is sent (an empty one is none)."""
    session = _own(call, client_id)
    organization_id = call.body.get("active_organization_id", session["last_active_organization_id"]) or None
    if organization_id is not None and not sessions.is_member(call.store, organization_id, session["user_id"]):
        raise errors.ORGANIZATION_NOT_FOUND()
    sessions.touch(call, session, organization_id)
    return {"response": session, "client": _client(call, client_id)}


def remove(call: Call, client_id: str) -> Any:
    """POST …/remove: the person signs out."""
    session = _own(call, client_id)
    sessions.end(call.store, session, "removed", call.now)
    return {"response": session, "client": _client(call, client_id)}


def _token(call: Call, client_id: str) -> Any:
    """POST …/tokens and …/tokens/{template_name}"""
    _own(call, client_id)
    made = tokens.create_from_template(call) if "template_name" in call.path else tokens.create(call)
    return orjson.loads(made)


def _accept_invitation(call: Call, _: str) -> Any:
    """A control in the place of the link in a mail: whoever has the address takes the invitation."""
    return orjson.loads(invitations.accept(call, call.path["invitation_id"]))


def live_sessions(call: Call, client_id: str) -> list[sessions.Session]:
    """Those of this browser, the newest first."""
    return [orjson.loads(row[0]) for row in call.store.all(_LIVE, client_id, call.now)]


def client_of(request: web.Request, now: int) -> str:
    """The browser, by its cookie; a new one without it."""
    return request.cookies.get(COOKIE) or new_id("client", now)


def know(answer: web.StreamResponse, client_id: str) -> None:
    """Let the browser keep who it is."""
    answer.set_cookie(COOKIE, client_id, httponly=True, samesite="Lax")


def _own(call: Call, client_id: str) -> sessions.Session:
    """The live session in the path, if it is one of this browser's."""
    session, _ = sessions.fetch(call, call.path["session_id"])
    if session["client_id"] != client_id or session["status"] not in sessions.LIVE:
        raise tickets.SIGNED_OUT()
    return session


def _client(call: Call, client_id: str) -> dict[str, Any]:
    live = live_sessions(call, client_id)
    shown = [session | {"user": orjson.Fragment(people.fetch_bytes(call.store, session["user_id"]))} for session in live]
    last = live[0]["id"] if live else None
    return {"object": "client", "id": client_id, "sessions": shown, "last_active_session_id": last, "sign_in": None}


def _handler(verb: Verb) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        call = call_of(request, await _body(request))
        client_id = client_of(request, call.now)
        store = request.app[PEER].store
        try:
            with store.transaction():
                value = verb(call, client_id)
        except Refused as refused:
            return refused_answer(refused)
        request.app[PEER].news.extend((call.now, sentence) for sentence in call.news)
        answer = answered(orjson.dumps(value))
        know(answer, client_id)
        return answer

    return handle


async def _accept(request: web.Request) -> web.StreamResponse:
    """GET /v1/tickets/accept: on to `redirect_url`, with the ticket for its sign-in page; the ticket stays unused."""
    ticket = request.query.get("ticket", "")
    try:
        sign_in_tokens.readable(call_of(request, {}), ticket)
    except Refused as refused:
        return refused_answer(refused)
    target = request.query.get("redirect_url", "/")
    carried = urlencode({"__clerk_status": "sign_in", "__clerk_ticket": ticket})
    raise web.HTTPSeeOther(f"{target}{'&' if '?' in target else '?'}{carried}", headers={"Cache-Control": "no-store"})


async def _body(request: web.Request) -> Mapping[str, Any]:
    """Clerk's clients send forms; JSON is read, too."""
    if request.content_type != "application/json":
        return {name: str(value) for name, value in (await request.post()).items()}
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        body = None
    return body if isinstance(body, dict) else {}


def call_of(request: web.Request, body: Mapping[str, Any]) -> Call:
    """What a browser asks for, as a call."""
    peer = request.app[PEER]
    return Call(
        store=peer.store,
        options=peer.options,
        path=request.match_info,
        query=request.query,
        body=dict(body),
        headers=request.headers,
        address=request.remote or "",
        version="",
        origin=peer.options.url or f"{request.scheme}://{request.host}",
        now=time.time_ns() // 1_000_000,
    )
