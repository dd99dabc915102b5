"""Bulk (RFC 7644 §3.7): many operations in one message, each as if it had come alone, each with a status of its own.

A bulkId is given its resource's id before anything runs, so operations may name each other in any order: what is named runs
first. Groups that name each other in a circle are made without those members, who are added when they are there (§3.7.1).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import orjson

from scim.discovery import LARGEST_BULK
from scim.errors import Conflict, InvalidSyntax, InvalidValue, NotFound, ScimError, TooLarge
from scim.web.call import Call, Reply
from scim.web.groups import Groups
from scim.web.service import Service
from scim.web.users import Users

RESPONSE = "urn:ietf:params:scim:api:messages:2.0:BulkResponse"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PATH = re.compile(r"/?(Users|Groups)(?:/([^/?#]+))?/?", re.IGNORECASE)
_REFERENCE = "bulkId:"
State = Literal["waiting", "running", "done", "failed"]


@dataclass(slots=True)
class _Operation:
    """`id`: of the resource; for a POST the one it will get. `answer`: its part of the response, once it ran."""

    method: str
    endpoint: str
    id: str
    bulk_id: str | None
    version: str | None
    data: Any
    names: frozenset[str]
    state: State = "waiting"
    answer: dict[str, Any] | None = None
    later: list[str] = field(default_factory=list)


class Bulk:
    """Runs BulkRequests over the operations on users and groups."""

    def __init__(self, service: Service, users: Users, groups: Groups) -> None:
        self._service = service
        self._resources: Mapping[str, Any] = {"users": users, "groups": groups}

    async def run(self, call: Call) -> Reply:
        message = _message(call.data)
        operations = [_operation(one, self._service) for one in message.get("Operations", ())]
        _refuse_doubles(operations)
        run = _Run(call, self._resources, operations, _limit(message))
        for one in operations:
            await run.settle(one)
        await run.add_those_who_came_later()
        answers = [one.answer for one in operations if one.answer is not None]
        return Reply(200, orjson.dumps({"schemas": [RESPONSE], "Operations": answers}))


class _Run:
    """One message on its way. `limit`: so many errors, and nothing more is begun."""

    def __init__(self, call: Call, resources: Mapping[str, Any], operations: list[_Operation], limit: int | None) -> None:
        self._call = call
        self._resources = resources
        self._operations = operations
        self._by_bulk_id = {one.bulk_id: one for one in operations if one.bulk_id is not None and one.method == "POST"}
        self._limit = limit
        self._errors = 0

    async def settle(self, operation: _Operation) -> None:
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

    async def add_those_who_came_later(self) -> None:
        for one in self._operations:
            found = [self._by_bulk_id[name].id for name in one.later if self._by_bulk_id[name].state == "done"]
            if one.state != "done" or not found:
                continue
            message = {
                "schemas": [PATCH_OP],
                "Operations": [{"op": "add", "path": "members", "value": [{"value": id} for id in found]}],
            }
            reply = await self._resources["groups"].patch(replace(self._call, id=one.id, data=message, attributes=""))
            assert one.answer is not None
            one.answer["version"] = reply.headers["ETag"]

    def _named(self, operation: _Operation) -> list[_Operation]:
        return [self._by_bulk_id[name] for name in sorted(operation.names) if name in self._by_bulk_id]

    async def _run(self, operation: _Operation) -> None:
        try:
            reply = await self._carried_out(operation)
        except ScimError as error:
            operation.state = "failed"
            self._errors += 1
            operation.answer = self._answer(operation) | {
                "status": str(error.status),
                "response": orjson.loads(error.body()),
            }
            return
        operation.state = "done"
        operation.answer = self._answer(operation) | {"status": str(reply.status)}
        if "ETag" in reply.headers:
            operation.answer["version"] = reply.headers["ETag"]

    async def _carried_out(self, operation: _Operation) -> Reply:
        for name in operation.names:
            named = self._by_bulk_id.get(name)
            if named is None:
                raise InvalidValue(f"No operation of this message has the bulkId {name[:80]!r}.")
            if named.state == "failed":
                raise Conflict(f"The operation {name[:80]!r}, which this one names, failed.")
        resources = self._resources[operation.endpoint]
        call = replace(
            self._call, id=self._resolved_id(operation.id), data=self._resolved(operation, operation.data),
            if_match=operation.version, excluded="members,groups", attributes="",
        )  # fmt: skip
        verbs = {"POST": "create", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
        reply: Reply = await getattr(resources, verbs[operation.method])(call)
        operation.id = call.id
        return reply

    def _resolved_id(self, id: str) -> str:
        named = self._by_bulk_id.get(id.removeprefix(_REFERENCE)) if id.startswith(_REFERENCE) else None
        return named.id if named is not None else id

    def _resolved(self, operation: _Operation, value: Any) -> Any:
        """The data with ids for bulkIds; a member who isn't there yet is left out until later."""
        if isinstance(value, str):
            return self._resolved_id(value)
        if isinstance(value, Mapping):
            return {key: self._resolved(operation, inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self._resolved(operation, item) for item in value if not self._comes_later(operation, item)]
        return value

    def _comes_later(self, operation: _Operation, item: Any) -> bool:
        """Only in a circle is something named that still runs."""
        value = item.get("value") if isinstance(item, Mapping) else None
        if operation.endpoint != "groups" or not isinstance(value, str) or not value.startswith(_REFERENCE):
            return False
        name = value.removeprefix(_REFERENCE)
        late = self._by_bulk_id[name].state == "running" and self._by_bulk_id[name] is not operation
        if late:
            operation.later.append(name)
        return late

    def _answer(self, operation: _Operation) -> dict[str, Any]:
        answer: dict[str, Any] = {"method": operation.method}
        if operation.bulk_id is not None:
            answer["bulkId"] = operation.bulk_id
        if operation.state == "done" or operation.method != "POST":
            endpoint = operation.endpoint.capitalize()
            answer["location"] = f"{self._call.base}/{endpoint}/{self._resolved_id(operation.id)}"
        return answer


def _message(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidSyntax("A Bulk body must be a JSON object.")
    operations = data.get("Operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("A BulkRequest needs a list of Operations.")
    if len(operations) > LARGEST_BULK:
        raise TooLarge(f"A BulkRequest may have {LARGEST_BULK} operations, not {len(operations)}.")
    return data


def _limit(message: Mapping[str, Any]) -> int | None:
    limit = message.get("failOnErrors")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise InvalidValue("failOnErrors must be a whole number above 0.")
    return limit


def _operation(item: Any, service: Service) -> _Operation:
    if not isinstance(item, Mapping):
        raise InvalidSyntax("An operation of a BulkRequest must be an object.")
    method, path, bulk_id, version = (item.get(key) for key in ("method", "path", "bulkId", "version"))
    if not isinstance(method, str) or method.upper() not in {"POST", "PUT", "PATCH", "DELETE"}:
        raise InvalidSyntax(f"method must be POST, PUT, PATCH or DELETE, not {method!r:.40}.")
    if not isinstance(bulk_id, str | None) or not isinstance(version, str | None):
        raise InvalidSyntax("bulkId and version must be texts.")
    found = _PATH.fullmatch(path) if isinstance(path, str) else None
    if found is None:
        raise NotFound(f"A path is /Users, /Groups or one of their resources, not {path!r:.80}.")
    endpoint, id = found.group(1).lower(), found.group(2)
    _refuse_mismatch(method.upper(), bulk_id, id)
    names = frozenset(_references([item.get("data"), id]))
    return _Operation(method.upper(), endpoint, id or service.new_id(), bulk_id, version, item.get("data"), names)


def _refuse_mismatch(method: str, bulk_id: str | None, id: str | None) -> None:
    if method == "POST" and not bulk_id:
        raise InvalidValue("A POST in a BulkRequest needs a bulkId.")
    if (method == "POST") != (id is None):
        raise InvalidValue(f"The path of a {method} {'names no resource' if method == 'POST' else 'names a resource'}.")


def _refuse_doubles(operations: list[_Operation]) -> None:
    seen: set[str] = set()
    for one in operations:
        if one.method == "POST" and one.bulk_id is not None:
            if one.bulk_id in seen:
                raise InvalidValue(f"Two operations have the bulkId {one.bulk_id[:80]!r}.")
            seen.add(one.bulk_id)


def _references(value: Any) -> list[str]:
    """Every bulkId that is named anywhere; iterative, because JSON may be deep."""
    found, stack = [], [value]
    while stack:
        one = stack.pop()
        if isinstance(one, str) and one.startswith(_REFERENCE):
            found.append(one.removeprefix(_REFERENCE))
        elif isinstance(one, Mapping):
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
    return found
