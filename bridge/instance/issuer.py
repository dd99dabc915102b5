"""Who issues the instance's tokens: what the settings say, else what Clerk says, and what stands at that address."""

from dataclasses import dataclass

from pydantic import BaseModel, Field, ValidationError

from bridge.clerk import instance
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError
from bridge.errors import BridgeError
from bridge.instance.convex import Dashboard, publishable_key_of
from bridge.outbound import Peer
from bridge.settings.values import Clerk

_WITHIN = 10.0  # seconds


class _Document(BaseModel):
    """OpenID Connect Discovery 1.0 §3, as far as it counts here."""

    issuer: str
    algorithms: list[str] = Field(default=[], alias="id_token_signing_alg_values_supported")


class _Key(BaseModel):
    kid: str


class _Keys(BaseModel):
    """RFC 7517 §5."""

    keys: list[_Key]


class _Unreadable(BridgeError):
    """The issuer answered something else than 200."""


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
            document = _Document.model_validate_json(await _read(peer, "/.well-known/openid-configuration"))
            keys = _Keys.model_validate_json(await _read(peer, "/.well-known/jwks.json"))
    except ValidationError as error:
        return Published(address, problem=f"What {address} publishes is not of OpenID Connect: {_first(error)}.")
    except BridgeError as error:
        return Published(address, problem=str(error))
    return Published(address, document.issuer, frozenset(one.kid for one in keys.keys), tuple(document.algorithms))


async def _read(peer: Peer, path: str) -> bytes:
    reply = await peer.call("GET", path)
    if reply.status != 200:
        raise _Unreadable("issuer_unreadable", f"{peer.base_url}{path} answers {reply.status}.")
    return reply.body


def _first(error: ValidationError) -> str:
    one = error.errors(include_url=False)[0]
    return f"{'.'.join(str(part) for part in one['loc']) or 'the document'}: {one['msg']}"


async def _frontend_api(api: Api) -> str | None:
    """Not told is no reason to fail: it can be copied from Clerk's dashboard."""
    try:
        return await instance.frontend_api(api, lane=Lane.NORMAL)
    except ClerkError:
        return None
