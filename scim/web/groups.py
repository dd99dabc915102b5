"""/Groups: as /Users, with members read only where they are asked for."""

from typing import Any

from aiohttp import web

from scim import filters, groups, members, patch, render
from scim.clean import clean_group
from scim.ports import Tx
from scim.web.routes import CALLER, Service, answer, body, done, healing, paging, project, projection, route


def mount(app: web.Application, service: Service, path: str) -> None:
    handlers = _Groups(service)
    route(app, path, get=handlers.find, post=handlers.create)
    route(
        app,
        path + "/{id}",
        get=handlers.get,
        put=handlers.replace,
        patch=handlers.patch,
        delete=handlers.delete,
    )


def _wants_members(included: frozenset[str], excluded: frozenset[str]) -> bool:
    if included:
        return any(name == "members" or name.startswith("members.") for name in included)
    return "members" not in excluded


class _Groups:
    def __init__(self, service: Service) -> None:
        self._service = service

    async def find(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        query = filters.parse(request.query.get("filter"), "Group", heal)
        start, count = paging(request)
        included, excluded = projection(request)
        with_members = _wants_members(included, excluded)

        def work(tx: Tx) -> tuple[filters.Page, dict[int, Any]]:
            found = filters.find(tx, caller.connection, "Group", query, start, count)
            return found, {row["pk"]: members.of(tx, row["pk"]) for row in found.rows} if with_members else {}

        page, of = await self._service.door.read(work)
        base = self._service.base(caller)
        shown = [project(render.group(row, base, of.get(row["pk"])), included, excluded) for row in page.rows]
        done(request, heal)
        return answer(render.page(shown, page.total, start))

    async def get(self, request: web.Request) -> web.StreamResponse:
        caller, id = request[CALLER], request.match_info["id"]
        if not _wants_members(*projection(request)):
            return self._answer(
                request, await self._service.door.point(lambda tx: groups.get(tx, caller.connection, id)), None
            )

        def work(tx: Tx) -> tuple[Any, list[Any]]:
            row = groups.get(tx, caller.connection, id)
            return row, members.of(tx, row["pk"])

        return self._answer(request, *await self._service.door.read(work))

    async def create(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        resource = clean_group(await body(request), heal)
        id, now, unique = self._service.new_id(), self._service.clock(), self._unique(request)
        row = await self._service.door.change(
            caller, lambda tx: groups.create(tx, caller.connection, resource, id=id, now=now, unique_names=unique)
        )
        done(request, heal)
        return await self._with_members(request, row, status=201, location=True)

    async def replace(self, request: web.Request) -> web.StreamResponse:
        caller, heal = request[CALLER], healing(request, self._service)
        resource = clean_group(await body(request), heal)
        id, now, unique = request.match_info["id"], self._service.clock(), self._unique(request)
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
        id, now, unique = request.match_info["id"], self._service.clock(), self._unique(request)
        tag = request.headers.get("If-Match")
        await self._service.door.change(
            caller,
            lambda tx: groups.patch(
                tx, caller.connection, id, operations, now=now, healing=heal, unique_names=unique, if_match=tag
            ),
        )
        done(request, heal)
        return answer(None, status=204)

    async def delete(self, request: web.Request) -> web.StreamResponse:
        caller = request[CALLER]
        id, now, tag = request.match_info["id"], self._service.clock(), request.headers.get("If-Match")
        await self._service.door.change(caller, lambda tx: groups.delete(tx, caller.connection, id, now=now, if_match=tag))
        return answer(None, status=204)

    def _unique(self, request: web.Request) -> bool:
        return self._service.options(request[CALLER].connection).unique_group_names

    async def _with_members(
        self, request: web.Request, row: Any, *, status: int = 200, location: bool = False
    ) -> web.StreamResponse:
        found = None
        if _wants_members(*projection(request)):
            found = await self._service.door.read(lambda tx: members.of(tx, row["pk"]))
        return self._answer(request, row, found, status=status, location=location)

    def _answer(
        self, request: web.Request, row: Any, found: Any, *, status: int = 200, location: bool = False
    ) -> web.StreamResponse:
        base, (included, excluded) = self._service.base(request[CALLER]), projection(request)
        headers = {"ETag": render.etag(row["version"])}
        if location:
            headers["Location"] = f"{base}/Groups/{row['id']}"
        return answer(project(render.group(row, base, found), included, excluded), status=status, headers=headers)
