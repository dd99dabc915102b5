"""The directory that is measured is what the service itself would have written, on either engine."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg

from bench import copies, population
from bench.house import House
from bench.onboarding import GROUP
from bench.population import Population, groups, planned, user
from bench.quiet import settled
from bench.scene import NAME, RULES
from bench.wire import Wire, bearer
from bridge.store.database import open_database

SAME = {
    "scim_user": "pk, connection, external_id, user_name, user_name_key, display_key, active, version, source",
    "scim_email": "user_pk, connection, value_key, type, is_primary",
    "scim_group": "pk, connection, external_id, display_name, display_key, version, deleted",
    "scim_member": "group_pk, user_pk",
    "scim_pending": "group_pk, value",
    "account": "pk, connection, external_id, name_key, email_key, email, display, state, person, ended",
    "person": "pk, clerk_instance, wanted - applied, open, claim_until, priority, tries, cause, next_change_at, problem",
    "granted": "person, workspace",
    "due": "scope, id",
    "batch": "connection, cause, people, verdict",
    "audit": "connection, action, person, n IS NULL",
}


async def test_what_is_loaded_is_what_the_service_writes(tmp_path: Path) -> None:
    people = planned(NAME, 100)
    loaded, asked = _house(tmp_path / "loaded"), _house(tmp_path / "asked")
    try:
        await _begin(loaded)
        loaded.stop()
        await population.write(loaded.database_url, people)
        await loaded.start()
        await _settled(loaded)
        await _ask(asked, await _begin(asked), people)
        await _settled(asked)
    finally:
        loaded.close()
        asked.close()
    for table in SAME:
        assert _rows(loaded, table) == _rows(asked, table), table


async def test_postgresql_gets_every_row_and_goes_on_counting(tmp_path: Path, postgresql_database: str) -> None:
    house = _house(tmp_path)
    try:
        await _begin(house)
        house.stop()
        await population.write(house.database_url, planned(NAME, 100))
    finally:
        house.close()
    await copies.carry(tmp_path / "data" / "bridge.db", postgresql_database)
    connection = await asyncpg.connect(postgresql_database)
    try:
        for table, columns in SAME.items():
            found = [tuple(map(_as_sqlite, row)) for row in await connection.fetch(f"SELECT {columns} FROM {table}")]
            assert sorted(found, key=repr) == sorted(_rows(house, table), key=repr), table
        new = "INSERT INTO person (clerk_instance, id) VALUES ('main', 'one more') RETURNING pk"
        assert await connection.fetchval(new) == 101
    finally:
        await connection.close()


def _house(folder: Path) -> House:
    folder.mkdir(exist_ok=True)
    house = House(folder)
    house.connection(NAME, workspaces={"production": {"create": "Production"}})
    house.mapping(NAME, RULES)
    return house


async def _begin(house: House) -> str:
    """A service with its rules in force; its token."""
    await house.start_sandbox()
    await house.start()
    token = house.token(NAME)
    await house.at_work()
    await _settled(house)
    return token


async def _settled(house: House) -> None:
    database = open_database(house.database_url)
    try:
        async with asyncio.timeout(60):
            await settled(database)
    finally:
        await database.close()


async def _ask(house: House, token: str, people: Population) -> None:
    """The same people and groups over HTTP, one after the other."""
    ids: dict[str, str] = {}
    with Wire(house.ports[0], bearer(token)) as wire:
        for one in people.order:
            ids[one.id] = (await wire.call("POST", f"/scim/v2/{NAME}/Users", user(one.name))).json()["id"]
        for name, _, members in groups(people):
            body = {"schemas": [GROUP], "displayName": name, "members": [{"value": ids[one.id]} for one in members]}
            assert (await wire.call("POST", f"/scim/v2/{NAME}/Groups", body)).status == 201


def _rows(house: House, table: str) -> list[tuple[Any, ...]]:
    """What does not depend on when it was written, and under which ids."""
    with closing(sqlite3.connect(house.folder / "data" / "bridge.db")) as file:
        return sorted(file.execute(f"SELECT {SAME[table]} FROM {table}").fetchall(), key=repr)


def _as_sqlite(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value
