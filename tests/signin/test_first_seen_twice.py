"""Somebody comes for the first time twice at once, on PostgreSQL, where nobody waits for each other by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.util import await_only

from bridge.people import recognised
from bridge.provisioning import intake
from tests.signin.coming import Browser, signing
from tests.support.house import LONGEST, House

Houses = Callable[..., Awaitable[House]]
_WAITING = text(
    """SELECT count(*) AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'"""
)
_ACCOUNTS = text("SELECT count(*) AS n FROM account WHERE email_key = :key")
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


class HeldOpen:
    """The first transaction that comes to the end of `verb` waits there, before its commit, until it may go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: ModuleType, verb: str) -> None:
        self.there, self.go = asyncio.Event(), asyncio.Event()
        self._do = getattr(module, verb)
        monkeypatch.setattr(module, verb, self._held)

    def _held(self, *args: Any, **named: Any) -> Any:
        done = self._do(*args, **named)
        if not self.there.is_set():
            self.there.set()
            await_only(self.go.wait())
        return done

    async def while_other(self, house: House, other: Awaitable[Any]) -> Any:
        """Until the other is through, or waits for this one's commit; then both go on."""
        await self.there.wait()
        task = asyncio.ensure_future(other)
        try:
            await house.until(lambda: _stuck(house, task))
        finally:
            self.go.set()
        return await task


async def _stuck(house: House, task: "asyncio.Future[Any]") -> bool:
    row = await house.parts.database.point(lambda tx: tx.one(_WAITING))
    return task.done() or (row is not None and row["n"] > 0)


async def _accounts(house: House, name: str) -> int:
    row = await house.parts.database.point(lambda tx: tx.one(_ACCOUNTS, key=f"{name}@acme.example"))
    return int(row["n"]) if row else 0


async def _creating(houses: Houses) -> House:
    return await signing(await houses(), sign_in={"jit": "create"})


async def test_a_sign_in_finds_whom_the_directory_was_just_telling_of(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _creating(houses)
    first = HeldOpen(monkeypatch, intake, "record")
    async with Browser(house) as browser:
        answer = await browser.answer(in_response_to=await browser.begin())
        told = asyncio.ensure_future(house.user("mia"))
        await first.while_other(house, browser.post(answer))
        await told
    assert await _accounts(house, "mia") == 1


async def test_the_directory_continues_whom_a_sign_in_was_just_making(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await _creating(houses)
    first = HeldOpen(monkeypatch, recognised, "add")
    async with Browser(house) as browser:
        coming = asyncio.ensure_future(browser.come())
        await first.while_other(house, house.user("mia"))
        await coming
    assert await _accounts(house, "mia") == 1


@pytest.mark.parametrize("other", [{}, {"facts": {"id": ""}}, {"name_id": "m", "facts": {"email": "MIA@acme.example"}}])
async def test_of_two_sign_ins_the_second_finds_whom_the_first_was_just_making(
    houses: Houses, monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    house = await _creating(houses)
    first = HeldOpen(monkeypatch, recognised, "add")
    async with Browser(house) as one, Browser(house) as another:
        coming = asyncio.ensure_future(one.come())
        await first.while_other(house, another.come("mia", "okta", **other))
        await coming
    assert await _accounts(house, "mia") == 1


async def test_nobody_else_of_the_connection_waits_meanwhile(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await _creating(houses)
    first = HeldOpen(monkeypatch, intake, "record")
    told = asyncio.ensure_future(house.user("mia"))
    await first.there.wait()
    try:
        async with Browser(house) as browser, asyncio.timeout(LONGEST):
            await browser.come("ada")
        assert await _accounts(house, "ada") == 1
        assert not told.done()
    finally:
        first.go.set()
    await told
