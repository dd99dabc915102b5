"""A test login that came back: what was received, and nothing is done with it."""

from aiohttp import web

from bridge.signin.accept import Arrived
from bridge.web.saml import pages
from bridge.web.saml.door import Door


async def shown(door: Door, request: web.Request, came: Arrived) -> web.Response:
    """The page about it."""
    return pages.page("received.html", title="Test login", assertion=came.assertion)
