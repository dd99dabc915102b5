"""What somebody does in Clerk itself: roles raised and lowered, people removed, made anew and deleted, strangers let in.

The seed chooses who, where and what; whether there is anything to do depends on what Clerk has at that moment, and only
what Clerk granted is told to the model.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bench.chaos.clerk import Clerk, State
from bench.chaos.company import PLACES, ROLES, Company, Person
from bench.chaos.model.belief import Belief
from bench.chaos.model.row import rank
from bench.chaos.weather import Weather

Beliefs = dict[tuple[str, str], Belief]  # (person, place)
Hand = Callable[["Hands", Person, str, State], Awaitable[str | None]]


@dataclass
class Hands:
    """`strangers` and `elsewhere`: users and memberships by id that are to stay as they are, but for what is done here.
    `shaken`: workspaces whose owners a hand changed since all was at rest: one lost, or one made whom the bridge cannot know
    for an owner before it looks, and may lower as what it believes them to be; `full`: the one that takes no more members;
    `taken`: whom a hand ever removed, and from where; `fresh`: sessions begun since all was at rest."""

    rng: random.Random
    company: Company
    clerk: Clerk
    weather: Weather
    beliefs: Beliefs
    strangers: dict[str, Any] = field(default_factory=dict)
    elsewhere: dict[str, Any] = field(default_factory=dict)
    shaken: set[str] = field(default_factory=set)
    full: str | None = None
    taken: set[tuple[str, str]] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)

    async def one(self) -> str | None:
        """Something is done, if there is anything to do."""
        hand = self.rng.choices(list(_HANDS), list(_HANDS.values()))[0]
        person = self.company.people[self.rng.choice(sorted(self.company.people))]
        place = self.rng.choice(PLACES)
        if person.namesake or person.followed or person.outside:
            return None
        async with self.weather.calm():
            return await hand(self, person, place, await self.clerk.state())

    async def keep(self, *users: str) -> None:
        """From now on these users and all their memberships are to stay as they are."""
        state = await self.clerk.state()
        self.strangers |= {id: state.users[id] for id in users}
        self.elsewhere |= {one["id"]: one for one in state.memberships if one["user_id"] in users}

    async def sign_in(self) -> str | None:
        """Somebody who may, in one of their workspaces."""
        names = sorted(name for name, one in self.company.people.items() if not one.namesake and not one.followed)
        person = self.company.people[self.rng.choice(names)]
        accounts = self.company.accounts(person)
        if person.revoked or not accounts or any(human.gone or not human.active for _, human in accounts):
            return None
        async with self.weather.calm():
            state = await self.clerk.state()
            user = state.user(person.emails)
            if user is None:
                return None
            here = [one["organization_id"] for one in state.memberships if one["user_id"] == user["id"]]
            active = {"active_organization_id": self.rng.choice(here)} if here else {}
            made = await self.clerk.call("POST", "/sessions", {"user_id": user["id"], **active})
        if made is None:
            return None
        self.fresh.add(made["id"])
        return f"{person.name} signs in"

    def shake(self, place: str, *roles: str) -> None:
        if "owner" in roles:
            self.shaken.add(place)


def _there(state: State, person: Person, place: str) -> tuple[str, str, str] | None:
    """(organization, user, role) of a membership."""
    user, organization = state.user(person.emails), state.organizations.get(place)
    role = state.role(organization["id"], user["id"]) if user and organization else None
    return (organization["id"], user["id"], role) if user and organization and role else None


async def _change(at: Hands, person: Person, place: str, state: State) -> str | None:
    """Another role, higher or lower."""
    found, role = _there(state, person, place), at.rng.choice(ROLES)
    if found is None or found[2] == role or not await at.clerk.change(found[0], found[1], role):
        return None
    at.shake(place, found[2], role)
    at.beliefs[person.name, place].change(role)
    return f"{person.name} is {'raised' if rank(role) > rank(found[2]) else 'lowered'} to {role} in {place} by hand"


async def _remove(at: Hands, person: Person, place: str, state: State) -> str | None:
    found = _there(state, person, place)
    if found is None or not await at.clerk.remove(found[0], found[1]):
        return None
    at.shake(place, found[2])
    at.taken.add((person.name, place))
    at.beliefs[person.name, place].remove()
    return f"{person.name} is removed from {place} by hand"


async def _remake(at: Hands, person: Person, place: str, state: State) -> str | None:
    """Out and in again: another membership in the same place."""
    removed = await _remove(at, person, place, state)
    added = await _add(at, person, place, state)
    return " and ".join(part for part in (removed, added) if part) or None


async def _add(at: Hands, person: Person, place: str, state: State) -> str | None:
    user, organization, role = state.user(person.emails), state.organizations.get(place), at.rng.choice(ROLES)
    if user is None or organization is None or not await at.clerk.add(organization["id"], user["id"], role):
        return None
    at.shake(place, role)
    at.beliefs[person.name, place].add(role)
    return f"{person.name} is made {role} in {place} by hand"


async def _delete(at: Hands, person: Person, _: str, state: State) -> str | None:
    user = state.user(person.emails)
    if user is None or await at.clerk.call("DELETE", f"/users/{user['id']}") is None:
        return None
    for place in PLACES:
        at.shake(place, "owner")
        at.beliefs[person.name, place].delete()
    at.elsewhere = {id: one for id, one in at.elsewhere.items() if one["user_id"] != user["id"]}
    if person.had_user:
        person.had_user = False
        person.names |= {human.given for _, human in at.company.accounts(person)}
    return f"the Clerk user of {person.name} is deleted by hand"


async def _rename(at: Hands, person: Person, _: str, state: State) -> str | None:
    user, name = state.user(person.emails), f"Hand{at.rng.randrange(1000)}"
    if user is None or await at.clerk.call("PATCH", f"/users/{user['id']}", {"first_name": name}) is None:
        return None
    person.names.add(name)
    return f"{person.name} is called {name} by hand"


async def _stranger(at: Hands, _: Person, place: str, state: State) -> str | None:
    """Somebody of another company becomes a member; from now on that is to stay as it is."""
    organization, role = state.organizations.get(place), at.rng.choice(ROLES)
    if organization is None:
        return None
    user = await at.clerk.user(f"s{len(at.strangers)}@hand.example", "Stranger")
    added = await at.clerk.add(organization["id"], user, role)
    await at.keep(user)
    return f"a stranger is made {role} in {place} by hand" if added else "a stranger has come to Clerk"


async def _fill(at: Hands, _: Person, place: str, state: State) -> str | None:
    """The organization's quota is used up; once in a company's life."""
    organization = state.organizations.get(place)
    if organization is None or at.full:
        return None
    here = sum(one["organization_id"] == organization["id"] for one in state.memberships)
    body = {"max_allowed_memberships": max(here, 1)}
    if await at.clerk.call("PATCH", f"/organizations/{organization['id']}", body) is None:
        return None
    at.full = place
    for (_, where), belief in at.beliefs.items():
        if where == place:
            belief.fill()
    return f"{place} is full"


_HANDS: dict[Hand, float] = {_change: 5, _remove: 3, _remake: 2, _add: 3, _delete: 1, _rename: 1, _stranger: 1, _fill: 0.4}
