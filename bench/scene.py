"""Two servers over copies of one loaded directory: the service as an operator starts it, and the floor.

The directory is loaded once, into SQLite; PostgreSQL gets the same rows (bench/copies.py). The service, and later the
floor, have a core for themselves; the load, the sandbox and a PostgreSQL server share the other.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, Popen

import orjson

from bench import copies, cores, floor, population
from bench.house import House
from bench.peers import postgresql
from bench.population import Population
from bench.ports import free_port
from bench.quiet import settled
from bench.target import Target
from bench.wire import Unanswered, Wire, bearer
from bridge.store.database import Database, open_database
from bridge.store.migrate import migrate
from bridge.store.url import sqlite_file

NAME = "acme"
RULES = [{"name": "Nobody", "when": {"group": "nobody is in it"}, "grant": {"production": "viewer"}}]
_LISTED = 500  # resources a page, of those that the floor takes over
ENGINES = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A database at rest, everything sealed, nobody due; `token` opens its connection."""

    folder: Path
    url: str
    token: str
    population: Population


@dataclass(frozen=True, slots=True)
class Scene:
    """`database` is the bench's own door to the service's database."""

    house: House
    database: Database
    service: Target
    floor: Target


async def load(folder: Path, users: int) -> Loaded:
    """The directory, in a SQLite file."""
    planned = population.planned(NAME, users)
    house = _house(folder, "")
    try:
        await house.start_sandbox()
        await house.start()
        token = house.token(NAME)
        await house.at_work()
        await _at_rest(house)  # the rules are in service
        await population.write(house.database_url, planned)
        await house.start()
        await _at_rest(house)
    finally:
        house.close()
    return Loaded(folder, await copies.beside(house.database_url, "loaded"), token, planned)


@contextmanager
def on(engine: str, loaded: Loaded) -> Iterator[str]:
    """The address of a database of one's own with what was loaded."""
    if engine == "sqlite":
        yield asyncio.run(copies.beside(loaded.url, "measured"))
        return
    source = sqlite_file(loaded.url)
    assert source is not None
    with postgresql() as url:
        migrate(url)
        asyncio.run(copies.carry(source, url))
        yield url


@asynccontextmanager
async def scene(loaded: Loaded, url: str, serve: tuple[str, ...] = ()) -> AsyncIterator[Scene]:
    """Both servers, up; `url` is the service's, `serve` another command to start it with."""
    async with AsyncExitStack() as stack:
        house = _house(loaded.folder, url)
        house.serve = serve or house.serve
        stack.callback(house.close)
        floor_url = await copies.beside(url, "floor")
        await house.start_sandbox()
        service = await _service(house, loaded)
        database = open_database(url)
        stack.push_async_callback(database.close)
        await _take_over(service, floor_url)
        yield Scene(house, database, service, await _floor(stack, floor_url, loaded.population))


def _house(folder: Path, url: str) -> House:
    house = House(folder, url)
    house.connection(NAME, workspaces={"production": {"create": "Production"}})
    house.mapping(NAME, RULES)
    return house


async def _at_rest(house: House) -> None:
    """Until nothing waits behind SCIM, then stopped."""
    database = open_database(house.database_url)
    try:
        await settled(database)
    finally:
        await database.close()
    house.stop()


async def _service(house: House, loaded: Loaded) -> Target:
    with cores.measured():
        house.spawn()
    await _up(house.ports[0])
    return Target(house.ports[0], house.pid(), loaded.population, bearer(loaded.token))


async def _take_over(service: Target, floor_url: str) -> None:
    """The floor answers for the people it is asked about exactly what the service does."""
    everybody, answers = service.population.order, []
    wanted = {one.id for one in (*service.population.alone, *service.population.grouped)}
    with Wire(service.port, service.headers) as wire:
        for start in range(0, len(everybody), _LISTED):
            if wanted.isdisjoint(one.id for one in everybody[start : start + _LISTED]):
                continue
            page = await wire.call("GET", f"/scim/v2/{NAME}/Users?startIndex={start + 1}&count={_LISTED}")
            answers += [(NAME, one["id"], orjson.dumps(one)) for one in page.json()["Resources"] if one["id"] in wanted]
    if len(answers) != len(wanted):
        raise RuntimeError(f"{len(wanted)} people are to be read, and {len(answers)} are there")
    await floor.answer_as(floor_url, answers)


async def _floor(stack: AsyncExitStack, url: str, people: Population) -> Target:
    port = free_port()
    with cores.measured():
        child = Popen([sys.executable, "-m", "bench.floor", str(port), url], stdout=DEVNULL, stderr=DEVNULL)
    stack.callback(child.wait)
    stack.callback(child.terminate)
    await _up(port)
    return Target(port, child.pid, people)


async def _up(port: int) -> None:
    deadline = time.monotonic() + 60
    with Wire(port) as wire:
        while time.monotonic() < deadline:
            try:
                await wire.call("GET", "/healthz")
            except Unanswered:
                await asyncio.sleep(0.05)
            else:
                return
    raise RuntimeError(f"nothing answers on port {port}")
