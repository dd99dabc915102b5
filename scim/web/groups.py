"""/Groups: as /Users, with members read only where they are asked for, and in pages where they are many."""

from typing import Any

from scim import groups, membership, patch, render
from scim.change import Change
from scim.clean import clean
from scim.etags import etag, unchanged
from scim.ports import Row, Tx
from scim.projection import Projection
from scim.web.call import Call, Reply, resource_reply
from scim.web.member_pieces import Pieces, shown_parts
from scim.web.service import Service

SMALL = 100  # members of a group that the answer of a PATCH may hold


class Groups:
    """The operations on one group."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def get(self, call: Call) -> Reply:
        asked, connection = call.projection(call.options.groups), call.caller.connection
        if not asked.wants("members"):
            row = await self._service.door.point(lambda tx: groups.get(tx, connection, call.id))
            if unchanged(call.if_none_match, row["version"]):
                return Reply(304, None, {"ETag": etag(row["version"])})
            return self._bare(call, row)
        return await self._whole(call, if_none_match=call.if_none_match)

    async def create(self, call: Call) -> Reply:
        shape, connection, unique = call.options.groups, call.caller.connection, call.options.unique_group_names
        resource, now = clean(call.data, shape, call.healing), self._service.clock()
        given: dict[str, Any] = {"id": call.id, "now": now, "unique_names": unique, "shape": shape}
        row = await self._service.door.change(call.caller, lambda tx: groups.create(tx, connection, resource, **given))
        return await self._written(call, row, status=201)

    async def replace(self, call: Call) -> Reply:
        shape, connection = call.options.groups, call.caller.connection
        resource = clean(call.data, shape, call.healing)
        given = self._given(call)

        def work(tx: Tx) -> tuple[Row, Change | None]:
            return groups.replace(tx, connection, call.id, resource, **given)

        return await self._written(call, await self._service.door.change(call.caller, work))

    async def patch(self, call: Call) -> Reply:
        """204; what a client asks for by name; and for a provider that wants a body the group, while it is small."""
        connection = call.caller.connection
        operations = patch.operations(call.data, call.healing)
        given = self._given(call)

        def work(tx: Tx) -> tuple[Row, Change | None]:
            return groups.patch(tx, connection, call.id, operations, healing=call.healing, **given)

        row = await self._service.door.change(call.caller, work)
        if call.attributes:
            return await self._written(call, row)
        few = None
        if call.options.group_patch == "group":
            few = await self._service.door.read(lambda tx: membership.few(tx, [row["pk"]], SMALL))
        if few is None:
            return Reply(204, None, {"ETag": etag(row["version"])})
        asked = call.projection(call.options.groups)
        body = shown(row, call.base, asked)
        if asked.wants("members"):
            body = render.with_members(body, render.members(few[row["pk"]], call.base, shown_parts(asked)))
        return resource_reply(call, call.options.groups, row, body)

    async def delete(self, call: Call) -> Reply:
        connection, now = call.caller.connection, self._service.clock()
        await self._service.door.change(
            call.caller, lambda tx: groups.delete(tx, connection, call.id, now=now, if_match=call.if_match)
        )
        return Reply(204)

    def _given(self, call: Call) -> dict[str, Any]:
        return {
            "now": self._service.clock(),
            "unique_names": call.options.unique_group_names,
            "if_match": call.if_match,
            "shape": call.options.groups,
        }

    def _bare(self, call: Call, row: Row, status: int = 200) -> Reply:
        asked = call.projection(call.options.groups)
        return resource_reply(call, call.options.groups, row, shown(row, call.base, asked), status)

    async def _written(self, call: Call, row: Row, status: int = 200) -> Reply:
        if not call.projection(call.options.groups).wants("members"):
            return self._bare(call, row, status)
        return await self._whole(call, status)

    async def _whole(self, call: Call, status: int = 200, if_none_match: str | None = None) -> Reply:
        """The group with its members, read in one snapshot; nothing if the client has this version."""
        asked, connection = call.projection(call.options.groups), call.caller.connection
        found: list[Row] = []
        pieces = Pieces(call.base, asked, lambda row: shown(row, call.base, asked), lambda row: True)

        def step(tx: Tx) -> bytes | None:
            if not found:
                found.append(groups.get(tx, connection, call.id))
                if unchanged(if_none_match, found[0]["version"]):
                    return b""
                pieces.begin(tx, found)
            return pieces.next(tx)

        steps = self._service.door.steps(step)
        first = await anext(steps)
        reply = resource_reply(call, call.options.groups, found[0], first, status)
        if not first or pieces.ended:
            await steps.aclose()  # lets go of the snapshot
            return reply if first else Reply(304, None, reply.headers)
        reply.more = steps
        return reply


def shown(row: Row, base: str, asked: Projection) -> bytes:
    """A group as asked for, without its members."""
    body = render.group(row, base)
    return asked.applied(body) if asked.changes("members") else body
