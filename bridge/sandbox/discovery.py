"""What anybody may read at the address that tokens name as their issuer: the key set, and where it is (OIDC discovery).

At Clerk this is the Frontend API's host; no secret key is asked for.
"""

import orjson
from aiohttp import web

from bridge.sandbox.clerk import keys
from bridge.sandbox.peer import PEER


def add_discovery(app: web.Application) -> None:
    """Mount it."""
    app.router.add_get("/.well-known/jwks.json", _jwks)
    app.router.add_get("/.well-known/openid-configuration", _configuration)


async def _jwks(request: web.Request) -> web.Response:
    return _json(keys.key_set(request.app[PEER].store))


async def _configuration(request: web.Request) -> web.Response:
    issuer = request.app[PEER].options.url or f"{request.scheme}://{request.host}"
    return _json(
        {
            "issuer": issuer,
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "authorization_endpoint": f"{issuer}/oauth/authorize",
            "token_endpoint": f"{issuer}/oauth/token",
            "userinfo_endpoint": f"{issuer}/oauth/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [keys.ALGORITHM],
        }
    )


def _json(value: object) -> web.Response:
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=60"}
    return web.Response(body=orjson.dumps(value), content_type="application/json", headers=headers)
