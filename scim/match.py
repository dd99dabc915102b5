"""Does a resource fit a filter? The RFC's semantics (RFC 7644 §3.4.2.2) on plain dictionaries.

Names ignore case, and so do values unless the attribute is caseExact. An attribute that isn't there equals nothing.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scim.errors import InvalidFilter
from scim.keys import fold
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Not, Present, ValuePath
from scim.schemas import COMMON, ENTERPRISE, enterprise, group, user

_CASE_EXACT = {
    one.name.lower()
    for schema in (user, enterprise, group)
    for attribute in schema.attributes
    for one in (attribute, *attribute.sub)
    if one.case_exact
} | {name for name, attribute in COMMON.items() if attribute.case_exact}
_CASE_EXACT.discard("value")  # of e-mails and phone numbers it is not

_TEXT: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda value, asked: value == asked,
    "ne": lambda value, asked: value != asked,
    "co": lambda value, asked: asked in value,
    "sw": lambda value, asked: value.startswith(asked),
    "ew": lambda value, asked: value.endswith(asked),
    "gt": lambda value, asked: value > asked,
    "ge": lambda value, asked: value >= asked,
    "lt": lambda value, asked: value < asked,
    "le": lambda value, asked: value <= asked,
}


def matches(node: FilterNode, resource: Mapping[str, Any]) -> bool:
    """Whether `resource` (or one element of a multi-valued attribute) fits."""
    if isinstance(node, LogicalExpr):
        results = (matches(term, resource) for term in node.terms)
        return all(results) if node.op is LogicalOperator.and_ else any(results)
    if isinstance(node, Not):
        return not matches(node.expr, resource)
    if isinstance(node, Present):
        return any(value not in ("", [], {}, None) for value in values(node.attr_path, resource))
    if isinstance(node, ValuePath):
        return any(matches(node.val_filter, item) for item in values(node.attr_path, resource) if isinstance(item, Mapping))
    if isinstance(node, Comparison):
        return _compare(node, resource)
    raise InvalidFilter("This filter is not offered.")


def values(path: AttrPath, resource: Mapping[str, Any]) -> list[Any]:
    """Every value at an attribute path; a multi-valued attribute counts each of its elements."""
    home: Any = resource
    if path.uri is not None and path.uri.lower() == ENTERPRISE.lower():
        home = resource.get(ENTERPRISE, {})
    found = _items(_get(home, path.attr))
    if path.sub_attr is None:
        return found
    return [inner for item in found if isinstance(item, Mapping) for inner in _items(_get(item, path.sub_attr))]


def _compare(node: Comparison, resource: Mapping[str, Any]) -> bool:
    operator, asked, path = node.op.value, node.value, node.attr_path
    found = values(path, resource)
    if path.sub_attr is None:
        found = [item.get("value") if isinstance(item, Mapping) else item for item in found]
    exact = (path.sub_attr or path.attr).lower() in _CASE_EXACT
    if operator == "ne":
        return not any(_holds("eq", value, asked, exact) for value in found)
    if asked is None:
        return operator == "eq" and not found
    return any(_holds(operator, value, asked, exact) for value in found)


def _holds(operator: str, value: Any, asked: Any, exact: bool) -> bool:
    if isinstance(value, bool) or isinstance(asked, bool):
        if isinstance(asked, str) and asked.lower() in {"true", "false"}:
            asked = asked.lower() == "true"
        return operator == "eq" and value is asked
    if value is None:
        return False
    left, right = str(value), str(asked)
    return _TEXT[operator](left, right) if exact else _TEXT[operator](fold(left), fold(right))


def _get(home: Any, name: str) -> Any:
    if not isinstance(home, Mapping):
        return None
    if name in home:
        return home[name]
    lowered = name.lower()
    return next((value for key, value in home.items() if key.lower() == lowered), None)


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
