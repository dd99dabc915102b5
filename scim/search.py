"""The search document of a resource: what filters and sorting compare, folded in Python once, at the write.

Both engines then compare plain bytes and agree about every script. Names are folded, and so are values unless the attribute
is caseExact; booleans are the texts true and false, dates are UTC in one width. In a list the primary element comes first,
which is the one to sort by. What has a column of its own is left out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import orjson

from scim.keys import fold
from scim.schemas import COMMON, Attribute, Shape

_IN_COLUMNS = frozenset({"id", "externalid", "username", "displayname", "active", "meta", "members", "groups"})
Fold = Callable[[Any], Any]
Table = Mapping[str, tuple[str, Fold]]


def document(resource: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The search document of a cleaned resource, whose names are the schemas' own."""
    return _parts(_table(shape), resource)


def stored_document(resource: Mapping[str, Any], shape: Shape) -> str:
    """As the column takes it."""
    return orjson.dumps(document(resource, shape)).decode()


def moment(text: str) -> datetime | None:
    """A SCIM dateTime (xsd:dateTime, RFC 7643 §2.3.5), without a zone in UTC; None for any other text."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError:
        return None


def sortable(at: datetime) -> str:
    """Dates as texts of one width, in the order of time."""
    return at.strftime("%Y").zfill(4) + at.strftime("-%m-%dT%H:%M:%S.%fZ")


@cache
def folding(attribute: Attribute) -> Fold:
    """How a value of an attribute, or one element of its list, is folded: what folds alike is the same to a client."""
    return partial(_parts, _folds(attribute.sub)) if attribute.sub else _plain(attribute)


@cache
def _table(shape: Shape) -> Table:
    """How each attribute is folded, by its name: made once, because every write goes through it."""
    own = [*COMMON.values(), *shape.core.attributes]
    table = {one.name: (one.name.lower(), _fold(one)) for one in own if one.name.lower() not in _IN_COLUMNS}
    return table | {one.id: (one.id.lower(), partial(_parts, _folds(one.attributes))) for one in shape.extensions}


def _folds(attributes: Iterable[Attribute]) -> Table:
    return {one.name: (one.name.lower(), _fold(one)) for one in attributes}


def _fold(attribute: Attribute) -> Fold:
    one = folding(attribute)
    if not attribute.many:
        return one
    return partial(_elements if attribute.sub else _each, one)


def _plain(attribute: Attribute) -> Fold:
    if attribute.kind == "boolean":
        return _word
    if attribute.kind == "dateTime":
        return _date
    return _same if attribute.kind in {"integer", "decimal"} or attribute.case_exact else fold


def _parts(table: Table, value: Mapping[str, Any]) -> dict[str, Any]:
    parts = {}
    for key, inner in value.items():
        known = table.get(key)
        if known is not None:
            parts[known[0]] = known[1](inner)
    return parts


def _elements(inner: Fold, items: Sequence[Any]) -> list[Any]:
    """The primary one first."""
    folded = [inner(item) for item in items]
    return sorted(folded, key=_not_primary) if len(folded) > 1 else folded


def _each(plain: Fold, items: Sequence[Any]) -> list[Any]:
    return [plain(item) for item in items]


def _word(value: Any) -> str:
    return "true" if value else "false"


def _date(value: str) -> str:
    at = moment(value)
    return sortable(at) if at else value


def _same(value: Any) -> Any:
    return value


def _not_primary(item: Any) -> bool:
    return bool(item.get("primary") != "true")
