"""The assertion consumer service: what an IdP has a browser post, accepted, and on to the dashboard."""

from collections.abc import Awaitable
from urllib.parse import urlencode

from aiohttp import web

from bridge.clerk.errors import NotNow
from bridge.provisioning.reconcile import Occupied
from bridge.saml.untrusted import Untrusted
from bridge.signin.accept import Accepted
from bridge.signin.arrive import Knock, Rehearsed, StepUp
from bridge.signin.land import Landed
from bridge.web.saml import form, pages, told
from bridge.web.saml.door import REQUEST_ID, Door, note, problem
from bridge.web.saml.test import shown


async def post(door: Door, request: web.Request) -> web.StreamResponse:
    """POST /saml/CONNECTION/acs"""
    secret, connection = door.cookie.secret(request), request.match_info["connection"]
    await door.idps.party(connection)  # whoever has no sign-in reads no form
    knock = Knock(connection, "", door.cookie.hashed(secret), request[REQUEST_ID], door.address(request))
    try:
        message, _ = await form.read(request, door.forms)
    except Untrusted as error:
        await door.arrivals.refused(error, knock, door.view.clock())
    came = await door.arrivals.take(knock.with_message(message))
    answer = await _onwards(door, request, came)
    door.cookie.give(answer, secret)  # an IdP that began has bound its attempt to it, and a logout finds it by it
    return answer


async def visited(door: Door, request: web.Request) -> web.StreamResponse:
    """GET /saml/CONNECTION/acs: somebody loads the address again, where only an IdP's form has business."""
    return problem(door, request, told.of("sign_in_over"))


async def _onwards(door: Door, request: web.Request, came: Accepted | StepUp | Rehearsed) -> web.StreamResponse:
    if isinstance(came, Rehearsed):
        return await shown(door, came.came)
    if isinstance(came, StepUp):
        return pages.leave(await door.starts.address(came.attempt))
    return await _to_dashboard(door, request, came.attempt.id, door.landing.land(came, request[REQUEST_ID]))


async def finish(door: Door, request: web.Request) -> web.StreamResponse:
    """GET /saml/CONNECTION/finish?attempt=: once more what could not be done before, for the same browser."""
    connection, attempt = request.match_info["connection"], request.query.get("attempt", "")
    browser = door.cookie.read(request)
    if browser is None:
        return problem(door, request, told.of("sign_in_over"))
    landing = door.landing.again(connection, attempt, browser, request[REQUEST_ID])
    return await _to_dashboard(door, request, attempt, landing)


async def _to_dashboard(door: Door, request: web.Request, attempt: str, landing: Awaitable[Landed]) -> web.Response:
    """With the ticket; where that can't be done now, a page that tries again."""
    try:
        landed = await landing
    except (NotNow, Occupied) as error:
        note(request, error)
        again = f"/saml/{request.match_info['connection']}/finish?{urlencode({'attempt': attempt})}"
        return problem(door, request, told.of(error.code, "away"), again=again)
    return pages.leave(door.dashboard.sign_in(landed.target, __clerk_ticket=landed.ticket.token))
