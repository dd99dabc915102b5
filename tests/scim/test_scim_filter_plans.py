"""What the documentation says is found by an index is: the engines' own plans, over a directory large enough to matter."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import Executable
from sqlalchemy.sql.expression import ClauseElement

from bridge.store.database import Database, open_database
from scim import filters, groups, listing, users
from scim.clean import clean
from scim.dialects import Healing
from scim.listing import Asked, Window
from scim.ports import Tx
from scim.schemas import GROUPS, USERS, Shape

CONNECTION = "planned"
PEOPLE = 3000
NOW = 1_790_000_000_000


class _Explained(Executable, ClauseElement):
    """A statement's plan instead of its rows."""

    inherit_cache = False

    def __init__(self, statement: Any) -> None:
        self.statement = statement


@compiles(_Explained, "sqlite")
def _explain_sqlite(element: _Explained, compiler: Any, **kw: Any) -> str:
    return f"EXPLAIN QUERY PLAN {compiler.process(element.statement, **kw)}"


@compiles(_Explained, "postgresql")
def _explain_postgresql(element: _Explained, compiler: Any, **kw: Any) -> str:
    return f"EXPLAIN (FORMAT JSON) {compiler.process(element.statement, **kw)}"


class _Planning:
    """Notes the plan of every statement before it runs."""

    def __init__(self, tx: Tx) -> None:
        self._tx = tx
        self.plans: list[str] = []

    def one(self, statement: Executable, **values: Any) -> Any | None:
        return (self.all(statement, **values) or [None])[0]

    def all(self, statement: Executable, **values: Any) -> list[Any]:
        rows = self._tx.all(_Explained(statement), **values)
        self.plans += ["\n".join(str(list(row)[-1]) for row in rows)]
        return self._tx.all(statement, **values)

    def run(self, statement: Executable, **values: Any) -> int:
        raise NotImplementedError

    def many(self, statement: Executable, rows: Iterable[Mapping[str, Any]]) -> None:
        raise NotImplementedError


def _fill(tx: Tx) -> None:
    """People of whom one in ten is inactive, thirty groups, and one with somebody who is waited for."""
    for number in range(PEOPLE):
        keys = {"displayName": f"Person {number}", "externalId": f"x{number}", "active": number % 10 != 0}
        body = {"userName": f"p{number}@x.example", "emails": [{"value": f"p{number}@x.example", "type": "work"}], **keys}
        person = clean(body, USERS, Healing())
        users.create(tx, CONNECTION, person, id=f"u{number}", now=NOW + number * 1000)
    for number in range(300):
        members = [{"value": f"u{one}"} for one in range(number, number + 20)]
        body = {"displayName": f"Group {number}", "externalId": f"g{number}", "members": members}
        group = clean(body, GROUPS, Healing())
        groups.create(tx, CONNECTION, group, id=f"g{number}", now=NOW, unique_names=True)
    waiting = clean({"displayName": "waiting", "members": [{"value": "nobody"}]}, GROUPS, Healing())
    groups.create(tx, CONNECTION, waiting, id="waiting", now=NOW, unique_names=True)
    for table in ("scim_user", "scim_email", "scim_group", "scim_member", "scim_nested", "scim_pending"):
        tx.run(sa.text(f"ANALYZE {table}"))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Database]:
    database = open_database(database_url)
    await database.write(_fill)
    yield database
    await database.close()


USERS_BY_INDEX = {
    'id eq "u7"': "ix_user_id",
    'userName eq "P7@x.example"': "ix_user_name",
    'userName sw "p29"': "ix_user_name",
    'userName eq "p7@x.example" and displayName co "7"': "ix_user_name",
    'userName eq "p7@x.example" or externalId eq "x9"': "ix_user_name ix_user_external_id",
    'externalId eq "x7"': "ix_user_external_id",
    'displayName eq "person 7"': "ix_user_display",
    'displayName sw "person 29"': "ix_user_display",
    'emails eq "p7@x.example"': "ix_email_value",
    'emails.value eq "p7@x.example"': "ix_email_value",
    'emails[type eq "work"].value eq "p7@x.example"': "ix_email_value",
    'emails[value eq "p7@x.example" and not (primary eq true)]': "ix_email_value",
    "active eq false": "ix_user_active",
    'groups eq "g7"': "ix_group_id",
    'groups.display eq "group 7"': "ix_group_display",
}
GROUPS_BY_INDEX = {
    'id eq "g7"': "ix_group_id",
    'displayName eq "GROUP 7"': "ix_group_display",
    'externalId eq "g7"': "ix_group_external_id",
    'members eq "u7"': "ix_user_id ix_member_user",
    'members[value eq "u7" and type eq "User"]': "ix_user_id ix_member_user",
    'members.$ref eq "http://bridge.example/Users/u7"': "ix_user_id ix_member_user",
}
ON_POSTGRESQL = {f'meta.{name} gt "2026-09-21T15:03:00Z"': f"ix_user_{column}" for name, column in (
    ("created", "created"), ("lastModified", "modified"))}  # fmt: skip
"""SQLite, which keeps no statistics, reads people in their order until the page is full."""


async def _plans(store: Database, shape: Shape, filter: str) -> tuple[str, int]:
    """The plans of a page's statements, and how many resources fit."""

    def find(tx: Tx) -> tuple[str, int]:
        planning = _Planning(tx)
        query = filters.parse(filter, shape, Healing(), "http://bridge.example")
        page = listing.find(planning, CONNECTION, (Asked(shape, query),), Window(100))
        return "\n".join(planning.plans), page.total

    return await store.read(find)


async def test_what_identity_providers_ask_for_is_found_by_an_index(store: Database) -> None:
    asked = [(USERS, *pair) for pair in USERS_BY_INDEX.items()] + [(GROUPS, *pair) for pair in GROUPS_BY_INDEX.items()]
    asked += [(USERS, *pair) for pair in ON_POSTGRESQL.items() if store.engine == "postgresql"]
    for shape, filter, indexes in asked:
        plans, total = await _plans(store, shape, filter)
        assert total > 0, filter
        assert [index for index in indexes.split() if index not in plans] == [], f"{filter}\n{plans}"


async def test_every_other_filter_reads_one_connection_once(store: Database) -> None:
    """SQLite's plan shows it; PostgreSQL may read a small table as a whole, which is its own judgement."""
    for filter in ('title co "x"', 'name.familyName eq "x"', 'emails.type eq "none"', "not (active pr)"):
        plans, total = await _plans(store, USERS, filter)
        assert total == 0
        if store.engine == "sqlite":
            assert "SEARCH scim_user USING" in plans
            assert "SCAN scim_user" not in plans
