"""A filter's text -> a `Query`: tests without values, and the values beside them.

``attr eq "value"`` is what IdPs ask all day, so a regular expression meets it before any parser.
"""

import math
import re
from dataclasses import dataclass, field
from typing import Any, cast

from scim.clean import check_text
from scim.dialects import Healing
from scim.errors import InvalidFilter, InvalidSyntax
from scim.filters import lenient, resolve
from scim.filters.resolve import Resolved
from scim.filters.tests import Always, Both, Compare, Either, Element, Operator, Opposite, Own, Present, Some, Test
from scim.keys import fold
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Not, ValuePath
from scim.rfc import Present as PresentNode
from scim.schemas import Attribute, Shape
from scim.search import moment, sortable

MOST = 200  # comparisons of one filter
_SIMPLE = re.compile(r'\s*([A-Za-z][A-Za-z.]*)\s+eq\s+"([^"\\]*)"\s*', re.IGNORECASE)
_UNIQUE = {"id", "external_id", "user_name_key"}
_ORDER = {"gt", "ge", "lt", "le"}
_INSIDE = {"co", "sw", "ew"}
_IN_EMAIL_ROWS = {"value", "type", "primary"}


@dataclass(frozen=True, slots=True)
class Query:
    """`test` None: every resource fits. `values` by slot."""

    test: Test | None = None
    values: tuple[Any, ...] = ()

    @property
    def finds_one(self) -> bool:
        """At most a row or two, found by an index: cheap enough for the loop's own thread."""
        terms = self.test.terms if isinstance(self.test, Both) else (self.test,)
        return any(
            isinstance(one, Compare) and one.operator == "eq" and isinstance(one.term, Own) and one.term.column in _UNIQUE
            for one in terms
        )


def parse(text: str | None, shape: Shape, healing: Healing, base: str = "") -> Query:
    """The query of a filter; InvalidFilter otherwise. `base`: what the locations of this connection begin with."""
    if text is None:
        return Query()
    try:
        return _parsed(text, shape, healing, base)
    except InvalidSyntax as refused:  # what a strict dialect doesn't heal
        raise InvalidFilter(refused.detail) from refused


def _parsed(text: str, shape: Shape, healing: Healing, base: str) -> Query:
    building = _Building(shape, healing, base)
    simple = _SIMPLE.fullmatch(text)
    if simple is not None:
        path = AttrPath(attr=simple.group(1)) if "." not in simple.group(1) else None
        found = resolve.resolve(shape, path) if path is not None else None
        if found is not None and found.source is None:
            return Query(building.compared(found, "eq", simple.group(2)), tuple(building.values))
    test = building.test(lenient.read(text, healing))
    return Query(test, tuple(building.values))


@dataclass
class _Building:
    """One filter on its way; `inside` is the list whose brackets we are in."""

    shape: Shape
    healing: Healing
    base: str
    values: list[Any] = field(default_factory=list)
    inside: Attribute | None = None

    def test(self, node: FilterNode) -> Test:
        if isinstance(node, LogicalExpr):
            terms = tuple(self.test(term) for term in node.terms)
            return Both(terms) if node.op is LogicalOperator.and_ else Either(terms)
        if isinstance(node, Not):
            return Opposite(self.test(node.expr))
        if isinstance(node, ValuePath):
            return self._value_path(node)
        if isinstance(node, PresentNode):
            return self._present(node.attr_path)
        assert isinstance(node, Comparison)
        return self._comparison(node)

    def compared(self, found: Resolved, operator: str, value: Any) -> Test:
        """One comparison with a value as it is stored."""
        if operator == "ne":
            return Opposite(self.compared(found, "eq", value))
        test = self._against(found, cast(Operator, operator), value)
        return test if found.source is None or isinstance(test, Always) else self._some(found.source, test)

    def _comparison(self, node: Comparison) -> Test:
        operator, found = node.op.value, self._find(node.attr_path)
        if found is None:
            return Always(operator == "ne")
        if node.value is None:
            if operator not in {"eq", "ne"}:
                return Always(False)
            present = self._present(node.attr_path, empty=True)
            return present if operator == "ne" else Opposite(present)
        return self.compared(found, operator, node.value)

    def _present(self, path: AttrPath, *, empty: bool = False) -> Test:
        listed = resolve.source(self.shape, path) if self.inside is None else None
        if listed is not None:
            return Some(listed[1], Always(True))
        found = self._find(path, whole=True)
        if found is None:
            return Always(False)
        test = Present(found.term, empty)
        return test if found.source is None else Some(found.source, test)

    def _value_path(self, node: ValuePath) -> Test:
        listed = resolve.source(self.shape, node.attr_path)
        if listed is None:
            if self._known(node.attr_path):
                raise InvalidFilter(f"{node.attr_path.attr} has no elements to choose from.")
            return Always(False)
        self.inside = listed[0]
        test = self.test(node.val_filter)
        self.inside = None
        return self._some(listed[1], test)

    def _some(self, source: Any, test: Test) -> Test:
        """Addresses have rows, and an index, of their own; they hold those with a value."""
        if source == ("emails",) and _asks_for_value(test) and _parts(test) <= _IN_EMAIL_ROWS:
            return Some("emails", test)
        return Some(source, test)

    def _find(self, path: AttrPath, *, whole: bool = False) -> Resolved | None:
        inside = self.inside
        found = resolve.resolve(self.shape, path) if inside is None else resolve.element(inside, path)
        if found is None and self._known(path):
            if whole:
                return self._whole(path)
            raise InvalidFilter(f"{path.attr} has several parts; compare one of them.")
        if found is None:
            self.healing.note("unknown-attribute", path.attr[:120])
        return found

    def _whole(self, path: AttrPath) -> Resolved | None:
        """A complex attribute that is asked for as a whole: it is there if the search document has it."""
        home = self.shape.find(path.uri, path.attr)
        if home is None or path.sub_attr is not None:
            return None
        if home.attribute.name == "meta":
            return Resolved(home.attribute, Own("id"))
        return Resolved(home.attribute, resolve.stored(home))

    def _known(self, path: AttrPath) -> bool:
        if self.inside is not None:
            return False
        home = self.shape.find(path.uri, path.attr)
        return home is not None and home.attribute.returned != "never" and path.sub_attr is None

    def _against(self, found: Resolved, operator: Operator, value: Any) -> Test:
        attribute, term = found.attribute, found.term
        if operator in _ORDER and attribute.kind in {"boolean", "binary"}:
            raise InvalidFilter(f"{attribute.name} has no order, so {operator} can't compare it.")
        if attribute.kind == "boolean":
            return self._boolean(found, operator, value)
        if attribute.kind in {"integer", "decimal"}:
            return self._number(found, operator, value)
        if attribute.kind == "dateTime":
            return self._date(found, operator, value)
        asked = check_text(_text(value), "The filter")
        if isinstance(term, Own) and term.column == "location":
            return self._location(operator, asked)
        return Compare(term, operator, self._slot(asked if attribute.case_exact else fold(asked)))

    def _boolean(self, found: Resolved, operator: Operator, value: Any) -> Test:
        word = _text(value).lower()
        if operator != "eq":
            raise InvalidFilter(f"{found.attribute.name} is true or false, so only eq and ne compare it.")
        if word not in {"true", "false"}:
            return Always(False)
        return Compare(found.term, "eq", self._slot(word == "true" if found.term.kind == "flag" else word))

    def _number(self, found: Resolved, operator: Operator, value: Any) -> Test:
        try:
            number = float(value) if not isinstance(value, int) else value
        except ValueError:
            number = math.nan
        if operator in _INSIDE or isinstance(value, bool) or not math.isfinite(number) or abs(number) > 1e300:
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
        prefix = f"{self.base}{self.shape.endpoint}/"
        if operator == "eq":
            if not asked.startswith(prefix):
                return Always(False)
            return Compare(Own("id"), "eq", self._slot(asked.removeprefix(prefix)))
        raise InvalidFilter("meta.location is compared by eq and ne.")

    def _slot(self, value: Any) -> int:
        if len(self.values) >= MOST:
            raise InvalidFilter(f"A filter may have {MOST} comparisons.")
        self.values.append(value)
        return len(self.values) - 1


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _asks_for_value(test: Test) -> bool:
    terms = test.terms if isinstance(test, Both) else (test,)
    return any(isinstance(one, Compare) and one.term == Element("value") for one in terms)


def _parts(test: Test) -> set[str]:
    if isinstance(test, Compare | Present):
        return {test.term.part or ""} if isinstance(test.term, Element) else set()
    if isinstance(test, Both | Either):
        return {part for term in test.terms for part in _parts(term)}
    return _parts(test.test) if isinstance(test, Opposite) else set()
