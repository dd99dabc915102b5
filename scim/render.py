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


def group(row: Any, base: str, members: Sequence[Any] | None) -> bytes:
    """A group as answered; `members` None: left out, else rows (value, kind, display)."""
    extra = b""
    if members is not None:
        extra = b',"members":' + orjson.dumps([_member(member, base) for member in members])
    return located(row["body"], f"{base}/Groups/{row['id']}", extra)


def page(resources: Sequence[bytes], total: int, start: int) -> bytes:
    """A ListResponse; `Resources` is there even when empty, because validators ask for it."""
    head = f'{{"schemas":["{LIST_SCHEMA}"],"totalResults":{total},"startIndex":{start},"itemsPerPage":{len(resources)},'
    return b"".join((head.encode(), b'"Resources":[', b",".join(resources), b"]}"))


def projected(body: bytes, included: frozenset[str], excluded: frozenset[str]) -> bytes:
    """`attributes` and `excludedAttributes` (RFC 7644 §3.9) on an answered resource: names folded, ``a.b`` allowed."""
    resource: dict[str, Any] = orjson.loads(body)
    if included:
        kept = {key: _kept(key, value, included) for key, value in resource.items()}
        return orjson.dumps({key: value for key, value in kept.items() if value is not None})
    for name in excluded:
        _drop(resource, name)
    return orjson.dumps(resource)


def _member(member: Any, base: str) -> dict[str, Any]:
    item = {"value": member["value"]}
    if member["kind"]:
        place = "Users" if member["kind"] == "User" else "Groups"
        item |= {"$ref": f"{base}/{place}/{member['value']}", "type": member["kind"], "display": member["display"]}
    return item


def _kept(key: str, value: Any, included: frozenset[str]) -> Any:
    folded = key.lower()
    if folded in {"schemas", "id"} or folded in included:
        return value
    inner = {name.removeprefix(folded)[1:] for name in included if name.startswith((folded + ".", folded + ":"))}
    if not inner:
        return None
    if isinstance(value, dict):
        return {sub: one for sub, one in value.items() if sub.lower() in inner} or None
    if isinstance(value, list):
        return [{sub: one for sub, one in item.items() if sub.lower() in inner} for item in value if isinstance(item, dict)]
    return None


def _drop(resource: dict[str, Any], name: str) -> None:
    for key in list(resource):
        folded = key.lower()
        if folded in {"schemas", "id"}:
            continue
        if folded == name:
            del resource[key]
        elif name.startswith((folded + ".", folded + ":")):
            inner = resource[key]
            for one in inner if isinstance(inner, list) else [inner]:
                if isinstance(one, dict):
                    _drop(one, name[len(folded) + 1 :])
