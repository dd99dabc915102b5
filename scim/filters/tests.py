"""What a filter asks, resolved against a resource type: small frozen values without the values compared, so that one SQL
statement serves every filter of the same form.
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "number", "milliseconds", "flag"]
Operator = Literal["eq", "co", "sw", "ew", "gt", "ge", "lt", "le"]
Linked = Literal["emails", "groups", "members"]
Source = tuple[str, ...] | Linked
"""Where a list is: in the search document (a path), or in rows elsewhere (a word)."""


@dataclass(frozen=True, slots=True)
class Own:
    """A column of the resource's row; `location` and `tag` (its ETag) are made of columns."""

    column: str
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Stored:
    """A value in the search document."""

    path: tuple[str | int, ...]
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Element:
    """A part of the element that is looked at (None: the element itself)."""

    part: str | None
    kind: Kind = "text"


Term = Own | Stored | Element


@dataclass(frozen=True, slots=True)
class Compare:
    """`slot`: which of the query's values it is compared with."""

    term: Term
    operator: Operator
    slot: int


@dataclass(frozen=True, slots=True)
class Present:
    """There is a value; `empty`: a text without letters counts as one."""

    term: Term
    empty: bool = False


@dataclass(frozen=True, slots=True)
class Some:
    """Some element of a list fits."""

    source: Source
    test: "Test"


@dataclass(frozen=True, slots=True)
class Both:
    terms: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class Either:
    terms: tuple["Test", ...]


@dataclass(frozen=True, slots=True)
class Opposite:
    test: "Test"


@dataclass(frozen=True, slots=True)
class Always:
    """For every resource, or (`holds` False) for none."""

    holds: bool


Test = Compare | Present | Some | Both | Either | Opposite | Always


def size(test: Test | None) -> int:
    """How many comparisons there are."""
    if isinstance(test, Both | Either):
        return sum(size(term) for term in test.terms)
    if isinstance(test, Some | Opposite):
        return size(test.test)
    return 1
