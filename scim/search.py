"""The search document of a resource: what filters and sorting compare, folded in Python once, at the write.

Both engines then compare plain bytes and agree about every script. Names are folded, and so are values unless the attribute
is caseExact; booleans are the texts true and false, dates are UTC in one width. In a list the primary element comes first,
which is the one to sort by. What has a column of its own is left out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from scim.keys import fold
from scim.schemas import Attribute, Shape

IN_COLUMNS = frozenset({"id", "externalid", "username", "displayname", "active", "meta", "members", "groups"})


def document(resource: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The search document of a cleaned resource."""
    found: dict[str, Any] = {}
    for key, value in resource.items():
        lowered = key.lower()
        if lowered in IN_COLUMNS:
            continue
        extension = shape.urns.get(lowered)
        if extension is not None:
            found[lowered] = _parts(extension.by_name, value)
        elif (home := shape.keys.get(lowered)) is not None:
            found[lowered] = _folded(home.attribute, value)
    return found


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


def _folded(attribute: Attribute, value: Any) -> Any:
    if isinstance(value, list):
        items = [_folded(attribute, item) for item in value]
        return sorted(items, key=_not_primary) if attribute.sub else items
    if isinstance(value, Mapping):
        return _parts(attribute.parts, value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return value
    if attribute.kind == "dateTime":
        at = moment(value)
        return sortable(at) if at else value
    return value if attribute.case_exact else fold(value)


def _parts(known: Mapping[str, Attribute], value: Mapping[str, Any]) -> dict[str, Any]:
    parts = {}
    for key, inner in value.items():
        lowered = key.lower()
        if lowered in known:
            parts[lowered] = _folded(known[lowered], inner)
    return parts


def _not_primary(item: Any) -> bool:
    return not (isinstance(item, dict) and item.get("primary") == "true")
