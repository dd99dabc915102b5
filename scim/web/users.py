"""/Users: parse, heal, run the verb behind the door, answer."""

from typing import Any

from aiohttp import web

from scim import filters, patch, render, users
from scim.clean import clean_user
from scim.ports import Tx
from scim.web.routes import CALLER, Service, answer, body, done, healing, paging, project, projection, route


def mount(app: web.Application, service: Service, path: str) -> None:
    handlers = _Users(service)
    route(app, path, get=handlers.find, post=handlers.create)
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
        caller, heal = request[CALLER], healing(request, self._service)
        query = filters.parse(request.query.get("filter"), "User", heal)
        start, count = paging(request)
        read = self._service.door.point if query.clauses else self._service.door.read

        def work(tx: Tx) -> tuple[filters.Page, dict[int, list[Any]]]:
            found = filters.find(tx, caller.connection, "User", query, start, count)
            return found, {row["pk"]: users.groups_of(tx, row["pk"]) for row in found.rows}

        page, groups = await read(work)
        base, (included, excluded) = self._service.base(caller), projection(request)
        shown = [project(render.user(row, base, groups[row["pk"]]), included, excluded) for row in page.rows]
        done(request, heal)
        return answer(render.page(shown, page.total, start))

    async def get(self, request: web.Request) -> web.StreamResponse:
        caller, id = request[CALLER], request.match_info["id"]

        def work(tx: Tx) -> tuple[Any, list[Any]]:
            row = users.get(tx, caller.connection, id)
            return row, users.groups_of(tx, row["pk"])

        row, groups = await self._service.door.point(work)
        tag = render.etag(row["version"])
        if request.headers.get("If-None-Match") == tag:
            return answer(None, status=304, headers={"ETag": tag})
        return self._answer(request, row, groups)

    async def create(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        resource = clean_user(await body(request), heal)
        id, now = self._service.new_id(), self._service.clock()
        row = await self._service.door.change(
            caller, lambda tx: users.create(tx, caller.connection, resource, id=id, now=now)
        )
        done(request, heal)
        return self._answer(request, row, (), status=201, location=True)

    async def replace(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        resource = clean_user(await body(request), heal)
        id, now, tag = request.match_info["id"], self._service.clock(), request.headers.get("If-Match")
        row = await self._service.door.change(
            caller, lambda tx: users.replace(tx, caller.connection, id, resource, now=now, if_match=tag)
        )
        done(request, heal)
        return await self._with_groups(request, row)

    async def patch(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        operations = patch.operations(await body(request), heal)
        id, now, tag = request.match_info["id"], self._service.clock(), request.headers.get("If-Match")
        row = await self._service.door.change(
            caller,
            lambda tx: users.patch(tx, caller.connection, id, operations, now=now, healing=heal, if_match=tag),
        )
        done(request, heal)
        return await self._with_groups(request, row)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        caller = request[CALLER]
        id, now, tag = request.match_info["id"], self._service.clock(), request.headers.get("If-Match")
        await self._service.door.change(caller, lambda tx: users.delete(tx, caller.connection, id, now=now, if_match=tag))
        return answer(None, status=204)

    async def _with_groups(self, request: web.Request, row: Any) -> web.StreamResponse:
        groups = await self._service.door.point(lambda tx: users.groups_of(tx, row["pk"]))
        return self._answer(request, row, groups)

    def _answer(
        self, request: web.Request, row: Any, groups: Any, *, status: int = 200, location: bool = False
    ) -> web.StreamResponse:
        base, (included, excluded) = self._service.base(request[CALLER]), projection(request)
        headers = {"ETag": render.etag(row["version"])}
        if location:
            headers["Location"] = f"{base}/Users/{row['id']}"
        shown = project(render.user(row, base, groups), included, excluded)
        return answer(shown, status=status, headers=headers)
