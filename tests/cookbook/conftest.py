"""A recipe in service: its files as they stand on the page, a sandbox with its workspaces, and an IdP that pushes."""

import asyncio
import shlex
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
import structlog
from click.testing import CliRunner

from bridge.answers.explain import Row
from bridge.cli import main
from bridge.provisioning import reconcile
from tests.cookbook.page import NOW, Recipe, Shown, compare, recipes
from tests.support.clerk_sandbox import *  # noqa: F403
from tests.support.house import *  # noqa: F403
from tests.support.house import GROUP, Clock, House


@dataclass
class Story:
    """A recipe that runs. `left`: what the page shows and nobody has run yet."""

    recipe: Recipe
    house: House
    left: list[Shown]
    told: bool = False
    groups: dict[str, str] = field(default_factory=dict)

    @property
    def connection(self) -> str:
        return self.recipe.connections[0]

    # --- what the IdP does

    async def person(self, email: str, *, connection: str | None = None, **attributes: Any) -> str:
        """Push somebody; returns the id."""
        name, _, _ = email.partition("@")
        emails = [{"value": email, "type": "work", "primary": True}]
        keys = {"userName": email, "emails": emails, "externalId": f"ext-{name}", **attributes}
        return await self.house.user(name, connection=connection or self.connection, **keys)

    async def group(self, name: str, *members: str, connection: str | None = None, **keys: Any) -> str:
        """Push a group with these members; returns the id."""
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": one} for one in members], **keys}
        status, made = await self.house.scim("POST", "/Groups", body, connection=connection or self.connection)
        assert status == 201, made
        return str(made["id"])

    async def join(self, group: str, *members: str) -> None:
        operation = {"op": "add", "path": "members", "value": [{"value": one} for one in members]}
        await self.house.patch(f"/Groups/{group}", operation, connection=self.connection)

    async def leave(self, group: str, *members: str) -> None:
        """Take members out of a group, and wait until the loss has settled."""
        for one in members:
            operation = {"op": "remove", "path": f'members[value eq "{one}"]'}
            await self.house.patch(f"/Groups/{group}", operation, connection=self.connection)
        await self.settled()

    async def settled(self) -> None:
        await self.house.idle()
        await self.house.jump(11)

    async def taken(self, version: int) -> None:
        """Wait until so many versions of the mapping were in service, and until what the last one takes has settled."""

        async def so() -> bool:
            return len(await self.house.audit("mapping.taken", connection=self.connection)) == version

        await self.house.until(so)
        await self.settled()

    # --- time

    def time_is(self, moment: datetime) -> None:
        """Now it is later."""
        self.house.clock.jump(moment.timestamp() - self.house.clock() / 1000)

    async def until(self, holds: Callable[[], Awaitable[Any]]) -> None:
        """Wait for what time brings: whenever nobody is due, a second is over."""

        async def so() -> Any:
            found = await holds()
            if not found:
                await self.house.jump(1)
            return found

        await self.house.until(so)
        await self.house.idle()

    async def until_roles_are(self, roles: dict[str, dict[str, str]]) -> None:
        """Wait for what will come, and for the end of all that is due."""

        async def so() -> bool:
            return self.house.roles() == roles

        await self.until(so)
        assert self.house.roles() == roles

    # --- what is there before us

    async def workspaces(self) -> None:
        """Make the organizations that the connection files name by their slugs."""
        there = {one["slug"] for one in self.house.sandbox.state()["organizations"]}
        for connection in self.house.parts.settings.connections.values():
            for alias, workspace in connection.workspaces.items():
                if workspace.id is not None and workspace.id not in there:
                    there.add(workspace.id)
                    await self.house.clerk("POST", "/organizations", {"name": alias.capitalize(), "slug": workspace.id})

    async def invited(self, email: str, workspace: str, role: str) -> str:
        """Somebody whom an admin had invited by hand; returns Clerk's id."""
        user = await self.house.clerk("POST", "/users", {"email_address": [email], "skip_password_requirement": True})
        await self.member(email.partition("@")[0], workspace, role)
        return str(user["id"])

    async def member(self, name: str, workspace: str, role: str) -> None:
        """A membership that somebody made by hand."""
        body = {"user_id": self.house.clerk_user(name)["id"], "role": f"org:{role}"}
        await self.house.clerk("POST", f"/organizations/{self.house.organization(workspace)}/memberships", body)

    # --- what people look at

    async def row(self, email: str, workspace: str) -> Row:
        found = await self.house.explain(email)
        return next(row for row in found.workspaces if row.workspace == workspace)

    async def run(self, *words: str) -> str:
        """A command beside the service, by the service's clock."""
        done = await asyncio.to_thread(CliRunner().invoke, main, words, env=self._environment())
        assert done.exit_code == 0, done.output or repr(done.exception)
        return str(done.output)

    async def shows(self, command: str) -> None:
        """Run the next command of this text that the page shows, and compare."""
        shown = next(one for one in self.left if one.command == command)
        self.left.remove(shown)
        self.told = True
        compare(self.recipe, shown, await self.run(*shlex.split(command)[1:]))

    async def rewrite(self, path: str, old: str, new: str) -> None:
        """Change a file as an operator would, and start the service anew."""
        file = self.house.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        await self.house.stop()
        file.write_text(text.replace(old, new), encoding="utf-8")
        await self.house.start()

    def _environment(self) -> dict[str, str]:
        return {
            "BRIDGE_DATA": str(self.house.folder / "data"),
            "BRIDGE_DATABASE_URL": self.house.database_url,
            "CLERK_API_URL": self.house.sandbox.url,
        }


Cook = Callable[..., Awaitable[Story]]


@pytest.fixture(autouse=True)
def silence() -> AsyncIterator[None]:
    """The service runs in this process and would log into a command's output."""
    structlog.configure(logger_factory=lambda *_: structlog.ReturnLogger())
    yield
    structlog.reset_defaults()


class _Then(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:
        return NOW.astimezone(tz)


@pytest.fixture(autouse=True)
def the_page_is_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are checked as on the day of the page: its rules are not over yet."""
    for module in ("bridge.cli.check", "bridge.rulebook.proposals"):
        monkeypatch.setattr(f"{module}.datetime", _Then)


@pytest.fixture(autouse=True)
def dates_and_files_are_looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not once a second: nobody waits for what time brings."""
    monkeypatch.setattr(reconcile, "CHORES", 0.05)


@pytest.fixture
async def cook(tmp_path: Path, database_url: str, sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Cook]:
    """Starts the service with a recipe's files. `but`: (path, old, new) changes of them; `at`: what the clock says.

    A test that shows one command of a recipe must show them all.
    """
    stories: list[Story] = []

    async def start(title: str, *but: tuple[str, str, str], at: datetime | None = None) -> Story:
        recipe = recipes()[title]
        recipe.write(tmp_path)
        for path, old, new in but:
            text = (tmp_path / path).read_text(encoding="utf-8")
            assert old in text, f"{path} has no {old!r} any more"
            (tmp_path / path).write_text(text.replace(old, new), encoding="utf-8")
        clock = Clock()
        if at is not None:
            clock.jump(at.timestamp() - clock() / 1000)
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TZ", "Europe/Berlin")
        time.tzset()
        for module in ("desk", "plan"):
            monkeypatch.setattr(f"bridge.cli.{module}.epoch_ms", clock)
        house = House(tmp_path, sandbox, database_url, clock)
        left = [one for one in recipe.shown if not one.command.startswith("inferpipe-bridge check")]
        stories.append(Story(recipe, house, left))
        await house.start()
        await stories[-1].workspaces()
        return stories[-1]

    yield start
    for story in stories:
        await story.house.stop()
        assert not story.told or story.left == [], "the page shows more"
    monkeypatch.undo()
    time.tzset()
