"""What an operation does to the elements of a list that a value filter in its path chooses (RFC 7644 §3.5.2)."""

from collections.abc import Mapping
from typing import Any

from scim.clean import clean_value, is_nothing, only
from scim.dialects import Healing
from scim.errors import InvalidPath, NoTarget
from scim.match import matches
from scim.patch.values import put, writable
from scim.rfc import Comparison, FilterNode, LogicalExpr, LogicalOperator, ValuePath
from scim.schemas import Attribute


def of_objects(home: dict[str, Any], attribute: Attribute, op: str, node: ValuePath, value: Any, healing: Healing) -> None:
    """The elements that a value filter selects; one that is missing is made, as Entra expects."""
    items: list[Any] = home.setdefault(attribute.name, [])
    chosen = [item for item in items if isinstance(item, dict) and matches(node.val_filter, item, attribute)]
    if op == "remove" and node.sub_attr is None:
        home[attribute.name] = [item for item in items if item not in chosen]
        return
    known = writable(attribute, node.sub_attr, healing) if node.sub_attr else None
    if node.sub_attr and known is None:
        return
    made = None
    if not chosen:
        if op == "remove":
            return
        made = _from_filter(node.val_filter, attribute)
        if made is None:
            raise NoTarget("No element of the attribute fits the path's filter.")
        healing.note("missing-element")
        items.append(made)
        chosen = [made]
    for item in chosen:
        if known is None:
            whole = only(attribute, value, healing)
            item.update(whole if isinstance(whole, Mapping) else {"value": whole})
        else:
            put(item, known, op, value, healing)
    if made is not None and not matches(node.val_filter, made, attribute):
        raise NoTarget("No element fits the path's filter, and one with this value wouldn't, either.")
    _one_primary(items, chosen)


def of_values(home: dict[str, Any], attribute: Attribute, op: str, node: ValuePath, value: Any, healing: Healing) -> None:
    """The same in a list of plain values: they go, or another value takes their place."""
    if node.sub_attr is not None:
        raise InvalidPath(f"{attribute.name} has no parts.")
    items = home.get(attribute.name) or []
    chosen = [matches(node.val_filter, item, attribute) for item in items]
    if op != "remove" and not any(chosen):
        raise NoTarget("No element of the attribute fits the path's filter.")
    cleaned = [] if op == "remove" else clean_value(attribute, [only(attribute, value, healing)], healing)
    written = [] if is_nothing(cleaned) else cleaned
    home[attribute.name] = [one for item, fits in zip(items, chosen, strict=True) for one in (written if fits else [item])]


def _one_primary(items: list[Any], changed: list[Any]) -> None:
    """An element that becomes the primary one takes the mark from the others (RFC 7643 §2.4)."""
    if not any(item.get("primary") is True for item in changed):
        return
    for item in items:
        if isinstance(item, dict) and item.get("primary") and not any(item is one for one in changed):
            item["primary"] = False


def _from_filter(node: FilterNode, attribute: Attribute) -> dict[str, Any] | None:
    """The element that `type eq "work"` (and the like, joined by `and`) describes; None for any other filter."""
    if isinstance(node, Comparison) and node.op.value == "eq" and node.attr_path.sub_attr is None:
        part = attribute.part(node.attr_path.attr)
        return {part.name: node.value} if part is not None else None
    if isinstance(node, LogicalExpr) and node.op is LogicalOperator.and_:
        parts = [_from_filter(term, attribute) for term in node.terms]
        if all(part is not None for part in parts):
            return {key: value for part in parts if part for key, value in part.items()}
    return None
