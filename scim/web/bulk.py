"""Bulk (RFC 7644 §3.7): many operations in one message, each as if it had come alone, each with a status of its own.

A bulkId is given its resource's id before anything runs, so operations may name each other in any order: what is named runs
first. Groups that name each other in a circle are made without those members, who are added when they are there (§3.7.1).
"""

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson

from scim.errors import Conflict, InvalidValue, NotFound, ScimError
from scim.web.bulk_message import REFERENCE, Message, Operation, read
from scim.web.call import Call, Reply
from scim.web.groups import Groups
from scim.web.service import Service
from scim.web.users import Users

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_VERBS = {"POST": "create", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}


class Bulk:
    """Runs BulkRequests over the operations on users and groups."""

    def __init__(self, service: Service, users: Users, groups: Groups) -> None:
        self._service = service
        self._resources: Mapping[str, Any] = {"users": users, "groups": groups}

    async def run(self, call: Call) -> Reply:
        message = read(call.data, self._service.new_id)
        run = _Run(call, self._resources, message)
        for one in message.operations:
            await run.settle(one)
        answers = [one.answer for one in message.operations if one.answer is not None]
        return Reply(200, orjson.dumps({"schemas": [RESPONSE], "Operations": answers}))


class _Run:
    """One message on its way. `_waiting`: by bulkId, the groups of a circle that lack this member until it is there."""

    def __init__(self, call: Call, resources: Mapping[str, Any], message: Message) -> None:
        # what the client says of /Bulk itself is said of no single resource
        self._call = replace(call, data=None, attributes="", excluded="members,groups", if_match=None, if_none_match=None)
        self._resources = resources
        self._by_bulk_id = {one.bulk_id: one for one in message.operations if one.bulk_id and one.method == "POST"}
        self._waiting: dict[str, list[Operation]] = defaultdict(list)
        self._limit = message.limit
        self._errors = 0

    async def settle(self, operation: Operation) -> None:
        """Run an operation after those that it names; iterative, because a chain may be as long as the message."""
        stack = [operation]
        while stack:
            one = stack[-1]
            if one.state in {"done", "failed"} or (self._limit is not None and self._errors >= self._limit):
                stack.pop()
                continue
            one.state = "running"
            before = next((named for named in self._named(one) if named.state == "waiting"), None)
            if before is not None:
                stack.append(before)
                continue
            await self._run(stack.pop())

    def _named(self, operation: Operation) -> list[Operation]:
        return [self._by_bulk_id[name] for name in sorted(operation.names) if name in self._by_bulk_id]

    async def _run(self, operation: Operation) -> None:
        try:
            reply = await self._carried_out(operation)
        except ScimError as error:
            operation.state = "failed"
            self._errors += 1
            told = {"status": str(error.status), "response": orjson.loads(error.body())}
            operation.answer = self._answer(operation) | told
            return
        operation.state = "done"
        operation.answer = self._answer(operation) | {"status": str(reply.status)}
        if "ETag" in reply.headers:
            operation.answer["version"] = reply.headers["ETag"]
        if operation.method == "POST":
            await self._join_those_who_wait(operation)

    async def _carried_out(self, operation: Operation) -> Reply:
        if operation.refused is not None:
            raise operation.refused
        for name in operation.names:
            named = self._by_bulk_id.get(name)
            if named is None:
                raise InvalidValue(f"No operation of this message has the bulkId {name[:80]!r}.")
            if named.state == "failed":
                raise Conflict(f"The operation {name[:80]!r}, which this one names, failed.")
        operation.id = self._resolved_id(operation.id)
        if operation.names:
            self._resolve(operation)
        call = replace(self._call, id=operation.id, data=operation.data, if_match=operation.version)
        reply: Reply = await getattr(self._resources[operation.endpoint], _VERBS[operation.method])(call)
        return reply

    async def _join_those_who_wait(self, operation: Operation) -> None:
        value = [{"value": operation.id}]
        message = {"schemas": [PATCH_OP], "Operations": [{"op": "add", "path": "members", "value": value}]}
        for group in self._waiting.pop(operation.bulk_id or "", ()):
            if group.answer is None or group.state != "done":
                continue
            with suppress(NotFound):  # somebody else deleted it meanwhile
                reply = await self._resources["groups"].patch(replace(self._call, id=group.id, data=message))
                group.answer["version"] = reply.headers["ETag"]

    def _resolved_id(self, id: str) -> str:
        named = self._by_bulk_id.get(id.removeprefix(REFERENCE)) if id.startswith(REFERENCE) else None
        return named.id if named is not None else id

    def _resolve(self, operation: Operation) -> None:
        """Ids for bulkIds, in place; a member who isn't there yet is left out until then. Iterative: JSON may be deep."""
        stack = [operation.data]
        while stack:
            one = stack.pop()
            if isinstance(one, list):
                one[:] = [item for item in one if not self._comes_later(operation, item)]
            elif not isinstance(one, dict):
                continue
            for key, inner in list(one.items() if isinstance(one, dict) else enumerate(one)):
                if isinstance(inner, str):
                    one[key] = self._resolved_id(inner)
                else:
                    stack.append(inner)

    def _comes_later(self, operation: Operation, item: Any) -> bool:
        """Only in a circle is something named that still runs."""
        value = item.get("value") if isinstance(item, Mapping) else None
        if operation.endpoint != "groups" or not isinstance(value, str) or not value.startswith(REFERENCE):
            return False
        name = value.removeprefix(REFERENCE)
        late = self._by_bulk_id[name].state == "running" and self._by_bulk_id[name] is not operation
        if late:
            self._waiting[name].append(operation)
        return late

    def _answer(self, operation: Operation) -> dict[str, Any]:
        """Its part of the response; where nothing was made there is no location (RFC 7644 §3.7)."""
        answer: dict[str, Any] = {"method": operation.method}
        if operation.bulk_id is not None:
            answer["bulkId"] = operation.bulk_id
        if operation.endpoint and (operation.state == "done" or operation.method != "POST"):
            endpoint = operation.endpoint.capitalize()
            answer["location"] = f"{self._call.base}/{endpoint}/{self._resolved_id(operation.id)}"
        return answer
