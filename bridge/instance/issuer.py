"""Who issues the instance's tokens: what the settings say, else what Clerk says, and what stands at that address."""

from dataclasses import dataclass
from typing import Any

import orjson

from bridge.clerk import instance
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.instance.convex import Dashboard, publishable_key_of
from bridge.outbound import Lost, Peer, Unreached
from bridge.settings.values import Clerk

_WITHIN = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Published:
    """What everybody can read at an issuer. `problem`: why not; else `issuer` as it calls itself, and its keys' ids."""

    address: str
    issuer: str | None = None
    key_ids: frozenset[str] = frozenset()
    algorithms: tuple[str, ...] = ()
    problem: str | None = None


def expected(clerk: Clerk, told: str | None) -> str | None:
    """`told`: what Clerk says. The sandbox issues under its own address."""
    return clerk.jwt_issuer_domain or (clerk.api_url if clerk.sandbox else told)


async def find(api: Api, clerk: Clerk) -> Dashboard:
    """The sandbox needs no publishable key."""
    if clerk.sandbox:
        return Dashboard(expected(clerk, None), None)
    issuer = expected(clerk, await _frontend_api(api))
    live = clerk.secret_key.reveal().startswith("sk_live_")
    return Dashboard(issuer, publishable_key_of(issuer, live=live) if issuer else None)


async def published(address: str) -> Published:
    """Its discovery document and its keys, as Convex would fetch them."""
    try:
        async with Peer(address, timeout=_WITHIN, connections=1) as peer:
            found = await _json(peer, "/.well-known/openid-configuration")
            keys = (await _json(peer, "/.well-known/jwks.json")).get("keys", [])
    except (Unreached, Lost, ValueError) as error:
        return Published(address, problem=str(error))
    algorithms = found.get("id_token_signing_alg_values_supported", [])
    return Published(address, found.get("issuer"), frozenset(str(one.get("kid")) for one in keys), tuple(algorithms))


async def _json(peer: Peer, path: str) -> dict[str, Any]:
    reply = await peer.call("GET", path)
    if reply.status != 200:
        raise ValueError(f"{peer.base_url}{path} answers {reply.status}.")
    try:
        value = orjson.loads(reply.body)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"{peer.base_url}{path} is no JSON.") from error
    if not isinstance(value, dict):
        raise ValueError(f"{peer.base_url}{path} is not what it should be.")
    return value


async def _frontend_api(api: Api) -> str | None:
    """Not told is no reason to fail: it can be copied from Clerk's dashboard."""
    try:
        return await instance.frontend_api(api, lane=Lane.NORMAL)
    except ClerkError:
        return None
