"""What a preview of everybody costs: the command itself, as an admin calls it, where everybody has access already.

Twice: by a file that changes nobody, which is the most there is to read, and by one that changes everybody.
"""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from resource import struct_rusage
from subprocess import Popen
from typing import Any

import orjson
import psutil
import yaml

from bench import copies, cores
from bench.house import House
from bench.report import Report, say, table
from bench.scene import NAME, Loaded
from bridge.clock import epoch_ms
from bridge.people import grants, persons, workspaces
from bridge.people.grant import Grant, State
from bridge.provisioning import situation
from bridge.rulebook import Rulebook, proposals, taking
from bridge.settings import Settings, load
from bridge.store.database import Database, open_database
from scim.ports import Tx

MOST_SECONDS, MOST_MEGABYTES = 30.0, 300.0
PLACES = {"production": "org_production", "research": "org_research", "support": "org_support"}
RULES = 1_000
_PAGE = 500
_LOOK = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds and the most memory of one command, and what it said."""

    seconds: float
    megabytes: float
    said: dict[str, Any]


def previews(loaded: Loaded, url: str, report: Report) -> None:
    """Measure and print on one engine; what a bar is missed by goes to `report`."""
    house = House(loaded.folder / "previews", asyncio.run(copies.beside(url, "previewed")))
    house.connection(NAME, workspaces=PLACES, brake={"people": 5, "percent": 10, "within": "15m"})
    house.mapping(NAME, _rules("viewer"), otherwise={"support": "viewer"})
    engine = asyncio.run(_everybody_has_access(house))
    people = len(loaded.population.order)
    say(f"{engine}: {people} previews twice")
    nobody = _preview(house, _rules("viewer"), "viewer")
    everybody = _preview(house, _rules("editor"), "editor")
    report.must(
        nobody.said["changed"] == 0, f"{engine}: a file that changes nothing changes {nobody.said['changed']} people"
    )
    report.must(everybody.said["changed"] == people, f"{engine}: {everybody.said['changed']} of {people} people change")
    rows = [
        row for name, spent in (("nobody", nobody), ("everybody", everybody)) for row in _rows(engine, name, spent, report)
    ]
    table((f"{engine}: preview of {people} people, {RULES} rules", "measured", "bar", ""), rows)


def _rows(engine: str, name: str, spent: Spent, report: Report) -> list[tuple[str, ...]]:
    measured = (
        ("s of CPU", spent.seconds, MOST_SECONDS, f"{spent.seconds:.1f}"),
        ("MB at the most", spent.megabytes, MOST_MEGABYTES, f"{spent.megabytes:.0f}"),
    )
    rows = []
    for unit, value, bar, shown in measured:
        what = f"{name} changes, {unit}"
        holds = report.must(value <= bar, f"{engine}: a preview in which {what}: {shown}, not {bar:g}")
        rows.append((what, shown, f"{bar:g}", "ok" if holds else "MISSED"))
    return rows


def _rules(role: str) -> list[dict[str, Any]]:
    """The big group has production, each of the first thousand small ones research."""
    teams = [
        {"name": f"team {number}", "when": {"group": f"team {number:05}"}, "grant": {"research": role}}
        for number in range(RULES - 1)
    ]
    return [{"name": "half", "when": {"group": "everybody else"}, "grant": {"production": role}}, *teams]


async def _everybody_has_access(house: House) -> str:
    """The file is in service, and Clerk has what it decides; returns the engine's name."""
    settings = load(house.folder / "config", house.environment())
    database = open_database(house.database_url)
    try:
        await _in_service(settings, database)
        page, after = partial(_page, settings=settings, rulebook=Rulebook(settings.connections)), 0
        while (after := await database.write(partial(page, after=after))) > 0:
            pass
        return database.engine
    finally:
        await database.close()


async def _in_service(settings: Settings, database: Database) -> None:
    connection = settings.connections[NAME]
    proposal = proposals.read(settings.bridge.config, connection)
    assert proposal is not None
    references = [found for alias in PLACES if (found := workspaces.reference(connection, alias)) is not None]

    await database.write(partial(workspaces.ensure, instance=connection.clerk_instance, references=references))
    await taking.activate(database, connection, proposal, now=epoch_ms(), actor="cli:bench")


def _page(tx: Tx, settings: Settings, rulebook: Rulebook, after: int) -> int:
    """As a reconciler leaves them; returns the last, 0 after everybody."""
    now, pks = epoch_ms(), [one.pk for one in persons.page(tx, "main", after, _PAGE)]
    for one in situation.load_all(tx, settings, rulebook, pks, now=now):
        rows = situation.plan(one, settings, now=now).rows
        grants.put(tx, one.person.pk, [_granted(row) for row in rows])
        email = one.leading.account.email if one.leading else None
        persons.link(tx, one.person.pk, f"user_{one.person.pk}", created=True, email=email)
    return pks[-1] if pks else 0


def _granted(row: Grant) -> Grant:
    return replace(row, in_clerk=row.decided, membership=f"orgmem_{row.workspace}", ours=True, state=State.GRANTED)


def _preview(house: House, rules: Sequence[dict[str, Any]], otherwise: str) -> Spent:
    """In a process of its own on a core of its own; answers for scripts, so that everybody is named."""
    proposed, said = house.folder / "proposed.yaml", house.folder / "said.json"
    file = {"connection": NAME, "rules": list(rules), "otherwise": {"support": otherwise}}
    proposed.write_text(yaml.safe_dump(file), encoding="utf-8")
    line = [sys.executable, "-m", "bridge.cli", "preview", str(proposed), "--json", "--offline"]
    with cores.measured(), said.open("wb") as into:
        child = Popen(line, env=house.environment(), stdout=into)
    megabytes, used = _watched(child)
    if child.returncode:
        raise RuntimeError(f"the preview failed: {Path(said).read_text(encoding='utf-8')[:500]}")
    return Spent(used.ru_utime + used.ru_stime, megabytes, orjson.loads(said.read_bytes()))


def _watched(child: "Popen[bytes]") -> tuple[float, struct_rusage]:
    """The most memory it had, until its end, and what it used. `ru_maxrss` begins with what its parent had."""
    most, there = 0, psutil.Process(child.pid)
    while True:
        ended, status, used = os.wait4(child.pid, os.WNOHANG)
        if ended:
            child.returncode = os.waitstatus_to_exitcode(status)
            return most / 1024 / 1024, used
        with suppress(psutil.Error):
            most = max(most, there.memory_info().rss)
        time.sleep(_LOOK)
