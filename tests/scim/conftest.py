"""A host for scim: a real aiohttp application over the real intake, on SQLite and on PostgreSQL.

Its door notes every Change and every statement, so that tests can say what a request cost. Tests share one database an
engine and keep apart as customers do: each has connections of its own.
"""

import itertools
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from typing import Any, TypeVar

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler
from sqlalchemy import text
from sqlalchemy.sql import Executable

from bridge.provisioning.intake import Intake
from bridge.store import sqlite
from bridge.store.database import Database, open_database
from scim.change import Change
from scim.discovery import LARGEST_BODY
from scim.errors import error_body
from scim.ports import Caller, Tx, Write
from scim.schemas import GROUPS, TWINS, USERS, Attribute, Schema
from scim.web import CALLER, HEALED, Options, Service, mount

T = TypeVar("T")
Client = TestClient[web.Request, web.Application]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
PUBLIC = "http://bridge.example"
BADGE = "urn:acme:params:scim:schemas:badge:2.0:User"
_BADGE = Schema.of(
    BADGE,
    "Badge",
    "What opens doors",
    Attribute("number", "The number on it.", "integer"),
    Attribute("weight", "In grams.", "decimal"),
    Attribute("issued", "When it was handed out.", "dateTime"),
    Attribute("color", "Exactly as printed.", case_exact=True),
    Attribute("serial", "For ever.", mutability="immutable"),
    Attribute("notes", "Only by name.", returned="request"),
    Attribute("pin", "Never shown.", returned="never"),
    Attribute("doors", "Which it opens.", many=True),
    Attribute("valid", "Whether it works.", "boolean"),
    Attribute(
        "holder",
        "Where it hangs.",
        "complex",
        sub=(Attribute("place", "The place."), Attribute("floor", "Of it.", "integer")),
    ),
)
_COST = Schema.of("urn:acme:params:scim:schemas:cost:2.0:Group", "Cost", "Who pays", Attribute("center", "The cost center."))
OPTIONS = {
    "strict": Options(strict=True),
    "twins": Options(groups=TWINS),
    "bodies": Options(group_patch="group"),
    "extended": Options(users=USERS.extended([_BADGE]), groups=GROUPS.extended([_COST])),
    "strictextended": Options(strict=True, users=USERS.extended([_BADGE])),
}
"""How connections of these names are set up; every other one has the defaults."""
_AS_TEXT = sqlite.statements()


class NotingTx:
    """Passes statements on and keeps their text."""

    def __init__(self, tx: Tx, statements: list[str]) -> None:
        self._tx = tx
        self._statements = statements

    def one(self, statement: Executable, **values: Any) -> Any | None:
        self._statements.append(_AS_TEXT(statement).sql)
        return self._tx.one(statement, **values)

    def all(self, statement: Executable, **values: Any) -> list[Any]:
        self._statements.append(_AS_TEXT(statement).sql)
        return self._tx.all(statement, **values)

    def run(self, statement: Executable, **values: Any) -> int:
        self._statements.append(_AS_TEXT(statement).sql)
        return self._tx.run(statement, **values)

    def together(self, *writes: Write) -> list[int]:
        self._statements += [_AS_TEXT(statement).sql for statement, _ in writes]
        return self._tx.together(*writes)

    def moment(self) -> object | None:
        return self._tx.moment()

    def many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        self._statements.append(_AS_TEXT(statement).sql)
        self._tx.many(statement, rows)


@dataclass
class NotingDoor:
    """The intake, watched."""

    intake: Intake
    statements: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)

    async def point(self, read: Callable[[Tx], T]) -> T:
        return await self.intake.point(lambda tx: read(NotingTx(tx, self.statements)))

    async def read(self, read: Callable[[Tx], T]) -> T:
        return await self.intake.read(lambda tx: read(NotingTx(tx, self.statements)))

    def steps(self, step: Callable[[Tx], T | None]) -> AsyncGenerator[T, None]:
        return self.intake.steps(lambda tx: step(NotingTx(tx, self.statements)))

    async def change(self, caller: Caller, verb: Callable[[Tx], tuple[T, Change | None]]) -> T:
        made: list[Change | None] = []

        def noted(tx: Tx) -> tuple[T, Change | None]:
            result, change = verb(NotingTx(tx, self.statements))
            made[:] = [change]  # a verb may run twice
            return result, change

        result = await self.intake.change(caller, noted)
        self.changes += [change for change in made if change is not None]
        return result


@dataclass(frozen=True)
class Answer:
    """`body` is None where there is none. `healed`: the healers that acted."""

    status: int
    body: Any
    headers: Mapping[str, str]
    healed: tuple[str, ...]

    @property
    def id(self) -> str:
        return str(self.body["id"])


@dataclass
class Host:
    """Requests of identity providers: to the connection `acme` of this test, unless another of its names is given."""

    client: Client
    store: Database
    door: NotingDoor
    suffix: str

    def name(self, connection: str = "acme") -> str:
        """What a connection is really called."""
        return f"{connection}-{self.suffix}"

    def token(self, connection: str = "acme") -> str:
        return f"token-of-{self.name(connection)}"

    def base(self, connection: str = "acme") -> str:
        """What locations begin with."""
        return f"{PUBLIC}/scim/v2/{self.name(connection)}"

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        connection: str = "acme",
        raw: bytes | None = None,
        query: Mapping[str, str] | None = None,
        **headers: str,
    ) -> Answer:
        sent = {"Authorization": f"Bearer {self.token(connection)}", "Content-Type": "application/scim+json"}
        sent |= {key.replace("_", "-"): value for key, value in headers.items()}
        data = BytesIO(raw) if raw is not None else orjson.dumps(body) if body is not None else None
        url = f"/scim/v2/{self.name(connection)}{path}"
        async with self.client.request(method, url, data=data, params=query, headers=sent) as answer:
            content = await answer.read()
            healed = tuple(answer.headers.get("X-Healed", "").split())
            return Answer(answer.status, orjson.loads(content) if content else None, answer.headers, healed)

    async def get(self, path: str, *, connection: str = "acme", **query: str) -> Any:
        """The body of a read that must succeed."""
        answer = await self.call("GET", path, connection=connection, query=query)
        assert answer.status == 200, answer.body
        return answer.body

    async def user(self, name: str = "ada", /, *, connection: str = "acme", **keys: Any) -> str:
        """POST a user; returns its id."""
        body = {"schemas": [USER], "userName": f"{name}@acme.example", "externalId": f"ext-{name}", **keys}
        return await self._made("/Users", body, connection)

    async def group(self, name: str = "engineers", /, *members: str, connection: str = "acme", **keys: Any) -> str:
        """POST a group with these member values; returns its id."""
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members], **keys}
        return await self._made("/Groups", body, connection)

    async def patch(self, path: str, *operations: Mapping[str, Any], connection: str = "acme", **headers: str) -> Answer:
        body = {"schemas": [PATCH], "Operations": list(operations)}
        return await self.call("PATCH", path, body, connection=connection, **headers)

    async def members(self, group: str, *, connection: str = "acme") -> list[str]:
        """The member values of a group, sorted."""
        body = await self.get(f"/Groups/{group}", connection=connection)
        return sorted(member["value"] for member in body["members"])

    async def found(self, path: str, filter: str, *, connection: str = "acme") -> list[str]:
        """The ids that a filter finds, in order."""
        body = await self.get(path, connection=connection, filter=filter)
        assert body["totalResults"] == len(body["Resources"])
        return [one["id"] for one in body["Resources"]]

    def last_change(self) -> Change:
        return self.door.changes[-1]

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        """What the database holds."""
        statement = text(sql)
        return await self.store.read(lambda tx: tx.all(statement, **values))

    async def _made(self, path: str, body: Mapping[str, Any], connection: str) -> str:
        answer = await self.call("POST", path, body, connection=connection)
        assert answer.status == 201, answer.body
        return answer.id


async def _authenticate(handler: Handler, request: web.Request) -> web.StreamResponse:
    """A stand-in for the bridge's own: a token names its connection."""
    connection = request.path.split("/")[3]
    if request.headers.get("Authorization") != f"Bearer token-of-{connection}":
        return web.Response(body=error_body(401, "A token is needed."), status=401, content_type="application/scim+json")
    request[CALLER] = Caller(connection, f"idp:{connection}", uuid.uuid4().hex, request.headers.get("X-Subject"))
    answer = await handler(request)
    healing = request.get(HEALED)
    answer.headers["X-Healed"] = " ".join(sorted(healing.acted)) if healing is not None else ""
    return answer


@pytest.fixture
async def host(common_database_url: str, aiohttp_client: Callable[..., Awaitable[Client]]) -> AsyncIterator[Host]:
    """A running SCIM service; its clock moves a second a request."""
    store = open_database(common_database_url)
    door = NotingDoor(Intake(store, {}, lambda: None))
    ticks = itertools.count(1_790_000_000_000, 1000)
    service = Service(door, PUBLIC, _options, lambda: str(uuid.uuid4()), lambda: next(ticks), _key)
    app = web.Application(client_max_size=LARGEST_BODY)
    mount(app, service, lambda handler: partial(_authenticate, handler))
    client = await aiohttp_client(app)
    assert client.server.runner is not None
    client.server.runner.server.handler_cancellation = False  # as in service: who is called finishes
    yield Host(client, store, door, uuid.uuid4().hex[:12])
    await store.close()


def _options(connection: str) -> Options:
    return OPTIONS.get(connection.partition("-")[0], Options())


async def _key() -> bytes:
    return b"a key for cursors"
