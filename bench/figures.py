"""CPU per request of the service against a floor of the same run: aiohttp + orjson + one raw statement of that kind.

The service answers as a replica without the lease (bench/quiet.py), so that only SCIM is measured. Rounds of both alternate,
16 connections each, and the medians are compared: these machines are noisy.
"""

import asyncio
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from subprocess import DEVNULL, Popen

from bench import cpu
from bench.house import House, free_port
from bench.onboarding import USER
from bench.peers import execute, named, postgresql, scratch
from bench.quiet import Lease
from bench.report import say, table
from bench.wire import Unanswered, Wire, bearer
from mappings.check import check
from mappings.decide import decide
from mappings.identity import GroupFact, Identity
from mappings.roles import Role
from mappings.ruleset import Scope

WIRES = 16
NAME = "acme"
BASE = f"/scim/v2/{NAME}"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
Request = tuple[str, str, object]


@dataclass
class Target:
    """One server under load. `made`: so many users were created for it."""

    name: str
    port: int
    pid: int
    headers: dict[str, str]
    made: int = 0
    joined: int = 0
    turns: int = 0
    costs: dict[str, list[float]] = field(default_factory=dict)


async def figures(url: str, folder: Path, *, users: int, rounds: int, requests: int) -> None:
    """Seed, copy, measure, print one table. `url` "" is SQLite in `folder`."""
    house = House(folder, url)
    house.connection(NAME, workspaces={"production": {"create": "Production"}})
    house.mapping(NAME, [{"name": "Nobody", "when": {"group": "nobody is in it"}, "grant": {"production": "viewer"}}])
    await house.start_sandbox()
    try:
        await house.start()
        headers = bearer(house.token(NAME))
        ids, group = await _seed(house.ports[0], headers, users)
        await house.idle()
        floor_url = await _copy(house)
        await house.at_work()
        await Lease(house).take()
        with ExitStack() as stack:
            floor_port = free_port()
            floor = Popen([sys.executable, "-m", "bench.floor", str(floor_port), floor_url], stdout=DEVNULL, stderr=DEVNULL)
            stack.callback(floor.wait)
            stack.callback(floor.terminate)
            await _up(floor_port)
            targets = (Target("service", house.ports[0], house.pid(), headers), Target("floor", floor_port, floor.pid, {}))
            for turn in range(rounds + 1):
                for what, make in _KINDS.items():
                    for target in targets:
                        cost = await _measure(target, [make(target, ids, group, place) for place in range(requests)])
                        if turn:  # the first round warms up
                            target.costs.setdefault(what, []).append(cost)
                say(f"round {turn} of {rounds}")
            _print(house.database_url, users, targets)
    finally:
        house.close()


def _get(_: Target, ids: list[str], __: str, place: int) -> Request:
    return "GET", f"{BASE}/Users/{ids[place % len(ids)]}", None


def _find(_: Target, ids: list[str], __: str, place: int) -> Request:
    number = place % len(ids)
    return "GET", f"{BASE}/Users?filter=userName%20eq%20%22u{number:06}@{NAME}.example%22", None


def _post(target: Target, _: list[str], __: str, ___: int) -> Request:
    target.made += 1
    return "POST", f"{BASE}/Users", _user(f"new{target.made:06}")


def _active(target: Target, ids: list[str], _: str, place: int) -> Request:
    target.turns += not place  # each round says the opposite of the one before: nothing is a no-op
    operation = {"op": "replace", "value": {"active": target.turns % 2 == 0}}
    return "PATCH", f"{BASE}/Users/{ids[place % len(ids)]}", {"schemas": [PATCH], "Operations": [operation]}


def _join(target: Target, ids: list[str], group: str, _: int) -> Request:
    target.joined += 1
    member = [{"value": ids[target.joined % len(ids)]}]
    operation = {"op": "add", "path": "members", "value": member}
    return "PATCH", f"{BASE}/Groups/{group}", {"schemas": [PATCH], "Operations": [operation]}


_KINDS: dict[str, Callable[[Target, list[str], str, int], Request]] = {
    "GET by id": _get,
    "filter userName eq": _find,
    "POST": _post,
    "PATCH active": _active,
    "add one member": _join,
}


async def _measure(target: Target, requests: list[Request]) -> float:
    """Microseconds of CPU per request."""
    queue = iter(requests)

    async def worker() -> None:
        with Wire(target.port, target.headers) as wire:
            for method, path, body in queue:
                answer = await wire.call(method, path, body)
                if answer.status >= 400:
                    raise RuntimeError(f"{target.name}: {method} {path}: {answer.status} {answer.body[:200]!r}")

    before = cpu.seconds(target.pid)
    await asyncio.gather(*(worker() for _ in range(WIRES)))
    return (cpu.seconds(target.pid) - before) / len(requests) * 1e6


async def _seed(port: int, headers: dict[str, str], users: int) -> tuple[list[str], str]:
    ids = [""] * users
    numbers = iter(range(users))

    async def worker() -> None:
        with Wire(port, headers) as wire:
            for number in numbers:
                ids[number] = (await wire.call("POST", f"{BASE}/Users", _user(f"u{number:06}"))).json()["id"]

    await asyncio.gather(*(worker() for _ in range(WIRES)))
    with Wire(port, headers) as wire:
        group = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "measured"}
        return ids, str((await wire.call("POST", f"{BASE}/Groups", group)).json()["id"])


def _user(name: str) -> dict[str, object]:
    email = f"{name}@{NAME}.example"
    return {
        "schemas": [USER],
        "userName": email,
        "externalId": f"00u-{name}",
        "name": {"givenName": name, "familyName": "Measured"},
        "emails": [{"value": email, "type": "work", "primary": True}],
        "active": True,
    }


async def _copy(house: House) -> str:
    """The floor works on the same rows; the service rests meanwhile, so that the copy is whole."""
    child = house.services.pop(house.ports[0])
    child.terminate()
    child.wait(timeout=30)
    if house.database_url.startswith("sqlite"):
        copy = house.folder / "floor.db"
        shutil.copyfile(house.folder / "data" / "bridge.db", copy)
        url = f"sqlite:///{copy}"
    else:
        url = named(house.database_url, "floor")
        await execute(named(house.database_url, "postgres"), "CREATE DATABASE floor TEMPLATE bench")
    await house.start()
    return url


async def _up(port: int) -> None:
    deadline = time.monotonic() + 30
    with Wire(port) as wire:
        while time.monotonic() < deadline:
            try:
                await wire.call("GET", "/healthz")
            except Unanswered:
                await asyncio.sleep(0.05)
            else:
                return
    raise RuntimeError("the floor did not start")


def _print(url: str, users: int, targets: tuple[Target, ...]) -> None:
    service, floor = targets
    print(f"{url.partition(':')[0]}, {users} users, {WIRES} connections: us of CPU per request, medians")
    rows = []
    for what in _KINDS:
        ours, least = statistics.median(service.costs[what]), statistics.median(floor.costs[what])
        rows.append((what, f"{ours:.0f}", f"{least:.0f}", f"{ours / least:.2f}"))
    table(("", "service", "floor", "ratio"), rows)


def decisions(rules: int = 5_000, groups: int = 50) -> None:
    """`decide` for one person of many groups, with rules that nearly all name others."""
    text = f"connection: {NAME}\nrules:\n" + "".join(
        f"  - {{name: r{n}, when: {{group: g{n}}}, grant: {{production: viewer}}}}\n" for n in range(rules)
    )
    began = time.process_time()
    checked = check(text, "bench.yaml", Scope(NAME, {"production": Role.OWNER}), datetime.now(UTC))
    loaded = time.process_time() - began
    assert checked.ruleset is not None
    few = tuple(GroupFact(f"other{n}") for n in range(groups - 3)) + tuple(GroupFact(f"g{n}") for n in range(3))
    identity, now, times = Identity(f"a@{NAME}.example", few), datetime.now(UTC), 2_000
    began = time.process_time()
    for _ in range(times):
        decide(identity, checked.ruleset, now)
    each = (time.process_time() - began) / times * 1e6
    person = f"a person in {groups} groups, 3 of them named by rules"
    print(f"{rules} rules: check {loaded:.2f} s, decide {each:.0f} us of CPU for {person}", flush=True)


def run(*, users: int, rounds: int, requests: int, with_postgresql: bool) -> None:
    """Every figure."""
    decisions()
    print()
    with scratch() as folder:
        asyncio.run(figures("", folder, users=users, rounds=rounds, requests=requests))
    if with_postgresql:
        with postgresql() as url, scratch() as folder:
            asyncio.run(figures(url, folder, users=users, rounds=rounds, requests=requests))
