"""Single logout by browsers: /slo, where an IdP's requests and answers come, and /logout, where somebody signs out here.

Each is a GET that a foreign page can lead a browser to, so the most it can do is sign somebody out. Where they land is ours
to say: a path of the dashboard, which was kept here or stands in our own address.
"""

import secrets

import structlog
from aiohttp import web

from bridge.errors import BridgeError
from bridge.saml import logout as messages
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from bridge.settings import ConnectionSettings
from bridge.signin import attempts
from bridge.signin.attempts import Attempt
from bridge.signin.logout import SignedOut
from bridge.web.saml import pages, told
from bridge.web.saml.dashboard import path
from bridge.web.saml.door import REQUEST_ID, Door, problem

log = structlog.get_logger()


async def slo(door: Door, request: web.Request) -> web.StreamResponse:
    """GET /saml/CONNECTION/slo: a message of the IdP's. What can't be believed is a page, and a line of the trail."""
    party = await door.idps.party(request.match_info["connection"])
    query = request.raw_path.partition("?")[2]  # as it was signed
    try:
        if not _single(_connection(door, request)):
            raise Untrusted("slo_not_offered", "Single logout is switched off for this connection.")
        answered = _asked if "SAMLRequest" in request.query else _answered
        return await answered(door, request, party, query)
    except Untrusted as error:
        log.warning("nobody was signed out", connection=party.connection, code=error.code, sentence=error.sentence)
        await door.logout.refused(error, party.connection, request[REQUEST_ID], door.address(request))
        return problem(door, request, told.of(error.code, "leaving"))


async def leave(door: Door, request: web.Request) -> web.StreamResponse:
    """GET /saml/CONNECTION/logout?to=: somebody signs out here. Their sessions end, then the IdP is told."""
    door.idps.ours(request.match_info["connection"])  # whoever has no sign-in has no way out
    connection, browser = _connection(door, request), door.cookie.read(request)
    onward = door.dashboard.sign_in(request.query.get("to"))
    out = SignedOut((), True)
    if browser is not None:
        out = await door.logout.by_person(connection.name, browser, request_id=request[REQUEST_ID])
    if browser is None or not out.sign_ins:
        return pages.leave(onward)
    if not out.done:
        return problem(door, request, told.of("sign_out_away"), again=str(request.rel_url))
    party = await _whom_to_tell(door, connection)
    if party is None:
        sentence = f"You are signed out here. The sign-in service of {connection.customer} may still know you."
        return _signed_out(request, onward, sentence)
    return pages.leave(await _request(door, party, browser, path(request.query.get("to")), out))


async def _asked(door: Door, request: web.Request, party: Party, query: str) -> web.Response:
    """Sessions end before the answer says so; where Clerk is away, or nobody is meant, it says that it did not work."""
    now = door.view.clock()
    asked = messages.read_request(party, query, now=now)
    out = await door.logout.by_idp(party, asked, request_id=request[REQUEST_ID])
    if party.idp.slo is None:
        return (
            _signed_out(request, door.dashboard.sign_in()) if out.done else problem(door, request, told.of("sign_out_away"))
        )
    success, id = bool(out.sign_ins) and out.done, _new_id()
    return pages.leave(
        messages.response_url(party, asked.id, id=id, success=success, relay_state=asked.relay_state, now=now)
    )


async def _answered(door: Door, request: web.Request, party: Party, query: str) -> web.Response:
    """The IdP's answer to a request of this browser's; of another one it opens nothing."""
    now, browser = door.view.clock(), door.cookie.read(request)
    answer, name = messages.read_response(party, query, now=now), party.connection
    attempt = None
    if browser is not None:
        attempt = await door.view.database.write(lambda tx: attempts.left(tx, name, answer.in_response_to, browser, now=now))
    onward = door.dashboard.sign_in(attempt.target if attempt else None)
    if not answer.success:
        who = _connection(door, request).customer
        sentence = f"You are signed out here. The sign-in service of {who} could not sign you out everywhere else."
        return _signed_out(request, onward, sentence)
    return pages.leave(onward) if attempt else _signed_out(request, onward)


async def _whom_to_tell(door: Door, connection: ConnectionSettings) -> Party | None:
    """The IdP, if it is to be told of a logout and can be."""
    if not _single(connection):
        return None
    try:
        party = await door.idps.party(connection.name)
    except BridgeError as error:
        log.warning("the IdP is not told of a logout", connection=connection.name, code=error.code)
        return None
    return party if party.idp.slo is not None else None


async def _request(door: Door, party: Party, browser: str, target: str | None, out: SignedOut) -> str:
    """The address that tells the IdP, by what it said itself when they signed in last; its answer is waited for."""
    now, last = door.view.clock(), out.sign_ins[-1]
    expires = now + attempts.LASTS_MS
    attempt = Attempt(_new_id(), party.connection, "logout", browser, target, None, 0, False, created=now, expires=expires)
    await door.view.database.write(lambda tx: attempts.begin(tx, attempt))
    return messages.request_url(party, attempt.id, last.name_id, last.session_index, now=now)


def _connection(door: Door, request: web.Request) -> ConnectionSettings:
    return door.view.settings.connections[request.match_info["connection"]]


def _single(connection: ConnectionSettings) -> bool:
    return connection.sign_in.saml is not None and connection.sign_in.saml.single_logout


def _signed_out(request: web.Request, onward: str, sentence: str = "You are signed out.") -> web.Response:
    answer = pages.page("signed_out.html", title="Signed out", sentence=sentence, onward=onward)
    answer.headers["X-Request-Id"] = request[REQUEST_ID]
    return answer


def _new_id() -> str:
    return f"_{secrets.token_hex(16)}"
