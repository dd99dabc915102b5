"""Resources as bytes: rendered once when written, spliced at read with what belongs to the moment (law 11).

A stored body ends with its `meta` object, so that `meta.location`, `members` and `groups` go in without parsing JSON.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from scim.errors import TooLarge
from scim.etags import etag

LARGEST = 1024 * 1024  # bytes of one resource without its members
_USUAL = frozenset({"value", "$ref", "type"})
LIST_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def stamp(milliseconds: int) -> str:
    """A SCIM dateTime."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def stored(kind: str, id: str, resource: Mapping[str, Any], created: int, modified: int, version: int) -> bytes:
    """The body to keep: `resource` with its id first and its meta last. TooLarge if no list should carry it."""
    rest = {key: value for key, value in resource.items() if key not in {"schemas", "id", "meta"}}
    meta = {
        "resourceType": kind,
        "created": stamp(created),
        "lastModified": stamp(modified),
        "version": etag(version),
    }
    body = orjson.dumps({"schemas": resource["schemas"], "id": id, **rest, "meta": meta})
    if len(body) > LARGEST:
        raise TooLarge(f"A resource may have {LARGEST} bytes; this one has {len(body)}.")
    return body


def parsed(body: bytes) -> dict[str, Any]:
    """The resource of a stored body, without its meta."""
    resource: dict[str, Any] = orjson.loads(body)
    resource.pop("meta", None)
    return resource


def located(body: bytes, base: str, place: str, id: str, extra: bytes = b"") -> bytes:
    """Splice `meta.location` and `extra` (``,"members":[…]``) into a stored body. Our ids need no escaping."""
    return b"".join((bytes(body[:-2]), b',"location":"', _escaped(base), f"/{place}/{id}".encode(), b'"}', extra, b"}"))


def user(row: Any, base: str, groups: bytes | None = None) -> bytes:
    """A user as answered; `groups` as `groups_of` renders them."""
    extra = b"" if not groups else b"".join((b',"groups":[', groups, b"]"))
    return located(row["body"], base, "Users", row["id"], extra)


def groups_of(rows: Sequence[Any], base: str) -> dict[int, bytes]:
    """The groups of users, with commas between, by the user's key; `rows` as scim.users.groups_of gives them."""
    found: dict[int, list[bytes]] = {}
    for user_pk, _, id, name in rows:
        found.setdefault(user_pk, []).append(_group_of(base, id, name))
    return {user_pk: b",".join(items) for user_pk, items in found.items()}


@lru_cache(maxsize=1024)
def _group_of(base: str, id: str, name: str) -> bytes:
    """Many users are in the same few groups."""
    return orjson.dumps({"value": id, "$ref": f"{base}/Groups/{id}", "display": name, "type": "direct"})


@lru_cache(maxsize=64)
def _escaped(base: str) -> bytes:
    return orjson.dumps(base)[1:-1]


def group(row: Any, base: str) -> bytes:
    """A group as answered, without its members."""
    return located(row["body"], base, "Groups", row["id"])


def with_members(group: bytes, members: bytes) -> bytes:
    """A rendered group, and its members as `members` renders them."""
    return b"".join((group[:-1], b',"members":[', members, b"]}"))


def members(rows: Sequence[Any], base: str, parts: frozenset[str]) -> bytes:
    """Members (value, kind, display) with commas between; `parts`: these of their sub-attributes."""
    items = [_member(row, base, parts) for row in rows]
    if not parts >= _USUAL:
        items = [{key: value for key, value in item.items() if key in parts} for item in items]
    return orjson.dumps(items)[1:-1]


def page(resources: Sequence[bytes], total: int, start: int) -> bytes:
    """A ListResponse; `Resources` is there even when empty, because validators ask for it."""
    return b"".join((page_head(total, len(resources), startIndex=start), b",".join(resources), b"]}"))


def page_head(total: int, count: int, **places: int | str | None) -> bytes:
    """A ListResponse up to its first resource; `places` are startIndex, or nextCursor and previousCursor (RFC 9865 §2)."""
    where = "".join(
        f',"{name}":{place}' if isinstance(place, int) else f',"{name}":"{place}"'
        for name, place in places.items()
        if place is not None
    )
    head = f'{{"schemas":["{LIST_SCHEMA}"],"totalResults":{total},"itemsPerPage":{count}{where},"Resources":['
    return head.encode()


def _member(member: Any, base: str, parts: frozenset[str]) -> dict[str, Any]:
    value, kind = member["value"], member["kind"]
    item = {"value": value}
    if kind:
        item["$ref"] = f"{base}/{kind}s/{value}"
        item["type"] = kind
        if "display" in parts:
            item["display"] = member["display"]
    return item
