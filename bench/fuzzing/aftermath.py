"""What a run leaves behind: a service that answers as before, and rows that all belong to whom they name."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa

from bench.fuzzing.shots import Fuzzer
from bench.house import House
from bench.onboarding import USER
from bench.report import Report
from bench.wire import Wire, bearer
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


async def still_well(house: House, fuzzers: Sequence[Fuzzer], report: Report) -> None:
    """Every connection takes a user and finds it."""
    for fuzzer in fuzzers:
        with Wire(house.ports[0], bearer(fuzzer.token)) as wire:
            base, name = f"/scim/v2/{fuzzer.connection}/Users", f"{fuzzer.mark}-afterwards"
            made = await wire.call("POST", base, {"schemas": [USER], "userName": name})
            found = await wire.call("GET", base + "?filter=" + quote(f'userName eq "{name}"'))
            well = made.status == 201 and found.status == 200 and found.json()["totalResults"] == 1
            report.must(well, f"{fuzzer.connection} does not answer as before: {made.status}, {found.status}")


async def rows_at_home(house: House, fuzzers: Sequence[Fuzzer], report: Report) -> int:
    """Nobody's mark stands in a row of another connection, in any table that has connections. The rows looked at."""
    database, looked = open_database(house.database_url), 0
    marks = {fuzzer.connection: fuzzer.mark for fuzzer in fuzzers}
    try:
        for table in _tables():
            everything = sa.select(table)
            rows = await database.read(lambda tx, all=everything: tx.all(all))  # type: ignore[misc]
            looked += len(rows)
            for row in rows:
                _at_home(table.name, row, marks, report)
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


def _at_home(table: str, row: Any, marks: dict[str, str], report: Report) -> None:
    told = b"\n".join(value if isinstance(value, bytes) else str(value).encode("utf-8", "replace") for value in row)
    for connection, mark in marks.items():
        if connection != row["connection"]:
            report.must(mark.encode() not in told, f"{table} has something of {connection} in a row of {row['connection']}")
