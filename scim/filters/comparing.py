"""What a comparison means for an attribute's type (RFC 7644 §3.4.2.2): its operator, and its value as it is stored."""

import math
from collections.abc import Callable
from typing import Any, cast

from scim.clean import check_text
from scim.errors import InvalidFilter
from scim.filters.resolve import Resolved
from scim.filters.tests import Always, Both, Compare, Element, Operator, Own, Test
from scim.keys import fold
from scim.schemas import Shape
from scim.search import moment, sortable

MOST = 100  # comparisons of one filter
_ORDER = {"gt", "ge", "lt", "le"}
_INSIDE = {"co", "sw", "ew"}


class Comparing:
    """The comparisons of one filter; `values` are what they compare with, by slot.

    `base`: what the locations of this connection begin with.
    """

    def __init__(self, shape: Shape, base: str) -> None:
        self.values: list[Any] = []
        self._shape = shape
        self._base = base

    def test(self, found: Resolved, operator: str, value: Any) -> Test:
        """One value against another; of a list, this is asked of each element."""
        if operator in _ORDER and found.attribute.kind in {"boolean", "binary"}:
            raise InvalidFilter(f"{found.attribute.name} has no order, so {operator} can't compare it.")
        kinds: dict[str, Callable[[Resolved, Operator, Any], Test]] = {
            "boolean": self._boolean,
            "integer": self._number,
            "decimal": self._number,
            "dateTime": self._date,
        }
        return kinds.get(found.attribute.kind, self._text)(found, cast(Operator, operator), value)

    def _text(self, found: Resolved, operator: Operator, value: Any) -> Test:
        asked = check_text(_as_text(value), "The filter")
        if found.term == Own("location"):
            return self._location(operator, asked)
        if found.term == Element("$ref"):
            return self._reference(found, operator, asked)
        key = asked if found.attribute.case_exact else fold(asked)
        test = Compare(found.term, operator, self._slot(key))
        return self._in_range(test, key) if operator == "sw" and isinstance(found.term, Own) else test

    def _in_range(self, begins: Compare, key: str) -> Test:
        """What begins with a text stands between that text and the next one that doesn't, which an index finds."""
        beyond = _next(key)
        if beyond is None:
            return begins
        first = Compare(begins.term, "ge", begins.slot)
        return Both((first, Compare(begins.term, "lt", self._slot(beyond)), begins))

    def _boolean(self, found: Resolved, operator: Operator, value: Any) -> Test:
        word = _as_text(value).lower()
        if operator != "eq":
            raise InvalidFilter(f"{found.attribute.name} is true or false, so only eq and ne compare it.")
        if word not in {"true", "false"}:
            return Always(False)
        return Compare(found.term, "eq", self._slot(word == "true" if found.term.kind == "flag" else word))

    def _number(self, found: Resolved, operator: Operator, value: Any) -> Test:
        """As a float: what can be stored (scim/clean.py) is one without loss, and engines take no longer integers."""
        try:
            number = math.nan if isinstance(value, bool) else float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if operator in _INSIDE or not math.isfinite(number):
            raise InvalidFilter(f"{found.attribute.name} is a number; compare it with one, by eq, ne, gt, ge, lt or le.")
        return Compare(found.term, operator, self._slot(number))

    def _date(self, found: Resolved, operator: Operator, value: Any) -> Test:
        at = moment(value) if isinstance(value, str) else None
        if operator in _INSIDE:
            return Always(False)  # they are for texts, and a date is none
        if at is None:
            hint = "compare it with one such as 2027-01-31T09:30:00Z, by eq, ne, gt, ge, lt or le"
            raise InvalidFilter(f"{found.attribute.name} is a date and time; {hint}.")
        if found.term.kind != "milliseconds":
            return Compare(found.term, operator, self._slot(sortable(at)))
        whole, part = divmod(round(at.timestamp() * 1_000_000), 1000)
        if part and operator == "eq":
            return Always(False)
        if part:
            operator = "gt" if operator in {"gt", "ge"} else "le"
        return Compare(found.term, operator, self._slot(whole))

    def _location(self, operator: Operator, asked: str) -> Test:
        """Every address but its id is the same for all: compared here, what is left is compared with the id."""
        prefix = f"{self._base}{self._shape.endpoint}/"
        if operator != "eq":
            raise InvalidFilter("meta.location is compared by eq and ne.")
        return (
            Compare(Own("id"), "eq", self._slot(asked.removeprefix(prefix))) if asked.startswith(prefix) else Always(False)
        )

    def _reference(self, found: Resolved, operator: Operator, asked: str) -> Test:
        """The same for the address of a member or a group: what kind it is, and which."""
        if operator != "eq":
            raise InvalidFilter("$ref is compared by eq and ne.")
        kinds = found.attribute.references
        for kind in kinds:
            prefix = fold(f"{self._base}/{kind}s/")
            if fold(asked).startswith(prefix):
                same = Compare(Element("value"), "eq", self._slot(fold(asked).removeprefix(prefix)))
                return Both((same, Compare(Element("type"), "eq", self._slot(fold(kind))))) if len(kinds) > 1 else same
        return Always(False)

    def _slot(self, value: Any) -> int:
        self.values.append(value)
        return len(self.values) - 1


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _next(key: str) -> str | None:
    """The first text after all that begin with `key`, in the order of code points; None if there is none."""
    head = key.rstrip("\U0010ffff")
    if not head:
        return None
    after = ord(head[-1]) + 1
    return head[:-1] + chr(after if after != 0xD800 else 0xE000)  # between them lie halves of pairs, which are no letters
