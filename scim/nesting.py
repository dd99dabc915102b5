"""Groups by what people call them, and every group above one: what being in other groups than now would come to."""

from dataclasses import replace
from typing import Any

from sqlalchemy import text

from scim.keys import fold
from scim.person import GroupRow
from scim.ports import Tx

_GROUP = """SELECT g.id AS id, g.external_id AS external_id, g.display_name AS display_name,
  EXISTS (SELECT 1 FROM scim_group t WHERE t.connection = g.connection AND t.display_key = g.display_key
    AND t.pk <> g.pk AND t.deleted IS NULL) AS twin
FROM scim_group g"""
_NAMED = text(
    f"""{_GROUP} WHERE g.connection = :connection AND g.deleted IS NULL
      AND (g.display_key = :key OR g.id = :word OR g.external_id = :word) ORDER BY g.pk"""
)
_ABOVE = text(
    f"""WITH RECURSIVE up(pk) AS (
      SELECT pk FROM scim_group WHERE connection = :connection AND id = :id AND deleted IS NULL
      UNION
      SELECT n.group_pk FROM up JOIN scim_nested n ON n.child_pk = up.pk
      JOIN scim_group a ON a.pk = n.group_pk AND a.deleted IS NULL)
    {_GROUP} JOIN up ON up.pk = g.pk WHERE g.id <> :id ORDER BY g.pk"""  # noqa: S608
)
_NAMES = text(
    "SELECT display_name FROM scim_group WHERE connection = :connection AND deleted IS NULL ORDER BY pk LIMIT 20000"
)


def named(tx: Tx, connection: str, word: str) -> list[GroupRow]:
    """The groups that a word means: by their name, ignoring case, by our id or by the IdP's."""
    return [_group(row) for row in tx.all(_NAMED, connection=connection, key=fold(word), word=word)]


def with_above(tx: Tx, connection: str, direct: list[GroupRow]) -> list[GroupRow]:
    """What somebody is in who is in these groups: they themselves, and what they are nested in, as `person.facts` has it."""
    found = {group.id: replace(group, through=None) for group in direct}
    for group in sorted(direct, key=lambda one: one.display_name):
        for row in tx.all(_ABOVE, connection=connection, id=group.id):
            found.setdefault(row["id"], replace(_group(row), through=group.display_name))
    return list(found.values())


def names(tx: Tx, connection: str) -> list[str]:
    """What groups are called, to find the one that was meant."""
    return [row["display_name"] for row in tx.all(_NAMES, connection=connection)]


def _group(row: Any) -> GroupRow:
    return GroupRow(row["id"], row["external_id"], row["display_name"], None, bool(row["twin"]))
