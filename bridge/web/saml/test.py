"""A test login: a link from the command line, a page that says what will happen, and what came back. Nobody is signed in.

A GET uses no link up, for mail programs and chats look at links; the button does.
"""

from urllib.parse import parse_qs

from aiohttp import web

from bridge.signin import links, rehearse
from bridge.signin.accept import Arrived
from bridge.signin.refusals import NotLetIn
from bridge.signin.start import Wish
from bridge.web.saml import pages
from bridge.web.saml.door import Door

_LONGEST = 1024  # bytes of a form with a key in it


async def ask(door: Door, request: web.Request) -> web.StreamResponse:
    """GET /saml/CONNECTION/test?key="""
    name, key, now = request.match_info["connection"], request.query.get("key", ""), door.view.clock()
    door.idps.ours(name)
    if not await door.view.database.read(lambda tx: links.good(tx, name, key, now=now)):
        raise _spent()
    return pages.page("test.html", title="Test login", connection=name, key=key)


async def begin(door: Door, request: web.Request) -> web.StreamResponse:
    """POST /saml/CONNECTION/test, by the button of that page."""
    name, now = request.match_info["connection"], door.view.clock()
    await door.idps.party(name)  # a link is not used up for nothing
    if request.content_type != "application/x-www-form-urlencoded" or (request.content_length or _LONGEST + 1) > _LONGEST:
        raise _spent()
    key = parse_qs((await request.read()).decode(errors="replace")).get("key", [""])[0]  # whatever it is, it is no error
    if not await door.view.database.write(lambda tx: links.take(tx, name, key, now=now)):
        raise _spent()
    secret, address = door.cookie.secret(request), door.address(request)
    answer = pages.leave(await door.starts.begin(name, door.cookie.hashed(secret), Wish(), address=address, kind="test"))
    door.cookie.give(answer, secret)
    return answer


async def shown(door: Door, came: Arrived) -> web.Response:
    """What an assertion that came back would have meant."""
    settings, now = door.view.settings.connections[came.connection], door.view.clock()
    await door.view.rulebook.prepared(door.view.database, came.connection)
    tried = await door.view.database.read(lambda tx: rehearse.rehearse(tx, door.view, came, settings, now=now))
    return pages.page("tried.html", title="Test login", tried=tried, connection=settings)


def _spent() -> NotLetIn:
    hint = "Make another one by `inferpipe-bridge saml test CONNECTION`."
    return NotLetIn("test_link_spent", "This link to a test login was used, is older than an hour, or never was.", hint=hint)
