"""Users whose extension has an attribute of every kind."""

from typing import Any

from tests.scim.conftest import BADGE, USER, Answer, Host

WHOLE: dict[str, Any] = {
    "number": 7,
    "weight": 12.5,
    "issued": "2026-05-01T10:00:00+02:00",
    "color": "Blue",
    "serial": "S-1",
    "notes": "fragile",
    "pin": "1234",
    "doors": ["front", "Lab"],
    "valid": True,
    "holder": {"place": "Lobby", "floor": 1},
}
HIDDEN = {"notes", "pin"}
SHOWN = {key: value for key, value in WHOLE.items() if key not in HIDDEN}


async def posted(host: Host, badge: Any = None, *, connection: str = "extended", **keys: Any) -> Answer:
    body = {"schemas": [USER, BADGE], "userName": "ada", **keys, **({BADGE: badge} if badge is not None else {})}
    return await host.call("POST", "/Users", body, connection=connection)


async def ada_with(host: Host, badge: Any = None, *, connection: str = "extended", **keys: Any) -> str:
    answer = await posted(host, WHOLE if badge is None else badge, connection=connection, **keys)
    assert answer.status == 201, answer.body
    return answer.id


async def badge_of(host: Host, id: str, *, connection: str = "extended") -> Any:
    return (await host.get(f"/Users/{id}", connection=connection)).get(BADGE)


async def patched(host: Host, id: str, *operations: dict[str, Any], connection: str = "extended") -> Answer:
    return await host.patch(f"/Users/{id}", *operations, connection=connection)
