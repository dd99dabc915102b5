"""Resources as bytes: rendered once when written, spliced at read with what belongs to the moment (law 11).

A stored body ends with its `meta` object, so that `meta.location`, `members` and `groups` go in without parsing JSON.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from scim.etags import etag

LIST_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def stamp(milliseconds: int) -> str:
    """A SCIM dateTime."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def stored(kind: str, id: str, resource: Mapping[str, Any], created: int, modified: int, version: int) -> bytes:
    """The body to keep: `resource` with its id first and its meta last."""
    rest = {key: value for key, value in resource.items() if key not in {"schemas", "id", "meta"}}
    meta = {
        "resourceType": kind,
        "created": stamp(created),
        "lastModified": stamp(modified),
        "version": etag(version),
    }
    return orjson.dumps({"schemas": resource["schemas"], "id": id, **rest, "meta": meta})


def parsed(body: bytes) -> dict[str, Any]:
    """The resource of a stored body, without its meta."""
    resource: dict[str, Any] = orjson.loads(body)
    resource.pop("meta", None)
    return resource


def located(body: bytes, url: str, extra: bytes = b"") -> bytes:
    """Splice `meta.location` and `extra` (``,"members":[…]``) into a stored body."""
    return b"".join((bytes(body[:-2]), b',"location":', orjson.dumps(url), b"}", extra, b"}"))


def user(row: Any, base: str, groups: Sequence[Any] = ()) -> bytes:
    """A user as answered; `groups` are rows (id, display_name)."""
    extra = b""
    if groups:
        items = [
            {
                "value": group["id"],
                "$ref": f"{base}/Groups/{group['id']}",
                "display": group["display_name"],
                "type": "direct",
            }
            for group in groups
        ]
        extra = b',"groups":' + orjson.dumps(items)
    return located(row["body"], f"{base}/Users/{row['id']}", extra)


def group(row: Any, base: str) -> bytes:
    """A group as answered, without its members."""
    return located(row["body"], f"{base}/Groups/{row['id']}")


def with_members(group: bytes, members: bytes) -> bytes:
    """A rendered group, and its members as `members` renders them."""
    return b"".join((group[:-1], b',"members":[', members, b"]}"))


def members(rows: Sequence[Any], base: str, parts: frozenset[str] | None = None) -> bytes:
    """Members (value, kind, display) with commas between; `parts`: only these of their folded sub-attributes."""
    items = (_member(row, base) for row in rows)
    if parts is not None:
        items = ({key: value for key, value in item.items() if key.lower() in parts} for item in items)
    return orjson.dumps(list(items))[1:-1]


def page(resources: Sequence[bytes], total: int, start: int) -> bytes:
    """A ListResponse; `Resources` is there even when empty, because validators ask for it."""
    return b"".join((page_head(total, len(resources), start=start), b",".join(resources), b"]}"))


def page_head(total: int, count: int, *, start: int | None = None, next_cursor: str | None = None) -> bytes:
    """A ListResponse up to its first resource: with its number, or with where to go on (RFC 9865 §2)."""
    where = "" if start is None else f',"startIndex":{start}'
    onward = "" if next_cursor is None else f',"nextCursor":"{next_cursor}"'
    return (
        f'{{"schemas":["{LIST_SCHEMA}"],"totalResults":{total},"itemsPerPage":{count}{where}{onward},"Resources":['
    ).encode()


def _member(member: Any, base: str) -> dict[str, Any]:
    item = {"value": member["value"]}
    if member["kind"]:
        place = "Users" if member["kind"] == "User" else "Groups"
        item |= {"$ref": f"{base}/{place}/{member['value']}", "type": member["kind"], "display": member["display"]}
    return item
