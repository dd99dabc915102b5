"""Two connections under parallel load: nothing of one is ever visible under a token of the other.

    python -m bench.tenants [--seconds 60] [--postgresql] [--quick]

Both push people and groups of the same names, under the same external ids, at the same moments: creates, patches, member
changes, reads, filters, and requests with the wrong token or for the other's ids. Every answer is searched for the other's
mark and ids. In the end each directory holds what its own connector was acknowledged, no more and no less, and each
workspace only its own people. On PostgreSQL two replicas share the load.
"""

import asyncio
import itertools
import random
import re
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from bench import directory as model
from bench.house import House, free_port
from bench.onboarding import GROUP, PATCH, USER
from bench.peers import postgresql, scratch
from bench.report import Report, say, table
from bench.wire import Answer, Wire, bearer

NAMES = ("alpha", "beta")
WORKERS = 4  # of each tenant
GRANTED = 25  # every so many people join the group that the rules know: Clerk is not what is measured here
TEAMS = 4
_ID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass
class Tenant:
    """One connection as its connector knows it. `mark` stands in every text that only it has."""

    name: str
    token: str
    people: dict[str, str] = field(default_factory=dict)  # id -> userName
    teams: dict[str, set[str]] = field(default_factory=dict)  # id -> ids of members that were acknowledged
    ids: set[bytes] = field(default_factory=set)  # every id this connection was ever given
    granted: set[str] = field(default_factory=set)
    moving: set[tuple[str, str]] = field(default_factory=set)  # (team, member) in a request under way
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    requests: int = 0

    @property
    def mark(self) -> str:
        return f"only-{self.name}"


@dataclass
class Worker:
    """One connection of one connector. It has one look at every answer before anybody uses it."""

    mine: Tenant
    other: Tenant
    wire: Wire
    strange: Wire  # bears the other's token
    rng: random.Random
    report: Report

    async def work(self, until: float) -> None:
        """Whatever comes, until then."""
        choices: tuple[tuple[Callable[[], Awaitable[None]], int], ...] = (
            (self._arrive, 5),
            (self._change, 4),
            (self._join, 4),
            (self._leave, 1),
            (self._read, 4),
            (self._find, 4),
            (self._list, 1),
            (self._trespass, 3),
        )
        acts, weights = zip(*choices, strict=True)
        while time.monotonic() < until:
            await self.rng.choices(acts, weights)[0]()

    async def call(self, method: str, path: str, body: Any, *allowed: int) -> Answer:
        """An answer of our own connection, searched for what is the other's."""
        answer = await self.wire.call(method, f"/scim/v2/{self.mine.name}{path}", body)
        self.mine.requests += 1
        self.report.must(answer.status in allowed, f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        self._search(method, path, answer)
        return answer

    def _search(self, method: str, path: str, answer: Answer) -> None:
        found = self.other.mark.encode() in answer.body or not self.other.ids.isdisjoint(_ID.findall(answer.body))
        shown = f"{self.mine.name}: {method} {path} shows something of {self.other.name}: {answer.body[:300]!r}"
        self.report.must(not found, shown)

    async def _arrive(self) -> None:
        """The other tenant has a person of the same number, too, with the same external id."""
        number, mine = next(self.mine.numbers), self.mine
        name = f"same{number}@shared.example"
        body = {
            "schemas": [USER],
            "userName": name,
            "externalId": f"ext-{number}",
            "displayName": f"{mine.mark} {number}",
            "emails": [{"value": f"p{number}@{mine.name}.example", "type": "work", "primary": True}],
            "active": True,
        }
        answer = await self.call("POST", "/Users", body, 201)
        if answer.status != 201:
            return
        id = answer.json()["id"]
        self.report.must(id.encode() not in self.other.ids, f"both tenants were given {id}")
        mine.people[id] = name
        mine.ids.add(id.encode())
        if number % GRANTED == 0:
            await self._add(next(iter(mine.teams)), id)
            mine.granted.add(f"p{number}@{mine.name}.example")

    async def _change(self) -> None:
        if id := self._somebody():
            title = f"{self.mine.mark} {self.rng.randrange(1000)}"
            body = {"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": title}]}
            shown = (await self.call("PATCH", f"/Users/{id}", body, 200)).json()
            self.report.must(shown["userName"] == self.mine.people[id], f"{id} is answered as {shown['userName']}")

    async def _join(self) -> None:
        if id := self._somebody():
            await self._add(self._team(), id)

    async def _add(self, team: str, id: str) -> None:
        if (team, id) not in self.mine.moving:
            await self._move(team, id, {"op": "add", "path": "members", "value": [{"value": id}]})
            self.mine.teams[team].add(id)

    async def _leave(self) -> None:
        team = self._team()
        id = next((one for one in self.mine.teams[team] if (team, one) not in self.mine.moving), None)
        if id is not None:
            await self._move(team, id, {"op": "remove", "path": f'members[value eq "{id}"]'})
            self.mine.teams[team].discard(id)

    async def _move(self, team: str, id: str, operation: dict[str, Any]) -> None:
        """Many at once may change a group, but only one the same member: else nobody knows which was last."""
        self.mine.moving.add((team, id))
        await self.call("PATCH", f"/Groups/{team}", {"schemas": [PATCH], "Operations": [operation]}, 200, 204)
        self.mine.moving.discard((team, id))

    async def _read(self) -> None:
        if id := self._somebody():
            shown = (await self.call("GET", f"/Users/{id}", None, 200)).json()
            self.report.must(shown["userName"] == self.mine.people[id], f"{id} is read as {shown['userName']}")

    async def _find(self) -> None:
        """By what both tenants have alike: exactly the own one comes back."""
        if (id := self._somebody()) is None:
            return
        name = self.mine.people[id]
        number = name.partition("@")[0].removeprefix("same")
        attribute = self.rng.choice((f'userName eq "{name}"', f'externalId eq "ext-{number}"'))
        shown = (await self.call("GET", f"/Users?filter={quote(attribute)}", None, 200)).json()
        ids = [one["id"] for one in shown["Resources"]]
        self.report.must(ids == [id], f"{self.mine.name}: {attribute} finds {ids}, not {id}")

    async def _list(self) -> None:
        kind = self.rng.choice(("Users", "Groups?excludedAttributes=members&", f"Groups/{self._team()}"))
        query = "" if "/" in kind else f"{'' if '?' in kind else '?'}startIndex={self.rng.randint(1, 50)}&count=20"
        await self.call("GET", f"/{kind}{query}", None, 200)

    async def _trespass(self) -> None:
        """The other's token on our connection, the other's id under our token: 401 and 404, whatever the verb."""
        path = f"/Users/{self._somebody() or 'nobody'}"
        verb = self.rng.choice(("GET", "PATCH", "DELETE", "POST"))
        where = f"/scim/v2/{self.mine.name}{path if verb != 'POST' else '/Users'}"
        answer = await self.strange.call(verb, where, {"schemas": [PATCH], "Operations": []})
        self.report.must(answer.status == 401, f"{verb} {path} with the token of {self.other.name}: {answer.status}")
        self.report.must(self.mine.mark.encode() not in answer.body, f"{verb} {path} told the other tenant something")
        if self.other.people:
            theirs = self.rng.choice(tuple(itertools.islice(self.other.people, 50)))
            answer = await self.wire.call("GET", f"/scim/v2/{self.mine.name}/Users/{theirs}")
            self.report.must(answer.status == 404, f"{self.other.name}'s {theirs} under {self.mine.name}: {answer.status}")

    def _somebody(self) -> str | None:
        """One of the last few hundred, so that both tenants are at the same numbers."""
        size = len(self.mine.people)
        if not size:
            return None
        at = self.rng.randrange(max(0, size - 300), size)
        return next(itertools.islice(self.mine.people, at, None))

    def _team(self) -> str:
        return self.rng.choice(list(self.mine.teams)[1:])


async def run(folder: Path, *, seconds: float, seed: int, database_url: str = "", replicas: int = 1) -> Report:
    """Load, then compare both directories and Clerk with what was acknowledged."""
    report = Report()
    house = _house(folder, database_url, replicas)
    try:
        await house.start_sandbox()
        for port in house.ports:
            await house.start(port)
        tenants = [Tenant(name, house.token(name)) for name in NAMES]
        workers = [worker for tenant in tenants for worker in _workers(house, tenant, tenants, seed, report)]
        for worker in workers[::WORKERS]:
            await _teams(worker)
        until = time.monotonic() + seconds
        await asyncio.gather(*(worker.work(until) for worker in workers))
        say("the load is over; comparing")
        for worker in workers[::WORKERS]:
            await _whole(worker)
        await house.idle()
        _only_their_own(await house.sandbox_says("state"), tenants, report)
        _show(tenants, seconds, len(house.ports))
        for worker in workers:
            worker.wire.close()
            worker.strange.close()
        return report
    finally:
        house.close()


def _house(folder: Path, database_url: str, replicas: int) -> House:
    house = House(folder, database_url, ports=[free_port() for _ in range(replicas)])
    for name in NAMES:
        house.connection(name, workspaces={"production": {"create": f"{name} production"}})
        house.mapping(name, [{"name": "Staff", "when": {"group": "staff"}, "grant": {"production": "editor"}}])
    return house


def _workers(house: House, mine: Tenant, tenants: list[Tenant], seed: int, report: Report) -> list[Worker]:
    other = next(one for one in tenants if one is not mine)
    found = []
    for number in range(WORKERS):
        port = house.ports[number % len(house.ports)]
        wires = Wire(port, bearer(mine.token)), Wire(port, bearer(other.token))
        found.append(Worker(mine, other, *wires, random.Random(f"{seed} {mine.name} {number}"), report))
    return found


async def _teams(worker: Worker) -> None:
    """The same names at both tenants; the first is the one that the rules know."""
    for name in ("staff", *(f"team {number}" for number in range(TEAMS))):
        made = (await worker.call("POST", "/Groups", {"schemas": [GROUP], "displayName": name}, 201)).json()
        worker.mine.teams[made["id"]] = set()
        worker.mine.ids.add(made["id"].encode())


async def _whole(worker: Worker) -> None:
    """Every user and group there is, against what was acknowledged."""
    mine, report = worker.mine, worker.report
    seen: dict[str, str] = {}
    total, start = 1, 1
    while start <= total:
        listed = (await worker.call("GET", f"/Users?startIndex={start}&count=200", None, 200)).json()
        total, start = listed["totalResults"], start + 200
        seen |= {one["id"]: one["userName"] for one in listed["Resources"]}
    lost, more = mine.people.keys() - seen.keys(), seen.keys() - mine.people.keys()
    report.must(seen == mine.people, f"{mine.name}: {len(lost)} users were lost, {len(more)} are too many")
    for team, members in mine.teams.items():
        shown = (await worker.call("GET", f"/Groups/{team}", None, 200)).json()
        read = {one["value"] for one in shown.get("members", ())}
        lost, more = len(members - read), len(read - members)
        report.must(members == read, f"{mine.name}: {team} lost {lost} members, and has {more} too many")


def _only_their_own(state: Any, tenants: list[Tenant], report: Report) -> None:
    found = model.in_clerk(state)
    for tenant in tenants:
        has = {email for email, roles in found.items() if f"{tenant.name} production" in roles}
        wrong = len(has ^ tenant.granted)
        report.must(has == tenant.granted, f"{tenant.name}: {wrong} people are wrongly in or out of its workspace")


def _show(tenants: list[Tenant], seconds: float, replicas: int) -> None:
    rows = [
        (
            tenant.name,
            tenant.requests,
            f"{tenant.requests / seconds:.0f}",
            len(tenant.people),
            sum(len(members) for members in tenant.teams.values()),
            len(tenant.granted),
        )
        for tenant in tenants
    ]
    table((f"{seconds:.0f} s, {replicas} replica(s)", "requests", "a second", "people", "members", "with a role"), rows)


@click.command()
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--postgresql", "on_postgresql", is_flag=True, help="Two replicas on one PostgreSQL database.")
@click.option("--quick", is_flag=True, help="5 seconds.")
def main(seconds: float, seed: int, on_postgresql: bool, quick: bool) -> None:
    """Load two connections side by side; exit code 1 if anything crossed over or was lost."""
    lasts = 5.0 if quick else seconds
    with scratch() as folder:
        if on_postgresql:
            with postgresql() as url:
                report = asyncio.run(run(folder, seconds=lasts, seed=seed, database_url=url, replicas=2))
        else:
            report = asyncio.run(run(folder, seconds=lasts, seed=seed))
    sys.exit(report.end("nothing crossed over, nothing was lost"))


if __name__ == "__main__":
    main()
