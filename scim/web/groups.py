"""/Groups: as /Users, with members read only where they are asked for."""

from typing import Any

from aiohttp import web

from scim import filters, groups, members, patch, render
from scim.clean import clean_group
from scim.etags import etag, unchanged
from scim.ports import Row, Tx
from scim.web.shared import CALLER, Projection, Service, answer, body, done, healing, paging, resource_id, route


def mount(app: web.Application, service: Service, path: str) -> None:
    handlers = _Groups(service)
    for collection in (path, f"{path}/"):
        route(app, collection, get=handlers.find, post=handlers.create)
    route(
        app,
        path + "/{id}",
        get=handlers.get,
        put=handlers.replace,
        patch=handlers.patch,
        delete=handlers.delete,
    )


class _Groups:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def find(self, request: web.Request) -> web.StreamResponse:
        caller, heal, asked = request[CALLER], healing(request, self._service), Projection.of(request)
        query = filters.parse(request.query.get("filter"), "Group", heal)
        start, count = paging(request)
        with_members = asked.wants("members")
        read = self._service.door.point if query.finds_one and not with_members else self._service.door.read

        def work(tx: Tx) -> tuple[filters.Page, dict[int, list[Any]]]:
            found = filters.find(tx, caller.connection, "Group", query, start, count)
            return found, {row["pk"]: members.of(tx, row["pk"]) for row in found.rows} if with_members else {}

        page, of = await read(work)
        base = self._service.base(caller)
        shown = [asked.apply(render.group(row, base, of.get(row["pk"])), "members") for row in page.rows]
        done(request, heal)
        return answer(render.page(shown, page.total, start))

    async def get(self, request: web.Request) -> web.StreamResponse:
        caller, id = request[CALLER], resource_id(request)
        with_members = Projection.of(request).wants("members")
        tag = request.headers.get("If-None-Match")

        def work(tx: Tx) -> tuple[Row, list[Any] | None]:
            row = groups.get(tx, caller.connection, id)
            return row, members.of(tx, row["pk"]) if with_members and not unchanged(tag, row["version"]) else None

        row, found = await (self._service.door.read if with_members else self._service.door.point)(work)
        if unchanged(tag, row["version"]):
            return answer(None, status=304, headers={"ETag": etag(row["version"])})
        return self._answer(request, row, found)

    async def create(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        resource = clean_group(await body(request), heal)
        id, now, unique = self._service.new_id(), self._service.clock(), self._unique(request)
        row = await self._service.door.change(
            caller, lambda tx: groups.create(tx, caller.connection, resource, id=id, now=now, unique_names=unique)
        )
        done(request, heal)
        return await self._with_members(request, row, status=201)

    async def replace(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        resource = clean_group(await body(request), heal)
        id, now, unique = resource_id(request), self._service.clock(), self._unique(request)
        tag = request.headers.get("If-Match")
        row = await self._service.door.change(
            caller,
            lambda tx: groups.replace(tx, caller.connection, id, resource, now=now, unique_names=unique, if_match=tag),
        )
        done(request, heal)
        return await self._with_members(request, row)

    async def patch(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        operations = patch.operations(await body(request), heal)
        id, now, unique = resource_id(request), self._service.clock(), self._unique(request)
        tag = request.headers.get("If-Match")
        row = await self._service.door.change(
            caller,
            lambda tx: groups.patch(
                tx, caller.connection, id, operations, now=now, healing=heal, unique_names=unique, if_match=tag
            ),
        )
        done(request, heal)
        return answer(None, status=204, headers={"ETag": etag(row["version"])})

    async def delete(self, request: web.Request) -> web.StreamResponse:
        caller = request[CALLER]
        id, now, tag = resource_id(request), self._service.clock(), request.headers.get("If-Match")
        await self._service.door.change(caller, lambda tx: groups.delete(tx, caller.connection, id, now=now, if_match=tag))
        return answer(None, status=204)

    def _unique(self, request: web.Request) -> bool:
        return self._service.options(request[CALLER].connection).unique_group_names

    async def _with_members(self, request: web.Request, row: Row, *, status: int = 200) -> web.StreamResponse:
        found = None
        if Projection.of(request).wants("members"):
            found = await self._service.door.read(lambda tx: members.of(tx, row["pk"]))
        return self._answer(request, row, found, status=status)

    def _answer(self, request: web.Request, row: Row, found: list[Any] | None, *, status: int = 200) -> web.StreamResponse:
        base = self._service.base(request[CALLER])
        headers = {"ETag": etag(row["version"])}
        if status == 201:
            headers["Location"] = f"{base}/Groups/{row['id']}"
        shown = Projection.of(request).apply(render.group(row, base, found), "members")
        return answer(shown, status=status, headers=headers)
