"""GET /_sandbox/why/USER: why a user of Clerk has what they have, for the dashboard that stands beside the sandbox.

A real dashboard has no such address to ask: it is there while `serve` runs on the sandbox, which alone knows the secret.
"""

from hmac import compare_digest
from typing import Any

import orjson
from aiohttp import web

from bridge.answers.explain import Explained, explain
from bridge.people import persons
from bridge.provisioning.tools import Tools
from bridge.settings.references import Secret
from scim.ports import Tx

PATH = "/_sandbox/why/{user}"


def mount(app: web.Application, tools: Tools, secret: Secret) -> None:
    """Add the address; without the secret it answers 401, of a user that we don't know 404."""
    expected = f"Bearer {secret.reveal()}".encode()

    async def why(request: web.Request) -> web.Response:
        if not compare_digest(request.headers.get("Authorization", "").encode(), expected):
            return web.Response(status=401)
        user = request.match_info["user"]
        explained = await tools.database.read(lambda tx: _explained(tx, tools, user))
        return _json(explained) if explained else web.Response(status=404)

    app.router.add_get(PATH, why)


def _explained(tx: Tx, tools: Tools, user: str) -> Explained | None:
    person = persons.by_clerk_user(tx, tools.instance, user)
    return explain(tx, tools.settings, tools.rulebook, person.pk, now=tools.clock()) if person else None


def _json(explained: Explained) -> web.Response:
    """The accounts by their connections, and the rows of workspaces; facts of the directory stay here."""
    accounts: list[dict[str, Any]] = [
        {"connection": one.connection, "provider": one.provider, "state": one.state} for one in explained.accounts
    ]
    told = {"accounts": accounts, "workspaces": [row.as_dict() for row in explained.workspaces]}
    return web.Response(body=orjson.dumps(told), content_type="application/json", headers={"Cache-Control": "no-store"})
