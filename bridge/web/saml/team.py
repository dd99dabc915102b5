"""GET /saml/CONNECTION: for the team that looks after the IdP, everything that it has to enter there, and no secret."""

from aiohttp import web

from bridge.answers.saml.shown import shown
from bridge.web.saml import pages
from bridge.web.saml.door import Door


async def page(door: Door, request: web.Request) -> web.StreamResponse:
    """It is there before the IdP is known, for then it is needed."""
    name, view = request.match_info["connection"], door.view
    guide = await shown(view.database, view.settings, view.rulebook, door.idps, name)
    return pages.page("team.html", script="copy.js", title=f"{name}: sign-in at {guide.idp}", guide=guide)
