"""What tests of sessions ask of a house."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import orjson
from aiohttp import ClientSession
from sqlalchemy import text

from bridge.people import find
from bridge.provisioning.sessions import due
from bridge.provisioning.sessions.limits import sets_any
from scim.ports import Tx
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
HOUR = 3600
LOOKS, REVOCATIONS, SWEEPS = "GET /v1/sessions", "POST /v1/sessions/{session_id}/revoke", "GET /v1/users"
_WAITING = text("SELECT count(*) AS n FROM person WHERE sessions_due <= :now")
_ROW = text("SELECT sessions_due, session_watch FROM person WHERE pk = :pk")


def limits(**spans: str) -> dict[str, Any]:
    """A connection's key."""
    return {"sign_in": {"sessions": spans}}


async def engineer(house: House, name: str = "mia", **keys: Any) -> str:
    """Somebody with a role, whom the service's first sweep did not see; their SCIM id."""
    if any(map(sets_any, house.parts.settings.connections.values())):
        await house.until(partial(_swept_once, house))
    user = await house.user(name, **keys)
    await house.group(f"engineers{'' if name == 'mia' else name}", user)
    await house.idle()
    return user


async def _swept_once(house: House) -> bool:
    return calls(house, SWEEPS) > 0


def calls(house: House, name: str) -> int:
    return house.sandbox.calls().get(name, 0)


def live(house: House) -> set[str]:
    """Ids of the sessions that are alive at Clerk."""
    return {one["id"] for one in house.sandbox.state()["sessions"] if one["status"] in {"active", "pending"}}


async def judged(house: House) -> None:
    """Everybody whose sessions are due is judged."""

    async def nobody() -> bool:
        row = await house.parts.database.read(lambda tx: tx.one(_WAITING, now=house.clock()))
        return row is not None and row["n"] == 0

    await house.until(nobody)


async def swept(house: House) -> None:
    """Half an hour and two sweeps later: whom the first one found is judged before the second."""
    for _ in range(2):
        before = calls(house, SWEEPS)
        house.clock.jump(901)

        async def again(before: int = before) -> bool:
            return calls(house, SWEEPS) > before

        await house.until(again)


async def browser(house: House, session: str, act: str) -> None:
    """What somebody does with a session: ``touch`` it (work) or ``remove`` it (sign out)."""
    client = next(one["client_id"] for one in house.sandbox.state()["sessions"] if one["id"] == session)
    url = f"{house.sandbox.url}/v1/client/sessions/{session}/{act}"
    async with ClientSession(headers={"Cookie": f"__client={client}"}) as http, http.post(url) as answer:
        assert answer.status == 200, await answer.text()


async def later(house: House, seconds: float) -> None:
    house.clock.jump(seconds)
    await judged(house)


async def person(house: House, name: str, *, connection: str = "acme") -> int:
    found = await house.parts.database.read(lambda tx: find.persons(tx, f"{name}@{connection}.example"))
    return found[0].pk


async def seen(house: House, name: str) -> None:
    """As a webhook or a ticket of ours tells it."""
    pk, now = await person(house, name), house.clock()
    await house.parts.database.write(lambda tx: due.seen(tx, pk, now))


async def row(house: House, name: str) -> tuple[int | None, Any]:
    """(when due, what is known)"""
    pk = await person(house, name)

    def read(tx: Tx) -> Any:
        return tx.one(_ROW, pk=pk)

    found = await house.parts.database.read(read)
    return found["sessions_due"], orjson.loads(found["session_watch"]) if found["session_watch"] else None
