"""The service, with a door that signs somebody in without SAML: `python -m bench.doorway` is `serve` and one route more.

    POST /bench/enter {"connection": …, "subject": …}   the id that SCIM gave; answers {"organization", "role"}

What stands behind the door is the product's own last step of a sign-in (bridge/signin/finish.py).
"""

from typing import Any

import orjson
from aiohttp import web
from sqlalchemy import text

from bridge import cli
from bridge.app import PARTS, build
from bridge.cli import serve
from bridge.settings import Settings

_PERSON = text("SELECT person FROM account WHERE connection = :connection AND subject = :subject")


def with_door(settings: Settings) -> web.Application:
    app = build(settings)
    app.router.add_post("/bench/enter", _enter)
    return app


async def _enter(request: web.Request) -> web.Response:
    asked: dict[str, Any] = orjson.loads(await request.read())
    parts = request.app[PARTS]
    row = await parts.database.point(lambda tx: tx.one(_PERSON, **asked))
    assert row is not None, "the connector was told that this person is there"
    entry = await parts.finish.by_ticket(row["person"], asked["connection"])
    return web.json_response({"organization": entry.organization, "role": entry.role})


if __name__ == "__main__":
    serve.build = with_door  # type: ignore[attr-defined]  # the command's own start, lock and all
    cli.main(["serve"])
