"""`inferpipe-bridge requests` beside a running service."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest

from tests.support.command_line import run
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


async def _busy(houses: Houses) -> House:
    house = await houses()
    mia = await house.user("mia")
    await house.patch(f"/Users/{mia}", {"op": "Replace", "path": "active", "value": "False"})
    await house.scim("GET", "/Users/nobody")
    await house.scim("GET", "/Users", secret="brg_wrong")
    await house.parts.requests.flush()
    return house


async def _found(house: House, *words: str) -> list[Any]:
    text = await run(house, "requests", "acme", "--json", *words)
    return [orjson.loads(line) for line in text.splitlines()]


async def test_requests_are_listed_and_chosen(houses: Houses) -> None:
    house = await _busy(houses)
    assert [one["status"] for one in await _found(house)] == [201, 200, 404, 401]
    assert [one["status"] for one in await _found(house, "-n", "2")] == [404, 401]
    assert [one["status"] for one in await _found(house, "--status", "4xx")] == [404, 401]
    assert [one["status"] for one in await _found(house, "--status", "201")] == [201]
    assert [one["method"] for one in await _found(house, "--method", "patch")] == ["PATCH"]
    assert [one["healers"] for one in await _found(house, "--healed")] == [["capital-op", "text-boolean"]]


async def test_requests_read_like_sentences_with_the_bodies_of_what_failed(houses: Houses) -> None:
    house = await _busy(houses)
    text = await run(house, "requests", "acme")
    assert "healed: capital-op, text-boolean" in text
    assert "    There is no user nobody." in text
    assert "  401  GET    /Users  " in text
    assert "nobody  127.0.0.1" in text
    assert "mia@acme.example" not in text
    assert "mia@acme.example" in await run(house, "requests", "acme", "--body")


async def test_words_that_mean_nothing_are_a_sentence(houses: Houses) -> None:
    house = await houses()
    assert "There is no connection nowhere" in await run(house, "requests", "nowhere", code=1)
    assert "4x is no status" in await run(house, "requests", "acme", "--status", "4x", code=1)
    assert "No request for acme has come yet." in await run(house, "requests", "acme")


async def test_who_follows_sees_each_request_once(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await _busy(houses)
    seen: list[str] = []
    rounds = iter(range(3))

    async def next_round(_: float) -> None:
        number = next(rounds, None)
        if number is None:
            raise KeyboardInterrupt
        done = asyncio.run_coroutine_threadsafe(_another(house), loop)
        await asyncio.wrap_future(done)

    loop = asyncio.get_running_loop()
    monkeypatch.setattr("bridge.cli.requests._pause", next_round)

    text = await run(house, "requests", "acme", "--follow", "-n", "1", code=1)
    seen = [line.split("  ")[1] for line in text.splitlines() if line.startswith("20")]
    assert seen == ["401", "200", "200", "200"]


async def _another(house: House) -> None:
    await house.scim("GET", "/Users")
    await house.parts.requests.flush()
