"""A query's test -> a WHERE of SQLAlchemy Core. The connection is bound as connection_, the values as user0, user1, … or
group0, …, so that one statement can ask both types.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam

from scim.filters.tests import (
    Always,
    Both,
    Compare,
    Either,
    Element,
    Kind,
    Opposite,
    Own,
    Present,
    Some,
    Stored,
    Term,
    Test,
)
from scim.schemas import Shape
from scim.sql import elements, item, part, text_test
from scim.tables import scim_email, scim_group, scim_member, scim_nested, scim_pending, scim_user

Part = Callable[[Element], ColumnElement[Any]]
TYPES: dict[Kind, Any] = {"text": sa.Text, "number": sa.Double, "milliseconds": sa.BigInteger, "flag": sa.Boolean}
_WITHIN = {"co": "contains", "sw": "starts", "ew": "ends"}


def where(test: Test | None, shape: Shape) -> list[ColumnElement[bool]]:
    """The conditions of a query over this resource type's table: the connection's rows that fit."""
    table = table_of(shape)
    conditions: list[ColumnElement[bool]] = [table.c.connection == bindparam("connection_")]
    if shape.kind == "Group":
        conditions.append(table.c.deleted.is_(None))
    terms = test.terms if isinstance(test, Both) else (test,) if test is not None else ()
    return conditions + [_Writer(table, shape).condition(term) for term in terms]


def table_of(shape: Shape) -> sa.Table:
    """The rows of a resource type."""
    return scim_user if shape.kind == "User" else scim_group


def slot(shape: Shape, number: int) -> str:
    """The name that a value of a query is bound by."""
    return f"{shape.kind.lower()}{number}"


def value(term: Own | Stored, shape: Shape) -> ColumnElement[Any]:
    """A term as SQL: to compare it, and to sort by it."""
    table = table_of(shape)
    if isinstance(term, Stored):
        return part(table.c.search, term.path, number=term.kind == "number")
    if term.column == "kind":
        return sa.literal(shape.kind)
    if term.column == "tag":
        return sa.literal('W/"', sa.Text) + sa.cast(table.c.version, sa.Text) + sa.literal('"', sa.Text)
    if term.column == "location":
        return table.c.id
    column: ColumnElement[Any] = table.c[term.column]
    return column


class _Writer:
    """`part_of` gives a part of the element that is looked at."""

    def __init__(self, table: sa.Table, shape: Shape, part_of: Part | None = None) -> None:
        self._table = table
        self._shape = shape
        self._part_of = part_of

    def condition(self, test: Test) -> ColumnElement[bool]:
        if isinstance(test, Compare):
            return self._compare(test)
        if isinstance(test, Present):
            return self._present(test)
        if isinstance(test, Some):
            return self._some(test)
        if isinstance(test, Always):
            return sa.true() if test.holds else sa.false()
        return self._joined(test)

    def _joined(self, test: Both | Either | Opposite) -> ColumnElement[bool]:
        """What isn't there is NULL to SQL and false to a filter: that matters where it is turned round."""
        if isinstance(test, Opposite):
            return sa.not_(sa.func.coalesce(self.condition(test.test), sa.false()))
        terms = [self.condition(term) for term in test.terms]
        return sa.and_(sa.true(), *terms) if isinstance(test, Both) else sa.or_(sa.false(), *terms)

    def _value(self, term: Term) -> ColumnElement[Any]:
        if isinstance(term, Element):
            assert self._part_of is not None, "an element stands in brackets"
            return self._part_of(term)
        return value(term, self._shape)

    def _compare(self, test: Compare) -> ColumnElement[bool]:
        left = self._value(test.term)
        right = bindparam(slot(self._shape, test.slot), type_=TYPES[test.term.kind])
        if test.operator in _WITHIN:
            return text_test(_WITHIN[test.operator], left, right)
        operators: dict[str, Callable[[], ColumnElement[bool]]] = {
            "eq": lambda: left == right,
            "gt": lambda: left > right,
            "ge": lambda: left >= right,
            "lt": lambda: left < right,
            "le": lambda: left <= right,
        }
        return operators[test.operator]()

    def _present(self, test: Present) -> ColumnElement[bool]:
        found = self._value(test.term)
        if test.empty or test.term.kind != "text":
            return found.is_not(None)
        return sa.and_(found.is_not(None), found != sa.literal("", sa.Text))

    def _some(self, test: Some) -> ColumnElement[bool]:
        if isinstance(test.source, tuple):
            return self._listed(test.source, test.test)
        return self._table.c.pk.in_(sa.union_all(*self._rows(test)) if test.source == "members" else self._rows(test)[0])

    def _listed(self, path: tuple[str, ...], test: Test) -> ColumnElement[bool]:
        listed = elements(self._table.c.search, path).table_valued("value")

        def part_of(element: Element) -> ColumnElement[Any]:
            if element.part is None:
                return item(listed.c.value, number=element.kind == "number")
            return part(listed.c.value, (element.part,), number=element.kind == "number")

        condition = _Writer(self._table, self._shape, part_of).condition(test)
        return sa.exists(sa.select(sa.literal_column("1")).select_from(listed).where(condition).correlate(self._table))

    def _rows(self, test: Some) -> list[Any]:
        """The keys of resources that have a fitting row elsewhere; each select knows how its rows show the parts."""
        connection: ColumnElement[str] = bindparam("connection_", type_=sa.Text)
        if test.source == "emails":
            shown = {
                "value": scim_email.c.value_key,
                "type": scim_email.c.type,
                "primary": sa.case((scim_email.c.is_primary, "true"), else_="false"),
            }
            return [self._having(sa.select(scim_email.c.user_pk).where(scim_email.c.connection == connection), shown, test)]
        if test.source == "groups":
            joined = sa.select(scim_member.c.user_pk).join_from(
                scim_member, scim_group, scim_group.c.pk == scim_member.c.group_pk
            )
            shown = _shown(scim_group.c.id, scim_group.c.display_key, "direct")
            chosen = joined.where(scim_group.c.connection == connection, scim_group.c.deleted.is_(None))
            return [self._having(chosen, shown, test)]
        child = scim_group.alias("child")
        users = sa.select(scim_member.c.group_pk).join_from(scim_member, scim_user, scim_user.c.pk == scim_member.c.user_pk)
        groups = sa.select(scim_nested.c.group_pk).join_from(scim_nested, child, child.c.pk == scim_nested.c.child_pk)
        pending = sa.select(scim_pending.c.group_pk).where(scim_pending.c.connection == connection)
        return [
            self._having(
                users.where(scim_user.c.connection == connection),
                _shown(scim_user.c.id, scim_user.c.user_name_key, "user"),
                test,
            ),
            self._having(
                groups.where(child.c.connection == connection, child.c.deleted.is_(None)),
                _shown(child.c.id, child.c.display_key, "group"),
                test,
            ),
            self._having(pending, _shown(scim_pending.c.value, sa.null(), None), test),
        ]

    def _having(self, rows: Any, shown: dict[str, Any], test: Some) -> Any:
        def part_of(element: Element) -> ColumnElement[Any]:
            found: ColumnElement[Any] = shown.get(element.part or "value", sa.null())
            return found

        return rows.where(_Writer(self._table, self._shape, part_of).condition(test.test))


def _shown(id: Any, name: Any, kind: str | None) -> dict[str, Any]:
    """The parts of a member or group; a pending member (`kind` None) has nothing but its value."""
    text = sa.literal(kind, sa.Text) if kind else sa.null()
    return {"value": id, "display": name, "type": text, "$ref": text}
