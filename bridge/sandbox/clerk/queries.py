"""Query parameters, read as strictly as Clerk reads them, and made into the WHERE, ORDER BY and LIMIT of a list.

`limit=10.0` is an error at Clerk, and so it is here; a list parameter is repeated, and takes `+` and `-` where ids may
be included or excluded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from multidict import MultiMapping

from bridge.sandbox.clerk import errors

_MOST_VALUES = 100
_MOST_ROWS = 500
_MOST_DIGITS = 18  # what fits 64 bits in any case


def whole(query: MultiMapping[str], name: str) -> int | None:
    """A whole number of zero or more, or None where it was not sent."""
    value = query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdigit()):
        raise errors.VALUE(name, value=value)
    if len(value) > _MOST_DIGITS:
        raise errors.VALUE(name, value=value)
    return int(value)


def flag(query: MultiMapping[str], name: str) -> bool | None:
    """true or false, or None where it was not sent."""
    value = query.get(name)
    if value in (None, ""):
        return None
    if value not in ("true", "false"):
        raise errors.VALUE(name, value=value)
    return value == "true"


def values(query: MultiMapping[str], name: str) -> list[str]:
    """A repeated parameter; the older spelling `name[]` is heard too."""
    found = query.getall(name, []) + query.getall(f"{name}[]", [])
    if len(found) > _MOST_VALUES:
        raise errors.TOO_MANY_VALUES(name, size=_MOST_VALUES)
    return found


def page(query: MultiMapping[str]) -> tuple[int, int]:
    """(limit, offset): 1 to 500 with 10 as default, and 0 or more."""
    limit = whole(query, "limit")
    if limit is None:
        limit = 10
    if not 1 <= limit <= _MOST_ROWS:
        raise errors.VALUE("limit", value=limit)
    return limit, whole(query, "offset") or 0


def order(query: MultiMapping[str], columns: Mapping[str, str], default: str, tie: str) -> str:
    """An ORDER BY; `columns` maps Clerk's names to SQL, `tie` is the column that tells equals apart."""
    given = query.get("order_by") or default
    # a `+` that was not sent as %2B arrives as a space
    name = given.lstrip("+- ")
    if name not in columns or len(given) - len(name) > 1:
        raise errors.VALUE("order_by", value=given)
    direction = "DESC" if given.startswith("-") else "ASC"
    return f" ORDER BY {columns[name]} {direction}, {tie} {direction}"


@dataclass(slots=True)
class Where:
    """Conditions that are joined by AND, with their values. Column names come from code, never from a request."""

    parts: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, part: str, *given: object) -> None:
        """One more condition."""
        self.parts.append(part)
        self.values.extend(given)

    def within(self, template: str, wanted: list[str]) -> None:
        """`template` holds `{}` where the list of place holders goes."""
        if wanted:
            self.add(template.format(", ".join("?" * len(wanted))), *wanted)

    def signed(self, template: str, wanted: list[str]) -> None:
        """Ids, each with an optional + (include) or - (exclude) before it."""
        self.within(template, [item.lstrip("+ ") for item in wanted if not item.startswith("-")])
        self.within(f"NOT ifnull({template}, 0)", [item[1:] for item in wanted if item.startswith("-")])

    def like(self, expressions: tuple[str, ...], needle: str | None) -> None:
        """A partial match in any of the expressions, ignoring case."""
        if needle:
            pattern = "%" + needle.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
            tests = " OR ".join(f"{expression} LIKE ? ESCAPE '\\'" for expression in expressions)
            self.add(f"({tests})", *[pattern] * len(expressions))

    def between(self, query: MultiMapping[str], name: str, column: str) -> None:
        """`<name>_before` and `<name>_after`, in milliseconds."""
        for suffix, comparison in (("before", "<"), ("after", ">"), ("since", ">=")):
            bound = whole(query, f"{name}_{suffix}")
            if bound is not None:
                self.add(f"{column} {comparison} ?", bound)

    @property
    def sql(self) -> str:
        """` WHERE …`, or nothing."""
        return f" WHERE {' AND '.join(self.parts)}" if self.parts else ""
