"""Does one element of a multi-valued attribute fit a value filter? (RFC 7644 §3.4.2.2, in paths of PATCH and of rules.)

Names ignore case, and so do values unless the part is caseExact. A part that isn't there equals nothing, and a plain element
is its own `value`. Whole resources are matched in SQL (scim/filters), by the same rules.
"""

from collections.abc import Callable, Mapping
from typing import Any

from scim.errors import InvalidFilter
from scim.keys import fold
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Not, Present
from scim.schemas import Attribute
from scim.search import moment

_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, asked: bool(value == asked),
    "gt": lambda value, asked: bool(value > asked),
    "ge": lambda value, asked: bool(value >= asked),
    "lt": lambda value, asked: bool(value < asked),
    "le": lambda value, asked: bool(value <= asked),
}
_INSIDE: dict[str, Callable[[str, str], bool]] = {
    "co": lambda value, asked: asked in value,
    "sw": lambda value, asked: value.startswith(asked),
    "ew": lambda value, asked: value.endswith(asked),
}


def matches(node: FilterNode, element: Any, attribute: Attribute) -> bool:
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


def _compare(node: Comparison, element: Any, attribute: Attribute) -> bool:
    value, part = _value(node.attr_path, element), attribute.part(node.attr_path.attr) or attribute
    if node.op.value == "ne":
        return not _holds("eq", value, node.value, part)
    return _holds(node.op.value, value, node.value, part)


def _holds(operator: str, value: Any, asked: Any, part: Attribute) -> bool:
    if asked is None or value is None:
        return operator == "eq" and asked is None and value is None
    if isinstance(value, bool) or isinstance(asked, bool):
        return operator == "eq" and str(value).lower() == str(asked).lower()
    if operator in _INSIDE:
        plain = isinstance(value, str) and part.kind != "dateTime"
        return plain and _INSIDE[operator](_key(value, part), _key(str(asked), part))
    return _ordered(operator, value, asked, part)


def _ordered(operator: str, value: Any, asked: Any, part: Attribute) -> bool:
    """Numbers by size, dates by time, texts by their letters."""
    if isinstance(value, int | float):
        try:
            return _HOLDS[operator](float(value), float(asked))
        except (ValueError, OverflowError):
            return False
    if part.kind == "dateTime":
        at, asked_at = moment(value), moment(str(asked))
        return at is not None and asked_at is not None and _HOLDS[operator](at, asked_at)
    return _HOLDS[operator](_key(str(value), part), _key(str(asked), part))


def _key(text: str, part: Attribute) -> str:
    return text if part.case_exact else fold(text)


def _value(path: AttrPath, element: Any) -> Any:
    if path.sub_attr is not None:
        return None
    lowered = path.attr.lower()
    if not isinstance(element, Mapping):
        return element if lowered == "value" else None
    return next((value for key, value in element.items() if key.lower() == lowered), None)
