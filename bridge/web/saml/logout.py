"""Single logout by browsers: /slo, where an IdP's requests and answers come, and /logout, where somebody signs out here.

Each is a GET that a foreign page can lead a browser to, so the most it can do is sign somebody out. Where they land is ours
to say: a path of the dashboard, which was kept here or stands in our own address.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web

from bridge.audit import events
from bridge.audit.events import Event
from bridge.errors import BridgeError
from bridge.provisioning.tools import Tools
from bridge.saml import logout as messages
from bridge.saml.idps import Idps
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from bridge.settings import ConnectionSettings
from bridge.signin import attempts
from bridge.signin.attempts import Attempt
from bridge.signin.logout import Logout, SignedOut
from bridge.web.request_ids import id_of
from bridge.web.saml import pages
from bridge.web.saml.cookie import Cookie
from bridge.web.saml.dashboard import Dashboard, path
from scim.ports import Tx

SLO, LOGOUT = "/saml/{connection}/slo", "/saml/{connection}/logout"
SOON = 5  # seconds until a page tries again by itself
_DONE = "You are signed out."
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Visit:
    """One request at one connection."""

    request: web.Request
    connection: ConnectionSettings
    id: str
    now: int


class Door:
    """What both addresses do. `dashboard`: where browsers go on from here."""

    def __init__(self, tools: Tools, idps: Idps, cookie: Cookie, dashboard: Dashboard) -> None:
        self._tools = tools
        self._idps = idps
        self._cookie = cookie
        self._dashboard = dashboard
        self._logout = Logout(tools)

    async def slo(self, visit: Visit) -> web.Response:
        """A message of the IdP's. What can't be believed, or can't be had now, becomes a page and a line of the trail."""
        query = visit.request.raw_path.partition("?")[2]
        try:
            party = await self._idps.party(visit.connection.name)
            if "SAMLRequest" in visit.request.query:
                return await self._asked(visit, party, query)
            return await self._answered(visit, party, query)
        except Untrusted as error:
            await self._tools.database.write(partial(_refused, visit=visit, error=error))
            return _problem(visit, 400, "Signing out did not work", "The message of your sign-in service was not accepted.")
        except BridgeError as error:
            log.warning("a logout can't be judged", connection=visit.connection.name, code=error.code, request_id=visit.id)
            return _problem(visit, 503, "Signing out did not work", "It is not possible at this moment.")

    async def leave(self, visit: Visit) -> web.Response:
        """Somebody signs out here: their sessions end, then the IdP is told."""
        browser, target = self._cookie.read(visit.request), visit.request.query.get("to")
        onward = self._dashboard.sign_in(target)
        name = visit.connection.name
        out = SignedOut((), True)
        if browser is not None:
            out = await self._logout.by_person(name, browser, request_id=visit.id)
        if browser is None or not out.sign_ins:
            return pages.leave(onward)
        if not out.done:
            return _later(visit)
        party = await self._told(visit.connection)
        if party is None:
            who = visit.connection.customer
            return _signed_out(visit, onward, f"You are signed out here. The sign-in service of {who} may still know you.")
        attempt = _attempt(name, browser, path(target), visit.now)
        await self._tools.database.write(lambda tx: attempts.begin(tx, attempt))
        last = out.sign_ins[-1]
        return pages.leave(messages.request_url(party, attempt.id, last.name_id, last.session_index, now=visit.now))

    async def _asked(self, visit: Visit, party: Party, query: str) -> web.Response:
        """Sessions end before the answer says so; where Clerk is away, or nobody is meant, it says that it did not work."""
        request = messages.read_request(party, query, now=visit.now)
        out = await self._logout.by_idp(party, request, request_id=visit.id)
        if party.idp.slo is None:
            return _signed_out(visit, self._dashboard.sign_in(None), _DONE) if out.done else _later(visit)
        success, state = bool(out.sign_ins) and out.done, request.relay_state
        id = _new_id()
        return pages.leave(
            messages.response_url(party, request.id, id=id, success=success, relay_state=state, now=visit.now)
        )

    async def _answered(self, visit: Visit, party: Party, query: str) -> web.Response:
        """The IdP's answer to a request of this browser's; of another one it opens nothing."""
        answer = messages.read_response(party, query, now=visit.now)
        browser, name = self._cookie.read(visit.request), visit.connection.name
        attempt = None
        if browser is not None:
            attempt = await self._tools.database.write(
                lambda tx: attempts.left(tx, name, answer.in_response_to, browser, now=visit.now)
            )
        onward = self._dashboard.sign_in(attempt.target if attempt else None)
        if not answer.success:
            who = visit.connection.customer
            sentence = f"You are signed out here. The sign-in service of {who} could not sign you out everywhere else."
            return _signed_out(visit, onward, sentence)
        return pages.leave(onward) if attempt else _signed_out(visit, onward, _DONE)

    async def _told(self, connection: ConnectionSettings) -> Party | None:
        """The IdP, if it is to be told of a logout and can be."""
        saml = connection.sign_in.saml
        if saml is None or not saml.single_logout:
            return None
        try:
            party = await self._idps.party(connection.name)
        except BridgeError as error:
            log.warning("the IdP is not told of a logout", connection=connection.name, code=error.code)
            return None
        return party if party.idp.slo is not None else None


def mount(app: web.Application, tools: Tools, door: Door) -> None:
    """Both addresses, by GET alone: what a browser only asks about beforehand (HEAD) signs nobody out."""
    connections = tools.settings.connections

    async def slo(request: web.Request) -> web.Response:
        visit = _visit(request, connections, tools.clock())
        saml = visit.connection.sign_in.saml if visit else None
        return await door.slo(visit) if visit and saml and saml.single_logout else _nobody(request)

    async def leave(request: web.Request) -> web.Response:
        visit = _visit(request, connections, tools.clock())
        return await door.leave(visit) if visit else _nobody(request)

    app.router.add_get(SLO, slo, allow_head=False)
    app.router.add_get(LOGOUT, leave, allow_head=False)


def _visit(request: web.Request, connections: Mapping[str, ConnectionSettings], now: int) -> Visit | None:
    """None: nobody signs in to it by SAML."""
    connection = connections.get(request.match_info["connection"])
    if connection is None or connection.sign_in.saml is None:
        return None
    return Visit(request, connection, id_of(request), now)


def _nobody(request: web.Request) -> web.Response:
    return pages.problem(404, "Nothing here", "Nobody signs out here.", request_id=id_of(request))


def _problem(visit: Visit, status: int, title: str, sentence: str) -> web.Response:
    return pages.problem(status, title, sentence, request_id=visit.id, contact=visit.connection.contact)


def _later(visit: Visit) -> web.Response:
    """What is to end stands written, whether anybody tries again or not."""
    sentence = "Your sessions could not be ended yet, and will be as soon as possible."
    again = str(visit.request.rel_url) if visit.request.path.endswith("/logout") else None
    wait = SOON if again else None
    contact = visit.connection.contact
    return pages.problem(
        503, "Signing out takes a moment", sentence, request_id=visit.id, contact=contact, again=again, wait=wait
    )


def _signed_out(visit: Visit, onward: str, sentence: str) -> web.Response:
    answer = pages.page("signed_out.html", title="Signed out", sentence=sentence, onward=onward)
    answer.headers["X-Request-Id"] = visit.id
    return answer


def _refused(tx: Tx, visit: Visit, error: Untrusted) -> None:
    facts = {**error.about, "code": error.code, "sentence": error.sentence}
    name = visit.connection.name
    events.record(tx, Event(name, visit.now, "system", "sign_out.refused", request_id=visit.id, facts=facts))


def _attempt(connection: str, browser: str, target: str | None, now: int) -> Attempt:
    expires = now + attempts.LASTS_MS
    return Attempt(_new_id(), connection, "logout", browser, target, None, 0, False, created=now, expires=expires)


def _new_id() -> str:
    return f"_{secrets.token_hex(16)}"
