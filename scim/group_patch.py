"""PATCH (RFC 7644 §3.5.2) of a group: its own attributes in memory, its members as rows, so that k changes cost k rows.

The operations come in order, and what a member gained and lost again within one message is no move.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from scim import members, membership, patch
from scim.clean import check_text, clean, clean_members
from scim.dialects import Healing
from scim.errors import InvalidPath, InvalidValue
from scim.match import matches
from scim.members import Moved
from scim.patch import Operation
from scim.ports import Tx
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Target, ValuePath
from scim.schemas import GROUPS, Shape

MEMBERS = GROUPS.core.by_name["members"]


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
    tx: Tx,
    connection: str,
    pk: int,
    resource: dict[str, Any],
    ops: Sequence[Operation],
    shape: Shape,
    healing: Healing,
) -> tuple[dict[str, Any], Moved]:
    """The group's own attributes afterwards, and who moved; member rows are written at once."""
    draft = _Draft(tx, connection, pk, resource, healing)
    for op in ops:
        for node, value in patch.targets(op, shape, healing):
            path = node.attr_path if isinstance(node, ValuePath) else node
            home = shape.find(path.uri, path.attr)
            if home is not None and home.attribute is MEMBERS:
                draft.moved = draft.moved + _members(draft, node, op.op, value)
            else:
                patch.at(draft.resource, op.op, node, value, shape, healing)
    return clean(draft.resource, shape, healing), draft.moved


def _members(draft: _Draft, node: Target, op: str, value: Any) -> Moved:
    if node.sub_attr is not None:
        raise InvalidPath("The parts of a member can't be changed; add and remove members.")
    place = (draft.tx, draft.connection, draft.pk)
    if isinstance(node, ValuePath):
        if op == "remove":
            return members.remove(*place, _selected(draft, node.val_filter))
        return members.add(*place, _named(node.val_filter) or [])
    if op == "remove" and value is None:
        return members.replace(*place, [])
    values = clean_members(value, draft.healing)
    if op == "add":
        return members.add(*place, values)
    if op == "replace":
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
    found = membership.of(draft.tx, draft.pk)
    rows = [{"value": row["value"], "type": row["kind"] or None, "display": row["display"]} for row in found]
    return [row["value"] for row in rows if matches(node, row, MEMBERS)]


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
