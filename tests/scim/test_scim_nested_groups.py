"""Nested groups: a transitive closure in which cycles are legal (rule R11), and who must be looked at when it changes."""

import random
from typing import Any

import pytest

from scim import person
from scim.change import Change
from scim.ports import Tx
from tests.scim.conftest import GROUP, Host


async def _groups_of(host: Host, user: str) -> dict[str, str | None]:
    """Group names of a user, each with the direct group that brings it."""
    facts = await host.store.read(lambda tx: person.facts(tx, host.name(), user))
    assert facts is not None
    return {group.display_name: group.through for group in facts.groups}


async def test_a_member_of_a_group_is_in_every_group_above_it(host: Host) -> None:
    ada = await host.user("ada")
    team = await host.group("team", ada)
    department = await host.group("department", team)
    await host.group("company", department)
    assert await _groups_of(host, ada) == {"team": None, "department": "team", "company": "team"}
    assert await host.members(department) == [team]


async def test_a_nested_group_is_shown_as_a_group(host: Host) -> None:
    team = await host.group("team")
    department = await host.group("department", team)
    (member,) = (await host.get(f"/Groups/{department}"))["members"]
    assert member == {"value": team, "$ref": f"{host.base()}/Groups/{team}", "type": "Group"}


async def test_a_direct_membership_needs_no_other_group(host: Host) -> None:
    ada = await host.user("ada")
    team = await host.group("team", ada)
    await host.group("department", team, ada)
    assert await _groups_of(host, ada) == {"team": None, "department": None}


async def test_cycles_are_legal(host: Host) -> None:
    ada = await host.user("ada")
    red = await host.group("red", ada)
    blue = await host.group("blue", red)
    await host.patch(f"/Groups/{red}", {"op": "add", "path": "members", "value": [{"value": blue}, {"value": red}]})
    assert await _groups_of(host, ada) == {"red": None, "blue": "red"}
    assert await host.members(red) == sorted([ada, blue, red])
    for group in (red, blue):
        affected = await host.store.read(lambda tx, group=group: person.affected(tx, host.name(), group, "", 9))  # type: ignore[misc]
        assert affected == [ada]


async def test_a_nested_group_that_leaves_or_is_deleted_takes_its_members_along(host: Host) -> None:
    ada = await host.user("ada")
    team = await host.group("team", ada)
    department = await host.group("department", team)
    await host.group("company", department)
    await host.patch(f"/Groups/{department}", {"op": "remove", "path": f'members[value eq "{team}"]'})
    assert host.last_change().groups == (team,)
    assert await _groups_of(host, ada) == {"team": None}
    await host.patch(f"/Groups/{department}", {"op": "add", "path": "members", "value": [{"value": team}]})
    await host.call("DELETE", f"/Groups/{department}")
    assert await _groups_of(host, ada) == {"team": None}


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whoever_gains_or_loses_a_group_is_named_by_the_change(host: Host, seed: int) -> None:
    """A random walk over a small directory: each write's Change covers everybody whose groups it changed."""
    walk = _Walk(host, random.Random(seed))
    for _ in range(45):
        before, count = await walk.memberships(), len(host.door.changes)
        step = await walk.step()
        after = await walk.memberships()
        moved = {user for user, groups in after.items() if groups != before.get(user, set())}
        named = set().union(*[await walk.named(change) for change in host.door.changes[count:]])
        assert moved <= named, f"after {step}, {moved - named} would not be looked at"


class _Walk:
    """Random writes on five users and five groups that name each other by id or externalId."""

    def __init__(self, host: Host, chance: random.Random) -> None:
        self.host, self.chance = host, chance
        self.users: list[str] = []
        self.groups: list[str] = []

    async def step(self) -> str:
        act = self.chance.choice(
            [self.new_user, self.new_group, self.members, self.members, self.members, self.change, self.delete]
        )
        return f"{act.__name__}: {await act()}"

    async def new_user(self) -> Any:
        name = f"u{self.chance.randrange(5)}"
        answer = await self.host.call("POST", "/Users", {"userName": name, "externalId": f"x-{name}"})
        self.users += [answer.id] if answer.status == 201 else []
        return name

    async def new_group(self) -> Any:
        name = f"g{self.chance.randrange(5)}"
        body = {"schemas": [GROUP], "displayName": name, "externalId": f"x-{name}", "members": self.some()}
        answer = await self.host.call("POST", "/Groups", body)
        self.groups += [answer.id] if answer.status == 201 else []
        return body

    async def members(self) -> Any:
        if self.groups:
            op = self.chance.choice(["add", "add", "remove", "replace"])
            operation = {"op": op, "path": "members", "value": self.some() or [{"value": "x-u1"}]}
            answer = await self.host.patch(f"/Groups/{self.chance.choice(self.groups)}", operation)
            assert answer.status == 204
            return operation
        return None

    async def change(self) -> Any:
        """Take somebody's externalId away, or give it somebody else's."""
        place = self.chance.choice(
            [f"/Users/{id}" for id in self.users] + [f"/Groups/{id}" for id in self.groups] or ["/Users/x"]
        )
        value = self.chance.choice([f"x-{kind}{number}" for kind in "ug" for number in range(5)])
        operation = {"op": "replace", "path": "externalId", "value": value}
        return place, value, (await self.host.patch(place, operation)).status

    async def delete(self) -> Any:
        kind = self.chance.choice([self.users, self.groups])
        if not kind:
            return None
        id = kind.pop(self.chance.randrange(len(kind)))
        answer = await self.host.call("DELETE", f"/{'Users' if kind is self.users else 'Groups'}/{id}")
        assert answer.status == 204
        return id

    def some(self) -> list[dict[str, str]]:
        pool = [*self.users, *self.groups, *[f"x-{kind}{number}" for kind in "ug" for number in range(5)]]
        return [{"value": value} for value in self.chance.sample(pool, self.chance.randrange(4))]

    async def memberships(self) -> dict[str, set[str]]:
        def look(tx: Tx) -> dict[str, set[str]]:
            found = {user: person.facts(tx, self.host.name(), user) for user in self.users}
            return {user: {group.id for group in facts.groups} for user, facts in found.items() if facts is not None}

        return await self.host.store.read(look)

    async def named(self, change: Change) -> set[str]:
        """Everybody whom the host marks because of a Change."""

        def look(tx: Tx) -> set[str]:
            below = [person.affected(tx, self.host.name(), group, "", 100) for group in change.groups]
            return {change.id, *change.users}.union(*below)

        return await self.host.store.read(look)
