"""PATCH (RFC 7644 §3.5.2) of a group: its own attributes in memory, its members as rows, so that k changes cost k rows.

The operations come in order, and what a member gained and lost again within one message is no move.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scim import members
from scim.clean import check_text, clean_group, clean_members
from scim.dialects import Healing
from scim.errors import InvalidPath, InvalidValue
from scim.match import matches
from scim.members import Moved
from scim.patch import Operation, key_path
from scim.ports import Tx
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Target, ValuePath, parse_path
from scim.schemas import GROUP


@dataclass
class _Draft:
    """A group while a PATCH works on it."""

    tx: Tx
    connection: str
    pk: int
    resource: dict[str, Any]
    healing: Healing
    moved: Moved = field(default_factory=Moved)


def apply(
    tx: Tx, connection: str, pk: int, resource: dict[str, Any], ops: Sequence[Operation], healing: Healing
) -> tuple[dict[str, Any], Moved]:
    """The group's own attributes afterwards, and who moved; member rows are written at once."""
    draft = _Draft(tx, connection, pk, resource, healing)
    for op in ops:
        if op.path is not None:
            _at(draft, parse_path(op.path), op)
        else:
            _without_path(draft, op)
    return clean_group(draft.resource, healing), draft.moved


def _without_path(draft: _Draft, op: Operation) -> None:
    if not isinstance(op.value, Mapping):
        raise InvalidValue("Without a path the value must be an object.")
    for key, value in op.value.items():
        node = key_path(key, draft.healing)
        if node is not None:
            _at(draft, node, Operation(op.op, key, value))


def _at(draft: _Draft, node: Target, op: Operation) -> None:
    path = node.attr_path if isinstance(node, ValuePath) else node
    name = path.attr.lower() if (path.uri or GROUP).lower() == GROUP.lower() else ""
    if name == "members":
        draft.moved = draft.moved + _members(draft, node, op)
    elif name in {"displayname", "externalid"}:
        _own(draft, "displayName" if name == "displayname" else "externalId", op)
    else:
        draft.healing.note("read-only" if name in {"id", "meta", "schemas"} else "unknown-attribute", path.attr)


def _own(draft: _Draft, key: str, op: Operation) -> None:
    draft.resource.pop(key, None)
    if op.op != "remove":
        draft.resource[key] = op.value


def _members(draft: _Draft, node: Target, op: Operation) -> Moved:
    if node.sub_attr is not None:
        raise InvalidPath("The parts of a member can't be changed; add and remove members.")
    place = (draft.tx, draft.connection, draft.pk)
    if isinstance(node, ValuePath):
        if op.op == "remove":
            return members.remove(*place, _selected(draft, node.val_filter))
        return members.add(*place, _named(node.val_filter) or [])
    if op.op == "remove" and op.value is None:
        return members.replace(*place, [])
    values = clean_members(op.value, draft.healing)
    if op.op == "add":
        return members.add(*place, values)
    if op.op == "replace":
        return members.replace(*place, values)
    draft.healing.note("remove-by-value")
    if not values:
        raise InvalidValue("An empty list removes nobody; to empty the group, remove members without a value.")
    return members.remove(*place, values)


def _selected(draft: _Draft, node: FilterNode) -> list[str]:
    """The member values a filter selects; plain `value eq` needs no look at the members."""
    named = _named(node)
    if named is not None:
        return named
    found = members.of(draft.tx, draft.pk)
    rows = [{"value": row["value"], "type": row["kind"], "display": row["display"]} for row in found]
    return [row["value"] for row in rows if matches(node, row)]


def _named(node: FilterNode) -> list[str] | None:
    """The values that a filter of `value eq`, joined by `or`, names; None for any other."""
    if isinstance(node, Comparison) and node.op.value == "eq" and _is_value(node.attr_path):
        return [check_text(str(node.value), "The path")]
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.or_:
        parts = [_named(term) for term in node.terms]
        if all(part is not None for part in parts):
            return [value for part in parts for value in part or ()]
    return None


def _is_value(path: AttrPath) -> bool:
    return path.attr.lower() == "value" and path.sub_attr is None
