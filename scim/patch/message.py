"""A PATCH message (RFC 7644 §3.5.2) -> its operations, and where each writes what."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scim.dialects import Healing
from scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget
from scim.rfc import Target, parse_path
from scim.schemas import Shape

OPERATIONS = 1000
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:patchop"
_MESSAGE_KEYS = {"schemas", "operations"}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `path` None: the keys of `value` are the paths."""

    op: Literal["add", "replace", "remove"]
    path: str | None
    value: Any


def operations(message: Any, healing: Healing) -> list[Operation]:
    """The operations of a PatchOp message."""
    if not isinstance(message, Mapping):
        raise InvalidSyntax("A PATCH body must be a JSON object.")
    folded = {str(key).lower(): value for key, value in message.items()}
    schemas = folded.get("schemas")
    if schemas is None:
        healing.note("patch-no-schemas")
    elif PATCH_OP not in str(schemas).lower():
        raise InvalidSyntax("The schemas of a PATCH name the PatchOp message, not another.")
    if extra := set(folded) - _MESSAGE_KEYS:
        healing.note("patch-extra-key", ", ".join(sorted(extra))[:80])
    found = folded.get("operations")
    if not isinstance(found, list) or not found:
        raise InvalidSyntax("A PATCH needs a list of Operations.")
    if len(found) > OPERATIONS:
        raise InvalidSyntax(f"A PATCH may have {OPERATIONS} operations.")
    return [_operation(one, healing) for one in found]


def targets(op: Operation, shape: Shape, healing: Healing) -> Iterator[tuple[Target, Any]]:
    """Where an operation writes what: at its path, or at each key of its value."""
    if op.path is not None:
        yield parse_path(op.path), op.value
        return
    if not isinstance(op.value, Mapping):
        raise InvalidValue("Without a path the value must be an object.")
    healing.note("pathless-patch")
    for key, value in op.value.items():
        node = _key_path(key, shape, healing)
        if node is not None:
            yield node, value


def _operation(item: Any, healing: Healing) -> Operation:
    if not isinstance(item, Mapping):
        raise InvalidSyntax("An operation must be an object.")
    folded = {str(key).lower(): value for key, value in item.items()}
    if extra := set(folded) - {"op", "path", "value"}:
        healing.note("patch-extra-key", ", ".join(sorted(extra))[:80])
    op = folded.get("op")
    if not isinstance(op, str) or op.lower() not in {"add", "replace", "remove"}:
        raise InvalidSyntax(f"op must be add, replace or remove, not {op!r:.40}.")
    if op != op.lower():
        healing.note("capital-op")
    path = folded.get("path")
    if path is not None and not isinstance(path, str):
        raise InvalidPath("A path must be text.")
    if op.lower() == "remove" and not path:
        raise NoTarget("A remove needs a path.")
    if op.lower() != "remove" and "value" not in folded:
        raise InvalidValue(f"A {op.lower()} needs a value.")
    return Operation(op.lower(), path.strip() if path else None, folded.get("value"))  # type: ignore[arg-type]


def _key_path(key: str, shape: Shape, healing: Healing) -> Target | None:
    """The path that a key of a path-less value is; None for one that can be no attribute of ours."""
    if key.lower().startswith("urn:"):
        if key.lower() not in shape.urns:
            healing.note("urn-key", key[:120])
    elif "." in key:
        healing.note("dotted-key", key[:120])
    try:
        return parse_path(key)
    except InvalidPath:
        healing.note("unknown-attribute", key[:120])
        return None
