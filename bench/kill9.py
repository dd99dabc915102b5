"""`kill -9` of the service at random moments of an onboarding; the sandbox, as Clerk would, lives on.

    python -m bench.kill9 [--kills 50] [--people 500] [--seed N] [--database-url postgresql://…] [--quick]

A connector pushes an onboarding (bench/onboarding.py) and repeats what was not acknowledged. In the end nothing that was
acknowledged is missing, nobody and no workspace is in Clerk twice, Clerk has exactly what is decided, and the audit trail is
whole and tells of every person once.
"""

import asyncio
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from bench import directory as model
from bench.connector import Connector
from bench.directory import Directory
from bench.house import House
from bench.onboarding import ALONGSIDE, LIMITS, RULES, WORKSPACES, Write, onboarding, waves
from bench.peers import scratch
from bench.report import Report, say, table
from bench.wire import Wire, bearer
from bridge.audit import events
from bridge.store.database import open_database

NAME = "acme"
LONGEST = 0.6  # seconds that a life may last once it does background work
IN_THE_START = 0.1  # share of the kills that come before the service is up
LATENCY = 0.05  # seconds that Clerk takes for a call, so that kills find calls under way
_OPEN = text("SELECT count(*) AS n FROM person WHERE open")
_LOST = text("SELECT count(*) AS n FROM person WHERE wanted > applied AND problem IS NOT NULL")


@dataclass
class Story:
    """What happened; `pushed` counts writes, of which `allowed` may be begun in the present life."""

    kills: int
    seed: int
    writes: int = 0
    pushed: int = 0
    allowed: int = 0
    killed: int = 0
    in_the_start: int = 0
    in_work: int = 0
    people_in_work: int = 0
    checked_again: int = 0
    seconds: float = 0.0
    converged: float = 0.0
    problems: list[str] = field(default_factory=list)


async def run(folder: Path, *, kills: int, people: int, seed: int, database_url: str = "") -> tuple[Story, list[str]]:
    """The whole story; the problems are empty where every law held."""
    house = House(folder, database_url)
    house.connection(NAME, workspaces=WORKSPACES)
    house.mapping(NAME, RULES, limits=LIMITS)
    story, rng, began = Story(kills, seed), random.Random(seed), time.monotonic()
    directory = Directory(NAME)
    writes = onboarding(directory, people, rng)
    story.writes = len(writes)
    try:
        await house.start_sandbox()
        await house.sandbox_says("faults", "POST", {"match": "*", "delay": LATENCY, "times": 10_000_000})
        token = house.token(NAME)
        connectors = [Connector(Wire(house.ports[0], bearer(token)), NAME) for _ in range(ALONGSIDE)]
        pushing = asyncio.create_task(_push(writes, connectors, directory, story))
        try:
            await _kill(house, story, rng)
            await pushing
        finally:
            pushing.cancel()
        story.converged = await house.idle()
        await _verdict(house, directory, connectors[0], story)
        for connector in connectors:
            story.problems += connector.problems
            connector.wire.close()
        story.seconds = time.monotonic() - began
        _show(story, connectors)
        return story, story.problems
    finally:
        house.close()


async def _push(writes: list[Write], connectors: list[Connector], directory: Directory, story: Story) -> None:
    """Wave by wave, at the pace of the kills, so that the writes end with the last of them."""
    checked, last = 0, []  # type: ignore[var-annotated]
    for wave in waves(writes):
        while story.pushed >= story.allowed:
            await asyncio.sleep(0.005)
        await asyncio.gather(*(write.play(connector, directory) for write, connector in zip(wave, connectors, strict=False)))
        story.pushed += len(wave)
        if checked != story.killed:
            checked = story.killed
            await _again(connectors[0], directory, last + wave, story)
        last = wave
    story.pushed = len(writes)


async def _again(connector: Connector, directory: Directory, wave: list[Write], story: Story) -> None:
    """Read back what was acknowledged last before a kill, while nothing later hides its loss."""
    for key in {key for write in wave for key in write.subjects}:
        story.checked_again += 1
        story.problems += await compare(connector, directory, key)


async def _kill(house: House, story: Story, rng: random.Random) -> None:
    """One life after another; the last is left alive."""
    start = 1.0  # seconds that a start takes, as the one before did
    for number in range(story.kills):
        story.allowed = -(-story.writes * (number + 1) // (story.kills + 1))
        began = time.monotonic()
        if number and rng.random() < IN_THE_START:
            house.spawn()
            await asyncio.sleep(rng.uniform(0, start))
            story.in_the_start += 1
        else:
            await house.start()
            await house.at_work()
            start = time.monotonic() - began
            await asyncio.sleep(rng.uniform(0, LONGEST))
        house.kill()
        story.killed += 1
        found = await _read(house, _OPEN)
        story.people_in_work += found
        story.in_work += found > 0
        if number % 10 == 9:
            say(f"{number + 1} kills, {story.pushed} of {story.writes} writes acknowledged")
    await house.start()
    await house.at_work()
    story.allowed = story.writes


async def _verdict(house: House, directory: Directory, connector: Connector, story: Story) -> None:
    note = story.problems
    for key in (*directory.people, *directory.teams):
        note += await compare(connector, directory, key)
    note += await _nothing_more(connector, directory)
    state = await house.sandbox_says("state")
    note += _nobody_twice(state, directory)
    rules = model.ruleset(house.folder / "config", house.environment(), NAME)
    decided, found = directory.decided(rules), model.in_clerk(state)
    note += _as_decided(decided, found)
    note += await asyncio.to_thread(_explained, house, directory, decided, story.seed)
    note += await _trail(house, directory)
    if (stuck := await _read(house, _LOST)) > 0:
        note.append(f"{stuck} people are stuck with a problem")


async def compare(connector: Connector, directory: Directory, key: str) -> list[str]:
    """A user or group as it is read, against what was acknowledged."""
    if key in directory.teams:
        return await _compare_team(connector, directory, key)
    person = directory.people[key]
    shown = await connector.read(f"/Users/{person.id}")
    if person.gone:
        return [f"{key} was deleted, and is there"] if shown is not None else []
    if shown is None:
        return [f"{key} was acknowledged as {person.id}, and is not there"]
    told = (person.email, person.given, person.title, person.active)
    read = (shown["userName"], shown["name"]["givenName"], shown["title"], shown["active"])
    return [f"{key} was acknowledged as {told}, and is {read}"] if told != read else []


async def _compare_team(connector: Connector, directory: Directory, key: str) -> list[str]:
    team = directory.teams[key]
    shown = await connector.read(f"/Groups/{team.id}")
    if team.gone:
        return [f"{key} was deleted, and is there"] if shown is not None else []
    if shown is None:
        return [f"{key} was acknowledged as {team.id}, and is not there"]
    told = (team.name, {directory.people[member].id for member in team.members})
    read = (shown["displayName"], {member["value"] for member in shown.get("members", ())})
    if told == read:
        return []
    lacks, more = len(told[1] - read[1]), len(read[1] - told[1])
    return [f"{key} was acknowledged as {told[0]}, and is {read[0]}; {lacks} members are missing, {more} too many"]


async def _nothing_more(connector: Connector, directory: Directory) -> list[str]:
    """The directory has no second copy of anything."""
    problems = []
    for kind, ours in (("Users", directory.people), ("Groups", directory.teams)):
        expected = sum(not one.gone for one in ours.values())
        total = (await connector.read(f"/{kind}?count=0"))["totalResults"]
        if total != expected:
            problems.append(f"{total} {kind} are there, {expected} were made")
    return problems


def _nobody_twice(state: Any, directory: Directory) -> list[str]:
    """Everybody in Clerk is somebody of the directory, once; so is every workspace."""
    names = Counter(one["name"] for one in state["organizations"])
    ours = Counter(user["external_id"] for user in state["users"])
    addresses = Counter(mail["email_address"] for user in state["users"] for mail in user["email_addresses"])
    known = {person.email for person in directory.people.values()}
    problems = [f"{name} is in Clerk {times} times" for name, times in names.items() if times > 1]
    problems += [f"{id} is in Clerk {times} times" for id, times in (ours + addresses).items() if times > 1 or id is None]
    strangers = [model.primary(user) for user in state["users"] if model.primary(user) not in known]
    stale = [address for address in addresses if address not in known]
    problems += [f"{one} is in Clerk and belongs to nobody" for one in strangers]
    # who had left before a new address could be followed keeps the old one
    gone = {person.email.removeprefix("new.") for person in directory.people.values() if person.gone or not person.active}
    return problems + [f"{one} is still an address in Clerk" for one in stale if one not in {*gone, *strangers}]


def _as_decided(decided: model.Roles, found: model.Roles) -> list[str]:
    return [
        f"{email} should have {decided.get(email, {})}, and has {found.get(email, {})}"
        for email in sorted(decided.keys() | found.keys())
        if decided.get(email, {}) != found.get(email, {})
    ]


def _explained(house: House, directory: Directory, decided: model.Roles, seed: int) -> list[str]:
    """`explain` says the same as our own decision, for a few of every kind."""
    living = [person for person in directory.people.values() if not person.gone]
    kinds = [
        [one for one in living if not one.active],
        [one for one in living if one.email.startswith("new.")],
        [one for one in living if one.title == "Contractor"],
        living,
    ]
    problems = []
    for email in sorted({random.Random(seed).choice(kind).email for kind in kinds if kind}):
        rows = [row for one in house.command("explain", email)["people"] for row in one["workspaces"]]
        told = {row["workspace"]: row["decided"] for row in rows if row["decided"]}
        has = {row["workspace"]: row["in_clerk"] for row in rows if row["in_clerk"]}
        if not told == has == decided.get(email, {}):
            problems.append(f"explain {email}: decided {told}, in Clerk {has}, but {decided.get(email, {})} is right")
    return problems


async def _trail(house: House, directory: Directory) -> list[str]:
    """The seals fit, and every arrival and end stands in the trail exactly once."""
    problems = [
        f"the audit trail of {one['connection']}: {one['problem']}"
        for one in await asyncio.to_thread(house.command, "audit", "verify")
        if one["problem"]
    ]
    database = open_database(house.database_url)
    try:
        told = await database.read(lambda tx: events.last(tx, NAME, 1_000_000))
    finally:
        await database.close()
    seen = Counter((event.action, event.subject) for event in told)
    for person in directory.people.values():
        if seen["user.created", person.id] != 1:
            problems.append(f"the audit trail tells {seen['user.created', person.id]} times that {person.key} came")
        if seen["user.deleted", person.id] != person.gone:
            problems.append(f"the audit trail tells {seen['user.deleted', person.id]} times that {person.key} was deleted")
    return problems


async def _read(house: House, statement: Any) -> int:
    database = open_database(house.database_url)
    try:
        row = await database.read(lambda tx: tx.one(statement))
        return int(row["n"]) if row else 0
    finally:
        await database.close()


def _show(story: Story, connectors: list[Connector]) -> None:
    rows = [
        ("seed", story.seed),
        ("kills", story.killed),
        ("  before the service was up", story.in_the_start),
        ("  with people in work", story.in_work),
        ("people in work at a kill, together", story.people_in_work),
        ("writes acknowledged", story.pushed),
        ("  answers lost, asked again", sum(one.retried for one in connectors)),
        ("  creates that had taken effect without an answer", sum(one.found for one in connectors)),
        ("read back right after a kill", story.checked_again),
        ("seconds to converge after the last", f"{story.converged:.1f}"),
        ("seconds in all", f"{story.seconds:.0f}"),
    ]
    table(("kill -9", ""), rows)


@click.command()
@click.option("--kills", default=50, show_default=True)
@click.option("--people", default=500, show_default=True)
@click.option("--seed", type=int, help="Of an earlier run, to repeat its onboarding and its moments.")
@click.option("--database-url", default="", help="An empty PostgreSQL database. SQLite without it.")
@click.option("--quick", is_flag=True, help="5 kills, 50 people.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Run in this folder, and leave it.")
def main(kills: int, people: int, seed: int | None, database_url: str, quick: bool, keep: Path | None) -> None:
    """Kill the service at random moments of an onboarding; exit code 1 if anything was lost, doubled or wrong."""
    chosen = random.SystemRandom().randrange(10**6) if seed is None else seed
    say(f"seed {chosen}")
    many, size = (5, 50) if quick else (kills, people)
    with scratch() as temporary:
        work = run(keep or temporary, kills=many, people=size, seed=chosen, database_url=database_url)
        _, problems = asyncio.run(work)
    sys.exit(Report(problems).end("nothing lost, nobody twice, Clerk has what is decided, the audit trail is whole"))


if __name__ == "__main__":
    main()
