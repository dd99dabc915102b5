"""Where signing in begins: /login asks for an address and finds the connection, /saml/CONNECTION/login goes to its IdP."""

from urllib.parse import urlencode

from aiohttp import web

from bridge.settings import ConnectionSettings
from bridge.signin import discover
from bridge.signin.start import Wish
from bridge.web.saml import pages
from bridge.web.saml.dashboard import path
from bridge.web.saml.door import Door

_LONGEST = 320  # characters of an address (RFC 3696 errata 1690)
_PROVIDERS = {
    "okta": "Okta",
    "entra": "Microsoft Entra ID",
    "google": "Google Workspace",
    "active-directory": "AD FS",
}


async def discovered(door: Door, request: web.Request) -> web.StreamResponse:
    """GET /login?email=&to=&workspace=: to the IdP, a choice between two, or a form."""
    email, wish = request.query.get("email", "").strip(), _wish(request)
    if not email:
        return pages.page("login.html", title="Sign in", email="", known=True, to=wish.target, workspace=wish.workspace)
    found = await discover.connections(door.view.database, door.view.settings, email[:_LONGEST])
    if len(found) == 1:
        return pages.leave(_login(found[0], wish))
    if found:
        choices = [(_PROVIDERS.get(one.provider, one.name), one.name, _login(one, wish)) for one in found]
        return pages.page("choose.html", title="Where do you sign in?", choices=choices)
    return pages.page(
        "login.html", title="Sign in", email=email[:_LONGEST], known=False, to=wish.target, workspace=wish.workspace
    )


async def begin(door: Door, request: web.Request) -> web.StreamResponse:
    """GET /saml/CONNECTION/login?to=&workspace="""
    secret = door.cookie.secret(request)
    connection = request.match_info["connection"]
    browser, address = door.cookie.hashed(secret), door.address(request)
    answer = pages.leave(await door.starts.begin(connection, browser, _wish(request), address=address))
    door.cookie.give(answer, secret)
    return answer


def _wish(request: web.Request) -> Wish:
    return Wish(path(request.query.get("to")), request.query.get("workspace", "")[:200] or None)


def _login(one: ConnectionSettings, wish: Wish) -> str:
    query = {name: value for name, value in (("to", wish.target), ("workspace", wish.workspace)) if value}
    return f"/saml/{one.name}/login" + (f"?{urlencode(query)}" if query else "")
