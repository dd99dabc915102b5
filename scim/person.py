"""One person's facts as the directory has them: the resource, and every group they are in, nested ones included."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy import bindparam, text

from scim.change import UserFacts
from scim.keys import fold
from scim.match import matches
from scim.ports import Tx
from scim.rfc import AttrPath, Target, ValuePath, parse_path
from scim.schemas import USER, USERS, Attribute
from scim.sql import integers, texts, within
from scim.tables import scim_group, scim_member, scim_nested, scim_user

_SOFT_DELETED = re.compile(r"^[0-9a-f]{32}(?=[^@]+@)", re.IGNORECASE)
_GUEST = re.compile(r"#EXT#@", re.IGNORECASE)

_PAGE = text("SELECT body FROM scim_user WHERE connection = :connection AND id > :after ORDER BY id LIMIT :limit")
_USERS = sa.select(scim_user.c.pk, scim_user.c.id, scim_user.c.active, scim_user.c.body).where(
    scim_user.c.connection == bindparam("connection"), within(scim_user.c.id, texts("ids"))
)


def _groups() -> sa.Select[Any]:
    """Every group of these users: the ones they are in, and upwards from there; `via` is the direct one."""
    group, above, through, twin = (scim_group.alias(name) for name in ("g", "above", "v", "t"))
    up = (
        sa.select(scim_member.c.user_pk, scim_member.c.group_pk, sa.cast(None, sa.BigInteger).label("via"))
        .join(group, sa.and_(group.c.pk == scim_member.c.group_pk, group.c.deleted.is_(None)))
        .where(within(scim_member.c.user_pk, integers("users")))
        .cte("up", recursive=True)
    )
    up = up.union(
        sa.select(up.c.user_pk, scim_nested.c.group_pk, sa.func.coalesce(up.c.via, up.c.group_pk))
        .join(scim_nested, scim_nested.c.child_pk == up.c.group_pk)
        .join(above, sa.and_(above.c.pk == scim_nested.c.group_pk, above.c.deleted.is_(None)))
    )
    has_twin = sa.exists().where(
        twin.c.connection == group.c.connection,
        twin.c.display_key == group.c.display_key,
        twin.c.pk != group.c.pk,
        twin.c.deleted.is_(None),
    )
    return (
        sa.select(
            up.c.user_pk,
            up.c.group_pk,
            group.c.id,
            group.c.external_id,
            group.c.display_name,
            through.c.display_name.label("through"),
            has_twin.label("twin"),
        )
        .join(group, group.c.pk == up.c.group_pk)
        .outerjoin(through, through.c.pk == up.c.via)
        .order_by(up.c.user_pk, up.c.group_pk, sa.case((up.c.via.is_(None), 0), else_=1), through.c.display_name)
    )


_GROUPS = _groups()
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
    return facts_of(tx, connection, [user_id]).get(user_id)


def facts_of(tx: Tx, connection: str, user_ids: Sequence[str]) -> dict[str, PersonFacts]:
    """What the directory says of those of these users that it has, by their ids."""
    users = tx.all(_USERS, connection=connection, ids=user_ids)
    groups: dict[int, dict[int, GroupRow]] = {user["pk"]: {} for user in users}
    for row in tx.all(_GROUPS, users=list(groups)) if users else ():
        of_user = groups[row["user_pk"]]
        if row["group_pk"] not in of_user:  # the direct way comes first
            of_user[row["group_pk"]] = _group(row)
    return {
        user["id"]: PersonFacts(orjson.loads(user["body"]), bool(user["active"]), tuple(groups[user["pk"]].values()))
        for user in users
    }


def _group(row: Any) -> GroupRow:
    return GroupRow(row["id"], row["external_id"], row["display_name"], row["through"], bool(row["twin"]))


def affected(tx: Tx, connection: str, group_id: str, after: str, limit: int) -> list[str]:
    """User ids below a group, however nested, in order after `after` (\"\" to begin); a deleted group keeps its own."""
    rows = tx.all(_AFFECTED, connection=connection, id=group_id, after=after, limit=limit)
    return [row["id"] for row in rows]


def address(user: dict[str, Any]) -> str | None:
    """The primary work address, else the first, else userName if it is one."""
    emails = [email for email in user.get("emails") or [] if isinstance(email, dict) and email.get("value")]
    ranked = sorted(emails, key=lambda email: (not email.get("primary"), str(email.get("type")).lower() != "work"))
    return as_address(str(ranked[0]["value"]) if ranked else str(user.get("userName", "")))


def as_address(text: str) -> str | None:
    """A text as an address; None if it is none.

    Entra renames a soft-deleted person's UPN to ``<32 hex>upn@…``: that is taken off again. The UPN that it makes for a
    guest, ``ada_x.com#EXT#@…``, names nobody's mailbox.
    """
    return _SOFT_DELETED.sub("", text) if "@" in text and not _GUEST.search(text) else None


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
        resource=user,
    )


def page_of(tx: Tx, connection: str, after: str, limit: int) -> list[dict[str, Any]]:
    """Users of a connection in the order of their ids, after `after` (\"\" to begin)."""
    return [orjson.loads(row["body"]) for row in tx.all(_PAGE, connection=connection, after=after, limit=limit)]


def value(user: dict[str, Any], path: str) -> tuple[str, ...]:
    """The values at an attribute path as texts, such as ``name.givenName`` or ``emails[type eq "work"].value``."""
    keys = _keys(path)
    found = _read(user, _path(path)) if keys is None else _follow(user, keys)
    return tuple(_texts(found)) if found else ()


@lru_cache(maxsize=512)
def _keys(path: str) -> tuple[str, ...] | None:
    """The names under which a resource holds what a path means, as it is stored; None for what no schema here knows."""
    node = _path(path)
    home = None if isinstance(node, ValuePath) else USERS.find(node.uri, node.attr)
    if home is None or isinstance(node, ValuePath) or (home.urn is not None and node.uri is None):
        return None
    part = home.attribute.part(node.sub_attr) if node.sub_attr is not None else None
    if node.sub_attr is not None and part is None:
        return None
    names = (home.urn, home.attribute.name, part.name if part is not None else None)
    return tuple(name for name in names if name is not None)


def _follow(user: dict[str, Any], keys: tuple[str, ...]) -> list[Any]:
    """Every value there; a multi-valued attribute counts each of its elements."""
    found: list[Any] = [user]
    for key in keys:
        found = [inner for item in found if isinstance(item, dict) for inner in _items(item.get(key))]
    return found


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
