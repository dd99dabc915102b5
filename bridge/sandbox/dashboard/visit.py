"""What a browser does at the dashboard, on the verbs of the Frontend API: sign in with a ticket, look, change, sign out."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import jwt
import orjson
from aiohttp import web

from bridge.sandbox import frontend
from bridge.sandbox.clerk import people, sessions, sign_in_tokens, tokens
from bridge.sandbox.clerk.call import Call
from bridge.sandbox.clerk.errors import Refused
from bridge.sandbox.peer import PEER

_MEMBER_OF = """SELECT o.id, o.name, o.slug, m.role FROM memberships m JOIN organizations o ON o.id = m.organization_id
  WHERE m.user_id = ? ORDER BY m.seq"""


@dataclass(frozen=True, slots=True)
class Visit:
    """A browser: `client` is who it is by its cookie."""

    call: Call
    client: str

    @property
    def session(self) -> sessions.Session | None:
        """Its live one."""
        return next(iter(frontend.live_sessions(self.call, self.client)), None)

    def enter(self, ticket: str) -> None:
        """Use a ticket; Refused says what is wrong with it. Somebody else who is signed in here is signed out before; who is
        the same goes on, in the ticket's organization."""
        token, organization = sign_in_tokens.readable(self.call, ticket)
        session = self.session
        if session is not None and session["user_id"] == token["user_id"]:
            self.move(organization or "")
            return
        self.leave()
        frontend.sign_in(replace(self.call, body={"strategy": "ticket", "ticket": ticket}), self.client)

    def move(self, organization: str) -> None:
        """Be active in another organization; in the same one without a name."""
        if (session := self.session) is not None:
            body = {"active_organization_id": organization} if organization else {}
            frontend.touch(self._at(session, body), self.client)

    def leave(self) -> None:
        """Sign out."""
        for session in frontend.live_sessions(self.call, self.client):
            frontend.remove(self._at(session), self.client)

    def shown(self, session: sessions.Session) -> dict[str, Any]:
        """All that Clerk tells of who is signed in."""
        user = people.fetch(self.call.store, session["user_id"])
        active = session["last_active_organization_id"]
        rows = self.call.store.all(_MEMBER_OF, user["id"])
        workspaces = [
            {"id": id, "name": name, "slug": slug, "role": role.removeprefix("org:"), "active": id == active}
            for id, name, slug, role in rows
        ]
        here = next((one for one in workspaces if one["active"]), None)
        email = people.primary_email(user)
        return {
            "user": {
                "id": user["id"],
                "name": people.display_name(user),
                "email": email,
                "external_id": user["external_id"],
            },
            "session": {"id": session["id"], "status": session["status"], "expires_at": session["expire_at"]},
            "workspace": here and here["name"],
            "role": here and here["role"],
            "workspaces": workspaces,
            "convex": self._convex(session),
        }

    def _convex(self, session: sessions.Session) -> dict[str, Any] | None:
        """The claims of the token that a dashboard hands to Convex; None where the instance has no such template."""
        try:
            made = tokens.create_from_template(self._at(session, template_name="convex"))
        except Refused:
            return None
        claims: dict[str, Any] = jwt.decode(orjson.loads(made)["jwt"], options={"verify_signature": False})
        return claims

    def _at(self, session: sessions.Session, body: dict[str, Any] | None = None, **path: str) -> Call:
        return replace(self.call, path={"session_id": session["id"], **path}, body=body or {})


def looking(request: web.Request) -> Visit:
    """A browser that changes nothing."""
    call = frontend.call_of(request, {})
    return Visit(call, frontend.client_of(request, call.now))


@contextmanager
def visiting(request: web.Request) -> Iterator[Visit]:
    """What happens in it is one transaction, and is told on the sandbox's page."""
    peer, visit = request.app[PEER], looking(request)
    with peer.store.transaction():
        yield visit
    peer.news.extend((visit.call.now, sentence) for sentence in visit.call.news)
