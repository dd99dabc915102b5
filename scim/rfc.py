"""The one importer of scim2-models: the grammar of filters and paths (RFC 7644 §3.4.2.2, §3.5.2), as its syntax tree."""

from functools import lru_cache

from scim2_models.exceptions import SCIMException
from scim2_models.path import (
    AttrPath,
    CompareOperator,
    Comparison,
    FilterNode,
    LogicalExpr,
    LogicalOperator,
    Not,
    Path,
    Present,
    ScimFilter,
    ValuePath,
)

from scim.errors import InvalidFilter, InvalidPath

__all__ = [
    "AttrPath",
    "CompareOperator",
    "Comparison",
    "FilterNode",
    "LogicalExpr",
    "LogicalOperator",
    "Not",
    "Present",
    "Target",
    "ValuePath",
    "parse_filter",
    "parse_path",
]

LONGEST = 8_192
REMEMBERED = 300
"""Characters of a filter or path that is worth keeping parsed: what a connector asks again is short, and trees are large."""
Target = AttrPath | ValuePath


def parse_filter(text: str) -> FilterNode:
    """The tree of a filter; InvalidFilter for anything the RFC's grammar refuses."""
    return _known_filter(text) if len(text) <= REMEMBERED else _filter(text)


def parse_path(text: str) -> Target:
    """The tree of an attribute path; InvalidPath otherwise."""
    return _known_path(text) if len(text) <= REMEMBERED else _path(text)


def _filter(text: str) -> FilterNode:
    if len(text) > LONGEST:
        raise InvalidFilter(f"The filter is longer than {LONGEST} characters.")
    try:
        return ScimFilter(text).ast
    except (SCIMException, ValueError, RecursionError) as error:
        raise InvalidFilter(f"The filter can't be parsed: {str(error)[:200]}") from error


def _path(text: str) -> Target:
    if len(text) > LONGEST:
        raise InvalidPath(f"The path is longer than {LONGEST} characters.")
    try:
        found = Path(text).ast
    except (SCIMException, ValueError, RecursionError) as error:
        raise InvalidPath(f"The path {text[:80]!r} can't be parsed.") from error
    if not isinstance(found, AttrPath | ValuePath):
        raise InvalidPath(f"{text[:80]!r} is a filter, not a path.")
    return found


_known_filter = lru_cache(maxsize=256)(_filter)
_known_path = lru_cache(maxsize=256)(_path)
