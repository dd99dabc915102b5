"""/Users: parse, heal, run the verb behind the door, answer."""

from collections.abc import Sequence
from typing import Any

from aiohttp import web

from scim import filters, patch, render, users
from scim.change import Change
from scim.clean import clean_user
from scim.etags import etag, unchanged
from scim.ports import Row, Tx
from scim.web.shared import CALLER, Projection, Service, answer, body, done, healing, paging, resource_id, route


def mount(app: web.Application, service: Service, path: str) -> None:
    handlers = _Users(service)
    for collection in (path, f"{path}/"):  # Microsoft's collection asks with the slash
        route(app, collection, get=handlers.find, post=handlers.create)
    route(
        app,
        path + "/{id}",
        get=handlers.get,
        put=handlers.replace,
        patch=handlers.patch,
        delete=handlers.delete,
    )


class _Users:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def find(self, request: web.Request) -> web.StreamResponse:
        caller, heal, asked = request[CALLER], healing(request, self._service), Projection.of(request)
        query = filters.parse(request.query.get("filter"), "User", heal)
        start, count = paging(request)
        read = self._service.door.point if query.finds_one else self._service.door.read

        def work(tx: Tx) -> tuple[filters.Page, dict[int, list[Any]]]:
            found = filters.find(tx, caller.connection, "User", query, start, count)
            return found, users.groups_of(tx, [row["pk"] for row in found.rows]) if asked.wants("groups") else {}

        page, groups = await read(work)
        base = self._service.base(caller)
        shown = [asked.apply(render.user(row, base, groups.get(row["pk"], ())), "groups") for row in page.rows]
        done(request, heal)
        return answer(render.page(shown, page.total, start))

    async def get(self, request: web.Request) -> web.StreamResponse:
        caller, id, asked = request[CALLER], resource_id(request), Projection.of(request)

        def work(tx: Tx) -> tuple[Row, Sequence[Any]]:
            row = users.get(tx, caller.connection, id)
            return row, _groups(tx, row, asked)

        row, groups = await self._service.door.point(work)
        if unchanged(request.headers.get("If-None-Match"), row["version"]):
            return answer(None, status=304, headers={"ETag": etag(row["version"])})
        return self._answer(request, row, groups)

    async def create(self, request: web.Request) -> web.StreamResponse:
        caller, heal, asked = request[CALLER], healing(request, self._service), Projection.of(request)
        resource = clean_user(await body(request), heal)
        id, now = self._service.new_id(), self._service.clock()

        def work(tx: Tx) -> tuple[tuple[Row, Sequence[Any]], Change]:
            row, change = users.create(tx, caller.connection, resource, id=id, now=now)
            return (row, _groups(tx, row, asked) if "groups" in change.fields else ()), change

        row, groups = await self._service.door.change(caller, work)
        done(request, heal)
        return self._answer(request, row, groups, status=201)

    async def replace(self, request: web.Request) -> web.StreamResponse:
        caller, heal, asked = request[CALLER], healing(request, self._service), Projection.of(request)
        resource = clean_user(await body(request), heal)
        id, now, tag = resource_id(request), self._service.clock(), request.headers.get("If-Match")

        def work(tx: Tx) -> tuple[tuple[Row, Sequence[Any]], Change | None]:
            row, change = users.replace(tx, caller.connection, id, resource, now=now, if_match=tag)
            return (row, _groups(tx, row, asked)), change

        row, groups = await self._service.door.change(caller, work)
        done(request, heal)
        return self._answer(request, row, groups)

    async def patch(self, request: web.Request) -> web.StreamResponse:
        caller, heal, asked = request[CALLER], healing(request, self._service), Projection.of(request)
        operations = patch.operations(await body(request), heal)
        id, now, tag = resource_id(request), self._service.clock(), request.headers.get("If-Match")

        def work(tx: Tx) -> tuple[tuple[Row, Sequence[Any]], Change | None]:
            row, change = users.patch(tx, caller.connection, id, operations, now=now, healing=heal, if_match=tag)
            return (row, _groups(tx, row, asked)), change

        row, groups = await self._service.door.change(caller, work)
        done(request, heal)
        return self._answer(request, row, groups)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        caller = request[CALLER]
        id, now, tag = resource_id(request), self._service.clock(), request.headers.get("If-Match")
        await self._service.door.change(caller, lambda tx: users.delete(tx, caller.connection, id, now=now, if_match=tag))
        return answer(None, status=204)

    def _answer(self, request: web.Request, row: Row, groups: Sequence[Any], *, status: int = 200) -> web.StreamResponse:
        base = self._service.base(request[CALLER])
        headers = {"ETag": etag(row["version"])}
        if status == 201:
            headers["Location"] = f"{base}/Users/{row['id']}"
        shown = Projection.of(request).apply(render.user(row, base, groups), "groups")
        return answer(shown, status=status, headers=headers)


def _groups(tx: Tx, row: Row, asked: Projection) -> Sequence[Any]:
    return users.groups_of(tx, [row["pk"]])[row["pk"]] if asked.wants("groups") else ()
