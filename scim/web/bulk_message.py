"""A BulkRequest (RFC 7644 §3.7) as operations: what each asks of which resource, and whom it names by bulkId.

What is wrong with the message refuses it before anything ran; what is wrong with one operation is that one's own failure.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scim.clean import check_text
from scim.discovery import LARGEST_BULK
from scim.errors import InvalidSyntax, InvalidValue, NotFound, ScimError, TooLarge

METHODS = ("POST", "PUT", "PATCH", "DELETE")
REFERENCE = "bulkId:"
_PATH = re.compile(r"/?(Users|Groups)(?:/([^/?#]+))?/?", re.IGNORECASE)
State = Literal["waiting", "running", "done", "failed"]


@dataclass(slots=True)
class Operation:
    """`id`: of the resource; for a POST the one it will get. `names`: bulkIds. `answer`: what is told of it, if it ran.

    `refused`: why it can't run, whatever happens to the others; `endpoint` may be "" then.
    """

    method: str
    endpoint: str
    id: str
    bulk_id: str | None
    version: str | None
    data: Any
    names: frozenset[str]
    refused: ScimError | None = None
    state: State = "waiting"
    answer: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """`limit`: so many errors, and nothing more is begun."""

    operations: list[Operation]
    limit: int | None


def read(data: Any, new_id: Callable[[], str]) -> Message:
    """The operations of a BulkRequest; InvalidSyntax, InvalidValue or TooLarge for what is none."""
    if not isinstance(data, Mapping):
        raise InvalidSyntax("A Bulk body must be a JSON object.")
    message = _folded(data)
    found = message.get("operations")
    if not isinstance(found, list) or not found:
        raise InvalidSyntax("A BulkRequest needs a list of Operations.")
    if len(found) > LARGEST_BULK:
        raise TooLarge(f"A BulkRequest may have {LARGEST_BULK} operations, not {len(found)}.")
    limit = message.get("failonerrors")
    if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
        raise InvalidValue("failOnErrors must be a whole number above 0.")
    operations = [_operation(one, new_id) for one in found]
    _refuse_doubles(operations)
    return Message(operations, limit)


def _operation(item: Any, new_id: Callable[[], str]) -> Operation:
    if not isinstance(item, Mapping):
        raise InvalidSyntax("An operation of a BulkRequest must be an object.")
    given = _folded(item)
    method, path, bulk_id, version = (given.get(key) for key in ("method", "path", "bulkid", "version"))
    if not isinstance(method, str) or not isinstance(path, str):
        raise InvalidSyntax("An operation of a BulkRequest needs a method and a path, as texts.")
    if not isinstance(bulk_id, str | None) or not isinstance(version, str | None):
        raise InvalidSyntax("bulkId and version must be texts.")
    found = _PATH.fullmatch(path)
    endpoint, id = (found.group(1).lower(), found.group(2)) if found is not None else ("", None)
    names, data = frozenset(_references([given.get("data"), id])), given.get("data")
    operation = Operation(method.upper(), endpoint, id or new_id(), bulk_id, version, data, names)
    operation.refused = _fault(operation, path, id)
    return operation


def _fault(operation: Operation, path: str, id: str | None) -> ScimError | None:
    """What is wrong with an operation by itself."""
    method = operation.method
    if method not in METHODS:
        return InvalidSyntax(f"method must be POST, PUT, PATCH or DELETE, not {method!r:.40}.")
    if not operation.endpoint:
        return NotFound(f"A path is /Users, /Groups or one of their resources, not {path!r:.80}.")
    if method == "POST" and not operation.bulk_id:
        return InvalidValue("A POST in a BulkRequest needs a bulkId.")
    if (method == "POST") != (id is None):
        return InvalidValue(f"The path of a {method} {'names no resource' if method == 'POST' else 'names a resource'}.")
    try:
        check_text(operation.id, "The path")
    except InvalidValue as error:
        return error
    return None


def _refuse_doubles(operations: list[Operation]) -> None:
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
        if isinstance(one, str) and one.startswith(REFERENCE):
            found.append(one.removeprefix(REFERENCE))
        elif isinstance(one, Mapping):
            stack.extend(one.values())
        elif isinstance(one, list):
            stack.extend(one)
    return found


def _folded(given: Mapping[str, Any]) -> dict[str, Any]:
    """Names ignore case (RFC 7643 §2.1)."""
    return {key.lower(): value for key, value in given.items()}
