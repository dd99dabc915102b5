"""Requests with headers and forms of one's own, for tests about who is let in."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import orjson

from bridge.audit import events as trail
from bridge.audit.events import Event
from bridge.callers import clients
from bridge.callers.clients import MintedSecret
from tests.support.house import House


@dataclass(frozen=True)
class Answer:
    """`body` is None where there is none."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Registered:
    """An OAuth client and its secret."""

    id: str
    secret: str
    secret_id: str


async def ask(house: House, path: str, authorization: str | None = None, *, method: str = "GET", **request: Any) -> Answer:
    """Any request; `headers` and `data` as aiohttp takes them."""
    assert house._session is not None
    headers = {**request.pop("headers", {}), **({"Authorization": authorization} if authorization is not None else {})}
    async with house._session.request(method, house.url + path, headers=headers, **request) as answer:
        text = await answer.read()
        return Answer(answer.status, orjson.loads(text) if text else None, answer.headers)


async def users(house: House, authorization: str | None, *, connection: str = "acme", **headers: str) -> Answer:
    """A SCIM read."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await ask(house, f"/scim/v2/{connection}/Users", authorization, headers=named)


async def token(house: House, authorization: str | None = None, **form: str) -> Answer:
    """A token request; the grant type stands there unless it is given."""
    data = {"grant_type": "client_credentials", **form}
    return await ask(house, "/oauth2/token", authorization, method="POST", data=data)


async def access_token(house: House, client: Registered) -> str:
    answer = await token(house, client_id=client.id, client_secret=client.secret)
    assert answer.status == 200, answer.body
    return str(answer.body["access_token"])


async def register(
    house: House, *, connection: str = "acme", federated: bool = False, expires: int | None = None
) -> Registered:
    """What `inferpipe-bridge client create` does."""
    id, minted, now = clients.new_id(), MintedSecret.new(), house.clock()
    given = None if federated else minted
    await house.parts.database.write(
        lambda tx: clients.create(tx, id, connection, minted=given, label=None, expires=expires, now=now, actor="test")
    )
    return Registered(id, minted.secret, minted.id)


async def events(house: House) -> list[Event]:
    """The whole audit trail, of every connection and of none."""
    return await house.parts.database.read(lambda tx: trail.last(tx, None, 5000))


def basic(user: str, password: str) -> str:
    """An Authorization header, with both parts form-encoded first (RFC 6749 §2.3.1)."""
    return "Basic " + base64.b64encode(f"{quote_plus(user)}:{quote_plus(password)}".encode()).decode()
