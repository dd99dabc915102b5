"""One person's facts as the directory has them: the resource, and every group they are in, nested ones included."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import text

from scim.change import UserFacts
from scim.keys import fold
from scim.match import matches
from scim.ports import Tx
from scim.rfc import AttrPath, Target, ValuePath, parse_path
from scim.schemas import USER, USERS, Attribute

_SOFT_DELETED = re.compile(r"^[0-9a-f]{32}(?=[^@]+@)", re.IGNORECASE)

_USER = text("SELECT pk, active, body FROM scim_user WHERE connection = :connection AND id = :id")
_GROUPS = text(
    """WITH RECURSIVE up(pk, via) AS (
      SELECT m.group_pk, CAST(NULL AS BIGINT) FROM scim_member m
      JOIN scim_group g ON g.pk = m.group_pk AND g.deleted IS NULL WHERE m.user_pk = :user_pk
      UNION
      SELECT n.group_pk, COALESCE(up.via, up.pk) FROM up
      JOIN scim_nested n ON n.child_pk = up.pk
      JOIN scim_group g ON g.pk = n.group_pk AND g.deleted IS NULL)
    SELECT g.pk AS pk, g.id AS id, g.external_id AS external_id, g.display_name AS display_name, v.display_name AS through,
      EXISTS (SELECT 1 FROM scim_group t WHERE t.connection = g.connection AND t.display_key = g.display_key
        AND t.pk <> g.pk AND t.deleted IS NULL) AS twin
    FROM up JOIN scim_group g ON g.pk = up.pk LEFT JOIN scim_group v ON v.pk = up.via
    ORDER BY g.pk, CASE WHEN up.via IS NULL THEN 0 ELSE 1 END, v.display_name"""
)
_AFFECTED = text(
    """WITH RECURSIVE down(pk) AS (
      SELECT pk FROM scim_group WHERE connection = :connection AND id = :id
      UNION
      SELECT n.child_pk FROM down JOIN scim_nested n ON n.group_pk = down.pk)
    SELECT DISTINCT u.id AS id FROM down JOIN scim_member m ON m.group_pk = down.pk
    JOIN scim_user u ON u.pk = m.user_pk AND u.connection = :connection
    WHERE u.id > :after ORDER BY u.id LIMIT :limit"""
)


@dataclass(frozen=True, slots=True)
class GroupRow:
    """`through`: the direct group that brings a nested one; None if direct. `twin`: another group has this name."""

    id: str
    external_id: str | None
    display_name: str
    through: str | None
    twin: bool


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """`user` is the resource without meta."""

    user: dict[str, Any]
    active: bool
    groups: tuple[GroupRow, ...]


def facts(tx: Tx, connection: str, user_id: str) -> PersonFacts | None:
    """What the directory says of one user; None if it has no such row."""
    row = tx.one(_USER, connection=connection, id=user_id)
    if row is None:
        return None
    groups: dict[int, GroupRow] = {}
    for group in tx.all(_GROUPS, user_pk=row["pk"]):
        found = GroupRow(group["id"], group["external_id"], group["display_name"], group["through"], bool(group["twin"]))
        groups.setdefault(group["pk"], found)
    return PersonFacts(orjson.loads(row["body"]), bool(row["active"]), tuple(groups.values()))


def affected(tx: Tx, connection: str, group_id: str, after: str, limit: int) -> list[str]:
    """User ids below a group, however nested, in order after `after` (\"\" to begin); a deleted group keeps its own."""
    rows = tx.all(_AFFECTED, connection=connection, id=group_id, after=after, limit=limit)
    return [row["id"] for row in rows]


def address(user: dict[str, Any]) -> str | None:
    """The primary work address, else the first, else userName if it is one.

    Entra renames a soft-deleted person's UPN to ``<32 hex>upn@…``: that is taken off again.
    """
    emails = [email for email in user.get("emails") or [] if isinstance(email, dict) and email.get("value")]
    ranked = sorted(emails, key=lambda email: (not email.get("primary"), str(email.get("type")).lower() != "work"))
    found = str(ranked[0]["value"]) if ranked else str(user.get("userName", ""))
    return _SOFT_DELETED.sub("", found) if "@" in found else None


def user_facts(user: dict[str, Any], id: str, *, active: bool = True) -> UserFacts:
    """The keys an account is recognised by. `active`: what they are if the resource doesn't say."""
    name = user.get("name") or {}
    parts = f"{name.get('givenName') or ''} {name.get('familyName') or ''}".strip()
    user_name = str(user["userName"])
    return UserFacts(
        id=id,
        external_id=user.get("externalId"),
        user_name=user_name,
        user_name_key=fold(user_name),
        email=address(user),
        display=user.get("displayName") or name.get("formatted") or parts or None,
        active=bool(user.get("active", active)),
    )


def value(user: dict[str, Any], path: str) -> tuple[str, ...]:
    """The values at an attribute path as texts, such as ``name.givenName`` or ``emails[type eq "work"].value``."""
    return tuple(_texts(_read(user, _path(path))))


@lru_cache(maxsize=512)
def _path(path: str) -> Target:
    return parse_path(path)


def _read(user: dict[str, Any], node: Target) -> list[Any]:
    if not isinstance(node, ValuePath):
        return _values(user, node)
    path = node.attr_path
    home = USERS.find(path.uri, path.attr)
    attribute = home.attribute if home is not None else Attribute(path.attr, "")
    chosen = [item for item in _values(user, path) if isinstance(item, dict) and matches(node.val_filter, item, attribute)]
    return [_get(item, node.sub_attr) for item in chosen] if node.sub_attr else chosen


def _values(user: dict[str, Any], path: AttrPath) -> list[Any]:
    """Every value at an attribute path; a multi-valued attribute counts each of its elements."""
    home = user if path.uri is None or path.uri.lower() == USER.lower() else _get(user, path.uri)
    found = _items(_get(home, path.attr))
    if path.sub_attr is None:
        return found
    return [inner for item in found for inner in _items(_get(item, path.sub_attr))]


def _get(home: Any, name: str) -> Any:
    if not isinstance(home, dict):
        return None
    if name in home:
        return home[name]
    lowered = name.lower()
    return next((value for key, value in home.items() if key.lower() == lowered), None)


def _items(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _texts(found: list[Any]) -> list[str]:
    flat = [item.get("value") if isinstance(item, dict) else item for item in found]
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in flat if item not in (None, "")]
