"""Does one element of a multi-valued attribute fit a value filter? (RFC 7644 §3.4.2.2, in paths of PATCH and of rules.)

Names ignore case, and so do values unless the part is caseExact. A part that isn't there equals nothing. Whole resources
are matched in SQL (scim/filters), by the same rules.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scim.errors import InvalidFilter
from scim.keys import fold
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Not, Present
from scim.schemas import Attribute

_HOLDS: dict[str, Callable[[str, str], bool]] = {
    "eq": lambda value, asked: value == asked,
    "co": lambda value, asked: asked in value,
    "sw": lambda value, asked: value.startswith(asked),
    "ew": lambda value, asked: value.endswith(asked),
    "gt": lambda value, asked: value > asked,
    "ge": lambda value, asked: value >= asked,
    "lt": lambda value, asked: value < asked,
    "le": lambda value, asked: value <= asked,
}


def matches(node: FilterNode, element: Mapping[str, Any], attribute: Attribute) -> bool:
    """Whether an element of `attribute` fits."""
    if isinstance(node, LogicalExpr):
        results = (matches(term, element, attribute) for term in node.terms)
        return all(results) if node.op is LogicalOperator.and_ else any(results)
    if isinstance(node, Not):
        return not matches(node.expr, element, attribute)
    if isinstance(node, Present):
        return _value(node.attr_path, element) not in (None, "", [], {})
    if isinstance(node, Comparison):
        return _compare(node, element, attribute)
    raise InvalidFilter("A filter in brackets can't hold another one.")


def _compare(node: Comparison, element: Mapping[str, Any], attribute: Attribute) -> bool:
    value = _value(node.attr_path, element)
    if node.op.value == "ne":
        return not _holds("eq", value, node.value, node.attr_path, attribute)
    return _holds(node.op.value, value, node.value, node.attr_path, attribute)


def _holds(operator: str, value: Any, asked: Any, path: AttrPath, attribute: Attribute) -> bool:
    if asked is None or value is None:
        return operator == "eq" and asked is None and value in (None, "")
    if isinstance(value, bool) or isinstance(asked, bool):
        return operator == "eq" and str(value).lower() == str(asked).lower()
    part = attribute.part(path.attr)
    left, right = str(value), str(asked)
    exact = part is not None and part.case_exact
    return _HOLDS[operator](left, right) if exact else _HOLDS[operator](fold(left), fold(right))


def _value(path: AttrPath, element: Mapping[str, Any]) -> Any:
    lowered = path.attr.lower()
    found = next((value for key, value in element.items() if key.lower() == lowered), None)
    return found if path.sub_attr is None else None
