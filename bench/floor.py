"""The floor: what no Python service on this stack can be below. aiohttp, orjson, one raw statement a request; no token is
asked for, nothing is validated, logged, counted, marked or audited. Run by bench/scene.py as a process of its own.

    python -m bench.floor PORT DATABASE_URL

It works on a copy of the service's own database, so trees are as deep and indexes as many, and answers as many bytes as the
service does (`answer_as`). SQLite has the service's pragmas and one connection on the loop's thread, where a statement costs
least CPU, each write its own durable commit; PostgreSQL has raw asyncpg and a pool that resets nothing.
"""

import re
import sqlite3
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from aiohttp import web

from bridge.store.url import sqlite_file

GET = "SELECT body FROM scim_user WHERE connection = $1 AND id = $2"
FIND = "SELECT body FROM scim_user WHERE connection = $1 AND user_name_key = $2"
CREATE = """INSERT INTO scim_user (connection, id, external_id, user_name, user_name_key, active, created, modified, version,
  body) VALUES ($1, $2, $3, $4, $4, true, 0, 0, 1, $5) RETURNING pk"""
ACTIVE = """UPDATE scim_user SET active = $3, version = version + 1 WHERE connection = $1 AND id = $2 RETURNING body"""
JOIN = """INSERT INTO scim_member (group_pk, user_pk) SELECT g.pk, u.pk FROM scim_group g, scim_user u
  WHERE g.connection = $1 AND g.id = $2 AND u.connection = $1 AND u.id = $3 ON CONFLICT DO NOTHING RETURNING user_pk"""
_ANSWER = "UPDATE scim_user SET body = $3 WHERE connection = $1 AND id = $2"
_META = {"resourceType": "User", "created": "2026-01-01T00:00:00.000Z", "lastModified": "2026-01-01T00:00:00.000Z"}
_LIST = b'{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":1,"startIndex":1,"itemsPerPage":1'
Row = Callable[..., Awaitable[Any]]


async def build(url: str) -> web.Application:
    """The application; the statements run on `url`."""
    one = _sqlite(sqlite_file(url)) if url.startswith("sqlite") else await _postgresql(url)
    handlers = _Handlers(one)
    app = web.Application()
    users, groups = "/scim/v2/{connection}/Users", "/scim/v2/{connection}/Groups"
    app.router.add_get(users, handlers.find)
    app.router.add_post(users, handlers.create)
    app.router.add_get(users + "/{id}", handlers.get)
    app.router.add_patch(users + "/{id}", handlers.active)
    app.router.add_patch(groups + "/{id}", handlers.join)
    app.router.add_get("/healthz", handlers.health)
    return app


async def answer_as(url: str, answers: Iterable[tuple[str, str, bytes]]) -> None:
    """Keep what the service answers for users, groups and all: connection, id, bytes."""
    path = sqlite_file(url)
    if path is None:
        connection = await asyncpg.connect(url)
        try:
            await connection.executemany(_ANSWER, answers)
        finally:
            await connection.close()
    else:
        with closing(sqlite3.connect(path)) as file, file:
            file.executemany(re.sub(r"\$(\d)", r"?\1", _ANSWER), answers)


class _Handlers:
    def __init__(self, one: Row) -> None:
        self._one = one

    async def get(self, request: web.Request) -> web.Response:
        row = await self._one(GET, request.match_info["connection"], request.match_info["id"])
        return _answer(bytes(row[0]))

    async def find(self, request: web.Request) -> web.Response:
        name = request.query["filter"].split('"')[1]
        row = await self._one(FIND, request.match_info["connection"], name)
        return _answer(_LIST + b',"Resources":[' + bytes(row[0]) + b"]}")

    async def create(self, request: web.Request) -> web.Response:
        user = orjson.loads(await request.read())
        user["id"] = str(uuid.uuid4())
        user["meta"] = {**_META, "version": 'W/"1"', "location": f"http://127.0.0.1{request.path}/{user['id']}"}
        body = orjson.dumps(user)
        await self._one(CREATE, request.match_info["connection"], user["id"], user["externalId"], user["userName"], body)
        return _answer(body, 201)

    async def active(self, request: web.Request) -> web.Response:
        value = orjson.loads(await request.read())["Operations"][0]["value"]["active"]
        row = await self._one(ACTIVE, request.match_info["connection"], request.match_info["id"], value)
        return _answer(bytes(row[0]))

    async def join(self, request: web.Request) -> web.Response:
        member = orjson.loads(await request.read())["Operations"][0]["value"][0]["value"]
        await self._one(JOIN, request.match_info["connection"], request.match_info["id"], member)
        return web.Response(status=204)

    async def health(self, _: web.Request) -> web.Response:
        return _answer(b"{}")


def _answer(body: bytes, status: int = 200) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/scim+json")


def _sqlite(path: Path | None) -> Row:
    assert path is not None
    connection = sqlite3.connect(path, isolation_level=None, cached_statements=512)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")

    async def one(sql: str, *values: object) -> Any:
        # to its end: a half-read statement would not commit. $1 is a name to sqlite3
        rows = connection.execute(sql, {str(place): value for place, value in enumerate(values, 1)}).fetchall()
        return rows[0] if rows else None

    return one


async def _postgresql(url: str) -> Row:
    async def nothing(_: Any) -> None:
        return

    pool = await asyncpg.create_pool(url, min_size=1, max_size=10, reset=nothing)
    row: Row = pool.fetchrow
    return row


if __name__ == "__main__":
    web.run_app(build(sys.argv[2]), host="127.0.0.1", port=int(sys.argv[1]), access_log=None, print=None)
