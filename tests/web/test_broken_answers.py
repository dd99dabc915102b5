"""An answer that is sent in pieces and can't be ended: the client must learn that, and at once."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import ClientPayloadError

from bridge.store.errors import StoreError
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]


@pytest.mark.parametrize("error", [StoreError("store.down", "The database is gone."), RuntimeError("a bug")])
async def test_an_answer_that_breaks_off_ends_the_connection(
    houses: Houses, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """No second answer in the middle of the first one, which clients wait for the end of."""
    house = await houses()
    group = await house.group("engineers", *(f"m{number}" for number in range(1500)))
    steps = house.parts.database.steps

    async def broken(step: Callable[[Any], Any]) -> AsyncGenerator[Any, None]:
        pieces = steps(step)
        yield await anext(pieces)
        await pieces.aclose()
        raise error

    monkeypatch.setattr(house.parts.database, "steps", broken)
    with pytest.raises(ClientPayloadError):
        async with asyncio.timeout(10):
            await house.scim("GET", f"/Groups/{group}")
    monkeypatch.undo()
    status, body = await house.scim("GET", f"/Groups/{group}")
    assert (status, len(body["members"])) == (200, 1500)
