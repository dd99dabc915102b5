"""Why somebody has a role: that is known to the bridge alone, so the bridge is asked, with the secret that it told.

`inferpipe-bridge serve` tells where it answers by POST /_sandbox/bridge; that is kept in memory, as its webhooks are.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bridge.sandbox.idp.services import is_near

_PATIENCE = ClientTimeout(total=3)
_NOT_TOLD = "Nobody told the dashboard of a bridge that it may ask."


@dataclass(slots=True)
class Bridge:
    """`url` of the bridge, empty until it is told; `secret` goes with each question."""

    url: str = ""
    secret: str = field(default="", repr=False)


BRIDGE = web.AppKey("bridge", Bridge)


def tell(bridge: Bridge, told: Any) -> None:
    """Ask there from now on; ValueError says what is wrong."""
    if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in ("url", "secret")):
        raise ValueError("a bridge is an object with `url` and `secret`")
    if not is_near(told["url"]):
        raise ValueError(f"url must be an address of this machine (127.0.0.1, ::1 or localhost): {told['url']}")
    bridge.url, bridge.secret = told["url"].rstrip("/"), told["secret"]


async def why(bridge: Bridge, user_id: str) -> dict[str, Any]:
    """{workspaces, accounts} as the bridge explains them, or {problem}: a sentence."""
    if not bridge.url:
        return {"problem": _NOT_TOLD}
    headers = {"Authorization": f"Bearer {bridge.secret}"}
    try:
        async with (
            ClientSession(timeout=_PATIENCE, headers=headers) as session,
            session.get(f"{bridge.url}/_sandbox/why/{user_id}") as answer,
        ):
            status, body = answer.status, await answer.read()
        found = orjson.loads(body) if status == 200 else None
    except (ClientError, TimeoutError, ValueError) as error:
        return {"problem": f"The bridge at {bridge.url} gives no answer ({type(error).__name__})."}
    if not isinstance(found, dict):
        return {"problem": "The bridge does not know this user." if status == 404 else f"The bridge answered {status}."}
    return found
