"""Every row of every table that has connections, searched for what belongs to another one."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from bench.report import Report
from bridge.store import schema
from bridge.store.database import open_database
from scim.tables import scim_group, scim_member, scim_nested, scim_user

_child = scim_group.alias("child")
_CROSSED = {
    "members": sa.select(sa.func.count().label("n"))
    .select_from(scim_member)
    .join(scim_group, scim_group.c.pk == scim_member.c.group_pk)
    .join(scim_user, scim_user.c.pk == scim_member.c.user_pk)
    .where(scim_group.c.connection != scim_user.c.connection),
    "nested groups": sa.select(sa.func.count().label("n"))
    .select_from(scim_nested)
    .join(scim_group, scim_group.c.pk == scim_nested.c.group_pk)
    .join(_child, _child.c.pk == scim_nested.c.child_pk)
    .where(scim_group.c.connection != _child.c.connection),
}


async def at_home(url: str, marks: Mapping[str, str], report: Report) -> int:
    """`marks`: by connection, a text that only its own data has. Returns how many rows were looked at."""
    database, looked = open_database(url), 0
    try:
        for table in _tables():
            everything = sa.select(table)
            rows = await database.read(lambda tx, all=everything: tx.all(all))  # type: ignore[misc]
            looked += len(rows)
            for row in rows:
                _judge(table.name, row, marks, report)
        for what, statement in _CROSSED.items():
            row = await database.read(lambda tx, one=statement: tx.one(one))  # type: ignore[misc]
            report.must(row["n"] == 0, f"{row['n']} {what} are of two connections")
    finally:
        await database.close()
    return looked


def _tables() -> Iterator[sa.Table]:
    for table in (*schema.metadata.sorted_tables, *scim_user.metadata.sorted_tables):
        if "connection" in table.c:
            yield table


def _judge(table: str, row: Any, marks: Mapping[str, str], report: Report) -> None:
    told = b"\n".join(value if isinstance(value, bytes) else str(value).encode("utf-8", "replace") for value in row)
    for connection, mark in marks.items():
        if connection != row["connection"]:
            report.must(mark.encode() not in told, f"{table} has something of {connection} in a row of {row['connection']}")
