"""A company that changes its mappings at random: what is previewed, and what then happens, in the same words.

Two connections share its workspaces, its domain and some of its people, by rules of their own.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from bridge.answers import names
from bridge.answers.preview import Preview, preview
from bridge.clerk import memberships
from bridge.clerk.budget import Lane
from bridge.people import grants, persons, workspaces
from bridge.people.grant import Grant
from bridge.provisioning.actions import answer_hold, revoke
from bridge.rulebook import versions
from bridge.rulebook.proposals import read_file
from scim.ports import Tx
from tests.support.house import House

PLACES = ("production", "research", "support", "team-z")
ROLES = ("owner", "admin", "editor", "viewer")
GROUPS = ("a", "b", "c", "d", "e")
SETTLE = 10
SECOND = "bought"
CONNECTIONS = ("acme", SECOND)
KEYS: dict[str, Any] = {
    "customer": "Acme",
    "domains": ["acme.example"],
    "shared_with": [SECOND],
    "workspaces": {
        "production": {"create": "Production"},
        "research": {"create": "Research", "existing": "leave"},
        "support": {"create": "Support", "last_resort_owner": "p00@acme.example"},
        "team-z": {"create": "Team Z"},
        "*": {"create": "Team {alias}", "at_most": 2},
    },
}
Rows = dict[tuple[str, str], Grant]  # (id of a person, workspace) -> the row


@dataclass
class Company:
    """`people` are SCIM ids by connection; `groups` ids by connection and name."""

    house: House
    rng: random.Random
    people: dict[str, list[str]] = field(default_factory=lambda: {connection: [] for connection in CONNECTIONS})
    groups: dict[tuple[str, str], str] = field(default_factory=dict)

    @classmethod
    async def open(cls, house: House, rng: random.Random) -> "Company":
        """Both connections in service; whoever is hired is in a workspace at first."""
        house.connection("acme", **KEYS, **_terms(rng))
        house.connection(SECOND, **KEYS | {"domains": ["bought.example"], "shared_with": []}, **_terms(rng))
        for connection in CONNECTIONS:
            house.mapping(connection, rules=[{"name": "all", "when": {"everyone": True}, "grant": {"support": "viewer"}}])
        await house.start()
        return cls(house, rng)

    async def found(self, size: int) -> None:
        """So many people in random groups, under random rules; some are known to both connections, some share an address."""
        for number in range(size):
            await self._hire(f"p{number:02}")
        for connection, people in self.people.items():
            for name in GROUPS:
                members = [id for id in people if self.rng.random() < 0.4]
                self.groups[connection, name] = await self.house.group(name, *members, connection=connection)
        await self.house.group("team-x-editor", self.rng.choice(self.people["acme"]))
        await self._rest()

    async def live(self) -> None:
        """What happens between two changes of the mapping."""
        for _ in range(self.rng.randrange(3)):
            await self.rng.choice((self._move, self._leave, self._answer, self._revoke, self._foreigner))()
        await self._rest()
        self.house.clock.jump(31)  # the brake counts those with access every half minute

    async def change(self) -> tuple[Preview, Rows, Rows]:
        """Write another mapping; its preview, and everybody's rows before and after it is in service."""
        connection, rules = self.rng.choice(CONNECTIONS), self.mapping()
        foreseen, before = await self.preview(connection, rules), await self.rows()
        self.house.sandbox.reset_calls()
        self.house.mapping(connection, **rules)
        await self.enter(connection, foreseen.against[0] if foreseen.against else 0)
        return foreseen, before, await self.rows()

    async def enter(self, connection: str, number: int) -> None:
        """Until the file is in service and everybody was looked at."""

        async def taken() -> bool:
            row = await self.house.parts.database.read(lambda tx: versions.service(tx, connection))
            return row is not None and row.version != number

        await self.house.until(taken)
        await self._rest()

    async def preview(self, connection: str, rules: Mapping[str, Any]) -> Preview:
        """Of a file that nobody watches: the service would not wait for the end of the preview."""
        tools, file = self.house.parts.tools, self.house.folder / "proposed.yaml"
        file.write_text(yaml.safe_dump({"connection": connection, **rules}, sort_keys=False), encoding="utf-8")
        proposal = read_file(tools.settings, file)
        assert proposal.checked.ok, [str(one) for one in proposal.checked.problems]

        async def governors(organization: str) -> dict[str, str]:
            lists = [
                await memberships.with_role(tools.clerk, organization, role, lane=Lane.NORMAL)
                for role in ("org:owner", "org:admin")
            ]
            return {one.user: one.role for several in lists for one in several if not one.banned}

        return await preview(tools, proposal, governors=governors)

    async def rows(self) -> Rows:
        """Every row by person and workspace, as the worker left it."""

        def read(tx: Tx) -> Rows:
            words = names.aliases(self.house.parts.settings, workspaces.all_of(tx, "main"), ["acme"])
            return {
                (one.id, words[row.workspace]): row
                for one in persons.page(tx, "main", 0, 1000)
                for row in grants.of_person(tx, one.pk)
            }

        return await self.house.parts.database.read(read)

    def calls(self) -> int:
        """Users, organizations and memberships written since the last count."""
        counted: Mapping[str, int] = self.house.sandbox.calls()
        return sum(
            times
            for call, times in counted.items()
            if call in {"POST /v1/users", "POST /v1/organizations"} or ("memberships" in call and not call.startswith("GET"))
        )

    def mapping(self) -> dict[str, Any]:
        """Random rules, limits and `otherwise`."""
        rules = [
            {"name": f"rule {at}", "when": self._when(), "grant": self._grant()} for at in range(self.rng.randrange(1, 6))
        ]
        if self.rng.random() < 0.4:
            named = {"group_like": "team-{workspace}-{role}"}
            rules.append({"name": "by name", "when": named, "grant": {"{workspace}": "{role}"}})
        limits = [{"name": "limit", "when": self._when(), "at_most": self.rng.choice((*ROLES[1:], "none"))}]
        otherwise = {self.rng.choice(PLACES): "viewer"} if self.rng.random() < 0.3 else "none"
        return {
            "rules": rules,
            "limits": limits if self.rng.random() < 0.3 else [],
            "otherwise": otherwise,
        }

    def _when(self) -> dict[str, Any]:
        *groups, other = self.rng.sample(GROUPS, self.rng.randrange(2, 4))
        wanted: dict[str, Any] = {"group": groups}
        if self.rng.random() < 0.2:
            wanted["not"] = {"group": other}
        return {"everyone": True} if self.rng.random() < 0.1 else wanted

    def _grant(self) -> dict[str, str]:
        return {place: self.rng.choice(ROLES) for place in self.rng.sample(PLACES, self.rng.randrange(1, 3))}

    async def _hire(self, name: str) -> None:
        """Most have an address of the company's; some of those are in both connections, or there twice in one."""
        chance = self.rng.random()
        email = f"{name}@{'elsewhere' if chance < 0.08 else 'acme'}.example"
        emails = [{"value": email, "type": "work", "primary": True}] if chance > 0.03 else []
        known = [connection for connection in CONNECTIONS if self.rng.random() < 0.7] or ["acme"]
        for connection in known:
            for twin in (name, f"{name}-twin") if len(known) == 1 and self.rng.random() < 0.1 else (name,):
                login = email if twin == name and emails else twin
                id = await self.house.user(twin, connection=connection, userName=login, emails=emails)
                self.people[connection].append(id)
            await self.house.idle()  # who has access already is known again

    async def _rest(self) -> None:
        """Losses settle, then go or are held; and the brake's window passes now and then."""
        await self.house.idle()
        await self.house.jump(SETTLE + 1)
        if self.rng.random() < 0.3:
            await self.house.jump(16 * 60)

    async def _move(self) -> None:
        connection = self.rng.choice(CONNECTIONS)
        if self.people[connection]:
            id = self.rng.choice(self.people[connection])
            left, joined = (f"/Groups/{self.groups[connection, self.rng.choice(GROUPS)]}" for _ in range(2))
            goes = {"op": "remove", "path": f'members[value eq "{id}"]'}
            comes = {"op": "add", "path": "members", "value": [{"value": id}]}
            await self.house.patch(left, goes, connection=connection)
            await self.house.patch(joined, comes, connection=connection)

    async def _leave(self) -> None:
        connection = self.rng.choice(CONNECTIONS)
        if self.people[connection]:
            await self.house.deactivate(self.rng.choice(self.people[connection]), connection=connection)

    async def _answer(self) -> None:
        for hold in await self.house.open_holds():
            answer = self.rng.choice(("approved", "discarded"))
            await answer_hold(self.house.parts.database, hold.pk, answer, now=self.house.clock(), actor="cli:test")

    async def _revoke(self) -> None:
        found = await self.house.parts.database.read(lambda tx: persons.page(tx, "main", 0, 1000))
        if self.rng.random() < 0.3:
            await revoke(self.house.parts.database, self.rng.choice(found).pk, now=self.house.clock(), actor="cli:test")

    async def _foreigner(self) -> None:
        """Somebody whom no rule brought becomes owner by hand."""
        state = self.house.sandbox.state()
        if state["organizations"] and self.rng.random() < 0.5:
            place = self.rng.choice(state["organizations"])["id"]
            email = f"boss{len(state['users'])}@hand.example"
            made = await self.house.clerk("POST", "/users", {"email_address": [email]})
            await self.house.clerk(
                "POST", f"/organizations/{place}/memberships", {"user_id": made["id"], "role": "org:owner"}
            )


def _terms(rng: random.Random) -> dict[str, Any]:
    brake = {"people": rng.randrange(4), "percent": rng.choice([0, 10, 60]), "within": "15m"}
    mode = rng.choice(["enforce"] * 6 + ["additive", "observe"])
    return {"brake": brake, "mode": mode, "settle": f"{rng.choice([0, SETTLE])}s"}
