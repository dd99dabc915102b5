"""A filter's text -> a `Query`: tests without values, and the values beside them.

``attr eq "value"`` is what IdPs ask all day, so a regular expression meets it before any parser.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from scim.clean import check_text
from scim.dialects import Healing
from scim.errors import InvalidFilter, InvalidSyntax, InvalidValue
from scim.filters import lenient, resolve
from scim.filters.comparing import MOST, Comparing
from scim.filters.resolve import Resolved
from scim.filters.tests import Always, Both, Compare, Either, Element, Opposite, Own, Present, Some, Source, Test
from scim.keys import fold
from scim.rfc import AttrPath, Comparison, FilterNode, LogicalExpr, LogicalOperator, Not, ValuePath
from scim.rfc import Present as PresentNode
from scim.schemas import Attribute, Shape

_SIMPLE = re.compile(r'\s*([A-Za-z]{1,40})\s+eq\s+"([^"\\]*)"\s*', re.IGNORECASE)
_UNIQUE = {"id", "external_id", "user_name_key"}


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
    except (InvalidSyntax, InvalidValue) as refused:  # what a strict dialect doesn't heal, and texts that none can keep
        raise InvalidFilter(refused.detail) from refused


def _parsed(text: str, shape: Shape, healing: Healing, base: str) -> Query:
    simple = _SIMPLE.fullmatch(text)
    form = _text_eq(shape, simple.group(1)) if simple is not None else None
    if simple is not None and form is not None:
        asked = check_text(simple.group(2), "The filter")
        return Query(form[0], (asked if form[1] else fold(asked),))
    building = _Building(shape, healing, Comparing(shape, base))
    return building.query(building.test(lenient.read(text, healing)))


@lru_cache(maxsize=256)
def _text_eq(shape: Shape, name: str) -> tuple[Test, bool] | None:
    """``name eq "…"`` of a single text, and whether its case counts; None for anything else, which is read as a whole."""
    found = resolve.resolve(shape, AttrPath(attr=name))
    if found is None or found.source is not None or found.attribute.kind != "string":
        return None
    return Compare(found.term, "eq", 0), found.attribute.case_exact


@dataclass
class _Building:
    """One filter on its way; `inside` is the list whose brackets we are in."""

    shape: Shape
    healing: Healing
    comparing: Comparing
    inside: Attribute | None = None
    count: int = 0

    def query(self, test: Test) -> Query:
        return Query(test, tuple(self.comparing.values))

    def test(self, node: FilterNode) -> Test:
        if isinstance(node, LogicalExpr):
            terms = tuple(self.test(term) for term in node.terms)
            return Both(terms) if node.op is LogicalOperator.and_ else Either(terms)
        if isinstance(node, Not):
            return _opposite(self.test(node.expr))
        if isinstance(node, ValuePath):
            return self._value_path(node)
        self.count += 1
        if self.count > MOST:
            raise InvalidFilter(f"A filter may have {MOST} comparisons.")
        if isinstance(node, PresentNode):
            return self._there(node.attr_path, empty=False)
        assert isinstance(node, Comparison)
        return self._comparison(node)

    def compared(self, found: Resolved, operator: str, value: Any) -> Test:
        """One comparison with a value; `ne` is the opposite of `eq`, so what isn't there is unequal."""
        if operator == "ne":
            return _opposite(self.compared(found, "eq", value))
        test = self.comparing.test(found, operator, value)
        return test if found.source is None or isinstance(test, Always) else self._some(found.source, test)

    def _comparison(self, node: Comparison) -> Test:
        operator, path = node.op.value, node.attr_path
        if node.value is None:
            return self._null(operator, path)
        found = self._find(path)
        return self.compared(found, operator, node.value) if found is not None else Always(operator == "ne")

    def _null(self, operator: str, path: AttrPath) -> Test:
        """null is what has no value (RFC 7643 §2.5), which has no order and no parts."""
        if operator not in {"eq", "ne"}:
            return Always(False)
        there = self._there(path, empty=True)
        return there if operator == "ne" else _opposite(there)

    def _there(self, path: AttrPath, *, empty: bool) -> Test:
        """A value stands at the path, or at some part of it (§3.4.2.2, "a non-empty node"). `empty`: a text of no letters
        counts.
        """
        whole = resolve.whole(self.shape, path) if self.inside is None else None
        found = whole or self._find(path)
        if found is None:
            return Always(False)
        test = Either(tuple(Present(term, empty) for term in found.terms))
        return test if found.source is None else Some(found.source, test)

    def _value_path(self, node: ValuePath) -> Test:
        listed = resolve.listed(self.shape, node.attr_path)
        if listed is None:
            self._unknown(node.attr_path, "has no elements to choose from")
            return Always(False)
        self.inside = listed.attribute
        test = self.test(node.val_filter)
        self.inside = None
        return self._some(listed.source, test)

    def _some(self, source: Source, test: Test) -> Test:
        """Addresses have rows, and an index, of their own; what these don't tell, the document does."""
        terms = test.terms if isinstance(test, Both) else (test,)
        told = tuple(term for term in terms if isinstance(term, Compare) and self._told_by_rows(term))
        if source != ("emails",) or all(term.term != Element("value") for term in told):
            return Some(source, test)
        rows = Some("emails", Both(told))
        return rows if len(told) == len(terms) else Both((rows, Some(source, test)))

    def _told_by_rows(self, test: Compare) -> bool:
        """They know no empty text, and of `primary` not whether it is false or absent."""
        asked, part = self.comparing.values[test.slot], test.term.part if isinstance(test.term, Element) else None
        if part == "primary":
            return bool(asked == "true")
        return part in {"value", "type"} and asked != "" and test.operator not in {"lt", "le"}

    def _find(self, path: AttrPath) -> Resolved | None:
        """What a path means here; None for what no resource has, or shows."""
        inside = self.inside
        found = resolve.resolve(self.shape, path) if inside is None else resolve.element(inside, path)
        if found is None:
            self._unknown(path, "has several parts; compare one of them")
        return found

    def _unknown(self, path: AttrPath, why: str) -> None:
        """Noted for an attribute that isn't in the schema; refused for one that is, but not to be used like that."""
        home = self.shape.find(path.uri, path.attr) if self.inside is None and path.sub_attr is None else None
        if home is not None and home.attribute.returned != "never":
            raise InvalidFilter(f"{path.attr} {why}.")
        self.healing.note("unknown-attribute", path.attr[:120])


def _opposite(test: Test) -> Test:
    """Two of them are none: SQLite's parser has no stack for thirty."""
    return test.test if isinstance(test, Opposite) else Opposite(test)
