"""The whole service inside a test: config files, the real application over HTTP, a real sandbox, a clock that can jump.

`from tests.support.house import *` in a folder's conftest.py brings the fixture `houses`, which starts one.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from aiohttp import ClientSession
from aiohttp.test_utils import TestServer
from sqlalchemy import text

from bridge.answers.explain import Explained, Row, explain
from bridge.app import PARTS, Parts, build
from bridge.audit import events
from bridge.audit.events import Event
from bridge.callers import tokens
from bridge.callers.tokens import Minted
from bridge.clock import epoch_ms
from bridge.people import find
from bridge.provisioning import holds
from bridge.provisioning.reread import terms_digest
from bridge.sandbox.testing import RunningSandbox
from bridge.settings import load
from bridge.webhooks import inbox

__all__ = ["House", "houses"]

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
WORKSPACES = {"production": {"create": "Production"}, "research": {"create": "Research"}}
RULES = [
    {"name": "Owners", "when": {"group": "owners"}, "grant": {"production": "owner"}},
    {"name": "Admins", "when": {"group": "admins"}, "grant": {"production": "admin"}},
    {"name": "Engineers", "when": {"group": "engineers"}, "grant": {"production": "editor"}},
    {"name": "Scientists", "when": {"group": "scientists"}, "grant": {"research": "editor"}},
    {"name": "Everything", "when": {"group": "everything"}, "grant": {"production": "viewer", "research": "viewer"}},
]
_BUSY = text(
    """SELECT (SELECT count(*) FROM due) + (SELECT count(*) FROM person
      WHERE wanted > applied AND (claim_until > 0 OR not_before <= :now)) AS n"""
)
_FILES = text("SELECT name, terms_digest, file_digest IS NOT NULL OR file_verdict IS NOT NULL AS looked_at FROM connection")
IN_TURN_MS = 500  # whoever waits for their turn in a workspace comes again within that
LONGEST = 60.0  # seconds that anything may take in a test
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # the one of Svix's documentation


@dataclass
class Clock:
    """The real time, and what a test added to it."""

    added: int = 0

    def __call__(self) -> int:
        return epoch_ms() + self.added

    def jump(self, seconds: float) -> None:
        self.added += int(seconds * 1000)

    def next_minute(self) -> None:
        """One begins, and lasts: for what is counted by the minute."""
        self.added += 60_000 - self() % 60_000


@dataclass
class House:
    """One running service. `secrets`: a bearer token per connection; `port` None: any that is free."""

    folder: Path
    sandbox: RunningSandbox
    database_url: str
    clock: Clock = field(default_factory=Clock)
    secrets: dict[str, str] = field(default_factory=dict)
    port: int | None = None
    _server: TestServer | None = None
    _session: ClientSession | None = None

    # --- files

    def connection(self, name: str = "acme", **keys: Any) -> None:
        """Write a connection file; keys over sensible ones."""
        base = {
            "customer": "Acme",
            "provider": "okta",
            "mode": "enforce",
            "domains": [f"{name}.example"],
            "workspaces": WORKSPACES,
            "settle": "0s",
            "brake": {"people": 5, "percent": 10, "within": "15m"},
        }
        self._write("connections", name, {**base, **keys})

    def mapping(self, name: str = "acme", rules: Sequence[Mapping[str, Any]] = RULES, **keys: Any) -> None:
        """Write a mapping file."""
        self._write("mappings", name, {"connection": name, "rules": list(rules), **keys})

    # --- life

    async def start(self) -> None:
        (self.folder / "data").mkdir(exist_ok=True)
        own = self.folder / "config" / "bridge.yaml"
        if not own.exists():  # no test waits for the pace of bulk work; the sandbox keeps Clerk's limit all the same
            own.write_text("clerk: {calls_per_10s: 100000}\n", encoding="utf-8")
        app = build(load(self.folder / "config", self.environment), clock=self.clock)
        self._server = TestServer(app, port=self.port)
        await self._server.start_server()
        assert self._server.runner is not None
        self._server.runner.server.handler_cancellation = False  # as in service: who is called finishes
        self._session = ClientSession()
        for name in self.parts.settings.connections:
            self.secrets[name] = self.secrets.get(name) or await self._token(name)
        await self.until(self._in_force)

    async def stop(self) -> None:
        if self._session is not None:
            await self._session.close()
        if self._server is not None:
            await self._server.close()
        self._session = self._server = None

    @property
    def environment(self) -> dict[str, str]:
        """Of the service, and of commands beside it."""
        return {
            "BRIDGE_CONFIG": str(self.folder / "config"),
            "BRIDGE_DATA": str(self.folder / "data"),
            "BRIDGE_DATABASE_URL": self.database_url,
            "CLERK_API_URL": self.sandbox.url,
            "CLERK_WEBHOOK_SIGNING_SECRET": WEBHOOK_SECRET,
        }

    @property
    def parts(self) -> Parts:
        assert self._server is not None
        return self._server.app[PARTS]

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("")).rstrip("/")

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> None:
        """Wait for something that will come."""
        async with asyncio.timeout(LONGEST):
            while not await holds():  # noqa: ASYNC110 - what comes has no event to wait for
                await asyncio.sleep(0.005)

    async def idle(self) -> None:
        """Nobody is due now: everything that may be done is done."""

        async def nobody() -> bool:
            row = await self.parts.database.read(lambda tx: tx.one(_BUSY, now=self.clock() + IN_TURN_MS))
            return row is not None and row["n"] == 0 and not self.parts.reconciler.at_work

        self.parts.reconciler.wake()
        await self.until(nobody)

    async def jump(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.jump(seconds)
        await self.idle()

    # --- what an IdP does

    async def scim(
        self, method: str, path: str, body: Any = None, *, connection: str = "acme", secret: str | None = None
    ) -> tuple[int, Any]:
        assert self._session is not None
        headers = {"Authorization": f"Bearer {secret or self.secrets[connection]}", "Content-Type": "application/scim+json"}
        url = f"{self.url}/scim/v2/{connection}{path}"
        data = orjson.dumps(body) if body is not None else None
        async with self._session.request(method, url, data=data, headers=headers) as answer:
            text = await answer.read()
            return answer.status, orjson.loads(text) if text else None

    async def user(self, name: str, /, *, connection: str = "acme", **keys: Any) -> str:
        """POST a user called `name`; returns its id."""
        email = f"{name}@{connection}.example"
        body = {
            "schemas": [USER],
            "userName": email,
            "externalId": f"ext-{name}",
            "name": {"givenName": name.capitalize(), "familyName": "Doe"},
            "emails": [{"value": email, "type": "work", "primary": True}],
            "active": True,
        }
        status, made = await self.scim("POST", "/Users", {**body, **keys}, connection=connection)
        assert status == 201, made
        return str(made["id"])

    async def group(self, name: str, *members: str, connection: str = "acme") -> str:
        """POST a group; returns its id."""
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}
        status, made = await self.scim("POST", "/Groups", body, connection=connection)
        assert status == 201, made
        return str(made["id"])

    async def patch(self, path: str, *operations: Mapping[str, Any], connection: str = "acme") -> None:
        body = {"schemas": [PATCH], "Operations": list(operations)}
        status, answer = await self.scim("PATCH", path, body, connection=connection)
        assert status in {200, 204}, answer

    async def join(self, group: str, *members: str) -> None:
        value = [{"value": member} for member in members]
        await self.patch(f"/Groups/{group}", {"op": "add", "path": "members", "value": value})

    async def leave(self, group: str, *members: str) -> None:
        for member in members:
            await self.patch(f"/Groups/{group}", {"op": "remove", "path": f'members[value eq "{member}"]'})

    async def deactivate(self, user: str, *, connection: str = "acme") -> None:
        await self.patch(f"/Users/{user}", {"op": "replace", "value": {"active": False}}, connection=connection)

    async def reactivate(self, user: str) -> None:
        await self.patch(f"/Users/{user}", {"op": "replace", "value": {"active": True}})

    async def people(self, count: int, group: str) -> list[str]:
        """So many users in one new group, reconciled; their ids."""
        ids = [await self.user(f"p{number:03}") for number in range(count)]
        await self.group(group, *ids)
        await self.idle()
        return ids

    # --- what there is then

    def roles(self) -> dict[str, dict[str, str]]:
        """{name: {workspace: role}} of everybody with a membership in the sandbox; the name is before the @."""
        state = self.sandbox.state()
        names = {user["id"]: _name(user) for user in state["users"]}
        workspaces = {one["id"]: one["name"].lower() for one in state["organizations"]}
        found: dict[str, dict[str, str]] = {}
        for one in state["memberships"]:
            role = one["role"].removeprefix("org:")
            found.setdefault(names[one["user_id"]], {})[workspaces[one["organization_id"]]] = role
        return found

    def hear(self, *types: str) -> None:
        """From now on the sandbox sends its webhooks here, all of them or those of some types."""
        url = f"{self.url}/webhooks/clerk"
        self.sandbox.control("POST", "webhooks", {"url": url, "secret": WEBHOOK_SECRET, "types": list(types)})

    async def heard(self) -> None:
        """Every event that was sent is acted on, and what came of it is done."""

        async def all_of_it() -> bool:
            waiting = self.sandbox.control("GET", "webhooks")
            undone = await self.parts.database.read(lambda tx: inbox.oldest(tx, "main"))
            return undone is None and not any(one["waiting"] for one in waiting)

        await self.until(all_of_it)
        await self.idle()

    async def explain(self, email: str) -> Explained:
        person = (await self.parts.database.read(lambda tx: find.persons(tx, email)))[0].pk
        settings, rulebook, now = self.parts.settings, self.parts.tools.rulebook, self.clock()
        found = await self.parts.database.read(lambda tx: explain(tx, settings, rulebook, person, now=now))
        assert found is not None
        return found

    async def row(self, name: str, workspace: str = "production", *, connection: str = "acme") -> Row:
        """The row of one person and workspace."""
        found = await self.explain(f"{name}@{connection}.example")
        return next(row for row in found.workspaces if row.workspace == workspace)

    async def audit(self, action: str, *, connection: str = "acme") -> list[Event]:
        found = await self.parts.database.read(lambda tx: events.last(tx, connection, 5000))
        return [event for event in found if event.action == action]

    async def open_holds(self) -> list[holds.Hold]:
        return await self.parts.database.read(holds.open_holds)

    async def sign_in(self, name: str, workspace: str | None = None) -> str:
        """A live session of somebody, perhaps active in a workspace; returns its id."""
        body = {"user_id": self.clerk_user(name)["id"]}
        if workspace is not None:
            body["active_organization_id"] = self.organization(workspace)
        return str((await self.clerk("POST", "/sessions", body))["id"])

    async def clerk(self, method: str, path: str, body: Any = None) -> Any:
        """A call of Clerk's Backend API, as an admin or a script would make it."""
        assert self._session is not None
        headers = {
            "Authorization": f"Bearer {self.sandbox.secret_key}",
            "Clerk-API-Version": "2026-05-12",
            "Content-Type": "application/json",
        }
        data = orjson.dumps(body) if body is not None else None
        async with self._session.request(method, f"{self.sandbox.url}/v1{path}", data=data, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            return orjson.loads(await answer.read())

    def clerk_user(self, name: str) -> Any:
        return next(user for user in self.sandbox.state()["users"] if _name(user) == name)

    def organization(self, name: str) -> str:
        return str(next(one["id"] for one in self.sandbox.state()["organizations"] if one["name"].lower() == name))

    def _write(self, kind: str, name: str, data: Any) -> None:
        path = self.folder / "config" / kind / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
        if self._server is None:  # it stands there for long when the service comes, so nobody may still be writing it
            os.utime(path, (path.stat().st_mtime - 60,) * 2)

    async def _token(self, connection: str) -> str:
        minted, now = Minted.new(), self.clock()
        await self.parts.database.write(
            lambda tx: tokens.create(tx, minted, connection, label=None, expires=None, now=now, actor="test")
        )
        return minted.secret

    async def _in_force(self) -> bool:
        """Every mapping file was looked at, and whom a connection file concerns that says something else now is due."""
        settings = self.parts.settings
        rows = {row["name"]: row for row in await self.parts.database.read(lambda tx: tx.all(_FILES))}
        return all(
            name in rows
            and (rows[name]["looked_at"] or not (self.folder / "config" / "mappings" / f"{name}.yaml").exists())
            and rows[name]["terms_digest"] == terms_digest(settings, connection)
            for name, connection in settings.connections.items()
        )


def _name(user: Mapping[str, Any]) -> str:
    emails = [one["email_address"] for one in user["email_addresses"] if one["id"] == user["primary_email_address_id"]]
    return str(emails[0]).partition("@")[0] if emails else str(user["id"])


@pytest.fixture
async def houses(
    tmp_path: Path, database_url: str, sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Callable[..., Awaitable[House]]]:
    """Starts a house with one connection `acme` of the given keys, on SQLite and on PostgreSQL."""
    monkeypatch.setattr("bridge.provisioning.reconcile.CHORES", 0.1)  # a changed file is seen at the second look
    started: list[House] = []

    async def start(rules: Sequence[Mapping[str, Any]] = RULES, **keys: Any) -> House:
        house = House(tmp_path, sandbox, database_url)
        house.connection(**keys)
        house.mapping(rules=rules)
        await house.start()
        started.append(house)
        return house

    yield start
    for house in started:
        await house.stop()
