"""GET /saml/CONNECTION/metadata: what the identity team gives its IdP about us. It is there before we know their IdP."""

import hashlib
from collections.abc import Mapping

from aiohttp import web

from bridge.saml import publish
from bridge.saml.idps import Idps
from bridge.settings import ConnectionSettings

PATH = "/saml/{connection}/metadata"
_TYPE = "application/samlmetadata+xml"  # SAML metadata, appendix A


def mount(app: web.Application, connections: Mapping[str, ConnectionSettings], idps: Idps) -> None:
    """Add the document of every connection that people sign in to by SAML."""
    documents = {
        name: publish.metadata(idps.ours(name), one.sign_in.saml)
        for name, one in connections.items()
        if one.sign_in.saml is not None
    }

    async def get(request: web.Request) -> web.Response:
        name = request.match_info["connection"]
        if name not in documents:
            return web.Response(status=404, text="Nobody signs in here by SAML.\n")
        return _answer(request, name, documents[name])

    app.router.add_get(PATH, get)


def _answer(request: web.Request, name: str, document: bytes) -> web.Response:
    """The same bytes until a restart with other keys, so whoever comes again needs no body."""
    tag = hashlib.sha256(document).hexdigest()[:32]
    headers = {"ETag": f'"{tag}"', "Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff"}
    asked = request.if_none_match or ()
    if any(one.value in {tag, "*"} for one in asked):
        return web.Response(status=304, headers=headers)
    headers["Content-Disposition"] = f'attachment; filename="{name}.sp.xml"'
    return web.Response(body=document, content_type=_TYPE, headers=headers)
