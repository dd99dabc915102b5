"""/Users: each operation as `Call` -> `Reply`."""

from collections.abc import Sequence
from typing import Any

from scim import patch, render, users
from scim.change import Change
from scim.clean import clean
from scim.etags import etag, unchanged
from scim.ports import Row, Tx
from scim.projection import Projection
from scim.web.call import Call, Reply, resource_reply
from scim.web.service import Service

Shown = tuple[Row, Sequence[Any]]
"""A user's row, and those of their groups."""


class Users:
    """The operations on one user, and how a found one is shown."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def get(self, call: Call) -> Reply:
        asked = call.projection(call.options.users)

        def work(tx: Tx) -> Shown:
            if asked.wants("groups"):
                return users.get_with_groups(tx, call.caller.connection, call.id)
            return users.get(tx, call.caller.connection, call.id), ()

        row, groups = await self._service.door.point(work)
        if unchanged(call.if_none_match, row["version"]):
            return Reply(304, None, {"ETag": etag(row["version"])})
        return self._reply(call, row, groups, asked)

    async def create(self, call: Call) -> Reply:
        shape, asked, connection = call.options.users, call.projection(call.options.users), call.caller.connection
        resource, now = clean(call.data, shape, call.healing), self._service.clock()

        def work(tx: Tx) -> tuple[Shown, Change]:
            row, change = users.create(tx, connection, resource, id=call.id, now=now, shape=shape)
            return (row, _groups(tx, row, asked) if "groups" in change.fields else ()), change

        row, groups = await self._service.door.change(call.caller, work)
        return self._reply(call, row, groups, asked, status=201)

    async def replace(self, call: Call) -> Reply:
        shape, asked, connection = call.options.users, call.projection(call.options.users), call.caller.connection
        resource, now = clean(call.data, shape, call.healing), self._service.clock()

        def work(tx: Tx) -> tuple[Shown, Change | None]:
            row, change = users.replace(tx, connection, call.id, resource, now=now, if_match=call.if_match, shape=shape)
            return (row, _groups(tx, row, asked)), change

        row, groups = await self._service.door.change(call.caller, work)
        return self._reply(call, row, groups, asked)

    async def patch(self, call: Call) -> Reply:
        shape, asked, connection = call.options.users, call.projection(call.options.users), call.caller.connection
        operations, now = patch.operations(call.data, call.healing), self._service.clock()
        given: dict[str, Any] = {"now": now, "healing": call.healing, "if_match": call.if_match, "shape": shape}

        def work(tx: Tx) -> tuple[Shown, Change | None]:
            row, change = users.patch(tx, connection, call.id, operations, **given)
            return (row, _groups(tx, row, asked)), change

        row, groups = await self._service.door.change(call.caller, work)
        return self._reply(call, row, groups, asked)

    async def delete(self, call: Call) -> Reply:
        connection, now = call.caller.connection, self._service.clock()
        await self._service.door.change(
            call.caller, lambda tx: users.delete(tx, connection, call.id, now=now, if_match=call.if_match)
        )
        return Reply(204)

    def _reply(self, call: Call, row: Row, groups: Sequence[Any], asked: Projection, *, status: int = 200) -> Reply:
        rendered = render.groups_of(groups, call.base).get(row["pk"]) if groups else None
        return resource_reply(call, call.options.users, row, shown(row, call.base, rendered, asked), status)


def shown(row: Row, base: str, groups: bytes | None, asked: Projection) -> bytes:
    """A user as asked for; `groups` are rendered."""
    body = render.user(row, base, groups)
    return asked.applied(body) if asked.changes("groups") else body


def _groups(tx: Tx, row: Row, asked: Projection) -> Sequence[Any]:
    return users.groups_of(tx, [row["pk"]]) if asked.wants("groups") else ()
