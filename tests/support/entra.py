"""A stand-in for Microsoft Entra as an issuer of tokens: RSA keys of its own, and the JWKS that publishes them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.outbound import Guard
from bridge.settings import Entra

__all__ = ["Issuer", "issuer"]

TENANT = "ce5f061f-abe6-4e40-9615-301f87bcb7f0"
APPLICATION = "b5ba7a93-4452-4522-aeb4-a2b5da870c16"
OBJECT = "d2f8ee76-c549-45b8-a143-f5b640669704"
AUDIENCE = f"api://{APPLICATION}"
ISSUER = f"https://login.microsoftonline.com/{TENANT}/v2.0"


def private_key(name: str, bits: int = 2048) -> rsa.RSAPrivateKey:
    """Made once a run for each name."""
    return _made(name, bits)


@cache
def _made(name: str, bits: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def published(kid: str, bits: int = 2048, **keys: Any) -> dict[str, Any]:
    """The entry of a JWKS."""
    entry = jwt.algorithms.RSAAlgorithm.to_jwk(private_key(kid, bits).public_key(), as_dict=True)
    return {**entry, "kid": kid, "use": "sig", **keys}


@dataclass
class Issuer:
    """`keys`: what the JWKS says; `fetches`: how often it was asked; `status` other than 200: it is in trouble."""

    clock: Callable[[], float] = time.time
    keys: list[dict[str, Any]] = field(default_factory=lambda: [published("k1")])
    fetches: int = 0
    status: int = 200
    body: bytes | None = None
    slowly: asyncio.Event | None = None
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    address: str = ""

    @property
    def guard(self) -> Guard:
        """Lets calls through to this one, as an operator would for a proxy inside."""
        return Guard(frozenset({self.address}))

    def entra(self, **keys: Any) -> Entra:
        """What a connection would believe of it."""
        issuers = (f"https://sts.windows.net/{TENANT}/", ISSUER)
        nobody: frozenset[str] = frozenset()
        given: dict[str, Any] = {"audiences": (AUDIENCE,), "issuers": issuers, "object_ids": nobody, "app_ids": nobody}
        return Entra(tenant=TENANT, keys_url=self.url, **{**given, **keys})

    def directory(self, *auth: str, **entra: Any) -> dict[str, Any]:
        """The `directory` of a connection file that believes it."""
        own = {"audiences": [AUDIENCE], "object_ids": [OBJECT], "keys_url": self.url, **entra}
        return {"scim": {"auth": list(auth), "entra_tenant": TENANT, "entra": own}}

    def token(self, *, kid: str = "k1", key: Any = None, algorithm: str = "RS256", **claims: Any) -> str:
        """A token of the provisioning service; claims of None are left out."""
        now = int(self.clock())
        base = {
            "aud": AUDIENCE,
            "iss": ISSUER,
            "iat": now,
            "nbf": now,
            "exp": now + 3900,
            "appid": APPLICATION,
            "appidacr": "2",
            "idp": ISSUER,
            "oid": OBJECT,
            "sub": OBJECT,
            "tid": TENANT,
            "ver": "2.0",
        }
        whole = {name: value for name, value in {**base, **claims}.items() if value is not None}
        signer = private_key(kid) if key is None else key
        return jwt.encode(whole, signer, algorithm=algorithm, headers={"kid": kid} if kid else None)

    async def _serve(self, _: web.Request) -> web.Response:
        self.fetches += 1
        self.asked.set()
        if self.slowly is not None:
            await self.slowly.wait()
        if self.body is not None:
            return web.Response(body=self.body, status=self.status)
        return web.json_response({"keys": self.keys}, status=self.status)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    """An issuer that answers."""
    one = Issuer()
    app = web.Application()
    app.router.add_get("/discovery/v2.0/keys", one._serve)
    server = TestServer(app)
    await server.start_server()
    one.url = str(server.make_url("/discovery/v2.0/keys"))
    one.address = f"{server.host}:{server.port}"
    yield one
    await server.close()
