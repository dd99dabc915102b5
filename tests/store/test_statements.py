"""Every SQL statement of the house, prepared by PostgreSQL and explained by SQLite: none waits for its first use to fail.

Statements are module-level objects, so they are found by looking; the sandbox has a database of its own and is left out.
"""

import importlib
import pkgutil
import sqlite3
from pathlib import Path
from types import ModuleType

import asyncpg
from sqlalchemy.sql import Executable

import bridge
import scim
from bridge.store import postgresql, sqlite

NOT_OURS = ("bridge.sandbox", "bridge.store.migrations")


class Nulls(dict[str, None]):
    """A value for every parameter that SQLite asks for."""

    def __missing__(self, name: str) -> None:
        return None


def modules() -> list[ModuleType]:
    """Every module of bridge and scim that has statements of ours."""
    names = [
        found.name
        for package in (bridge, scim)
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        if not found.name.startswith(NOT_OURS) and not found.name.endswith("__main__")
    ]
    return [importlib.import_module(name) for name in sorted(names)]


def statements() -> list[tuple[str, Executable]]:
    """Each statement with the name of the constant that holds it, alone or among others."""
    return [
        (f"{module.__name__}.{name}", statement)
        for module in modules()
        for name, value in vars(module).items()
        for statement in (value if isinstance(value, tuple) else (value,))
        if isinstance(statement, Executable)
    ]


def test_the_house_keeps_its_statements_as_module_constants() -> None:
    found = {name.rpartition(".")[0] for name, _ in statements()}
    assert {"bridge.audit.seal", "bridge.dirty.persons", "bridge.store.leases", "scim.members"} <= found


async def test_every_statement_is_understood_by_the_database(database_url: str) -> None:
    if database_url.startswith("sqlite:"):
        problems = _explained(Path(database_url.removeprefix("sqlite:///")))
    else:
        problems = await _prepared(database_url)
    assert not problems, "\n".join(problems)


def _explained(path: Path) -> list[str]:
    compiled_by, problems = sqlite.statements(), []
    connection = sqlite3.connect(path)
    for name, statement in statements():
        try:
            connection.execute(f"EXPLAIN {compiled_by(statement).sql}", Nulls()).fetchall()
        except sqlite3.Error as error:
            problems.append(f"{name}: {error}")
    connection.close()
    return problems


async def _prepared(url: str) -> list[str]:
    compiled_by, problems = postgresql.statements(), []
    connection = await asyncpg.connect(url)
    for name, statement in statements():
        try:
            await connection.prepare(compiled_by(statement).sql)
        except asyncpg.PostgresError as error:
            problems.append(f"{name}: {error}")
    await connection.close()
    return problems
