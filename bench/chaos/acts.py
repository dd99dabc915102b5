"""What IdPs and admins do: people come, change, move, leave and come back; groups change; access is taken and given by hand.

Each act is chosen by the seed from what the IdPs believe, so the same seed gives the same acts, whatever the bridge does
meanwhile. It is over when the bridge has acknowledged it.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import text

from bench.chaos.company import CONNECTIONS, DOMAIN, TEAMS, Company, Person
from bench.connector import Connector
from bench.directory import Human, Team
from bench.onboarding import Write
from bridge.provisioning.actions import give_back, revoke
from bridge.store.database import Database

_PERSON = text("SELECT person FROM account WHERE connection = :connection AND subject = :subject")
Act = Callable[["Acts"], Awaitable[str | None]]


@dataclass
class Acts:
    """`now` is the bridge's clock; `told` is called whenever facts have changed. An act answers what it did, or None where
    there was nothing to do. `crowds`: how many requests were about several people at once."""

    rng: random.Random
    company: Company
    connectors: dict[str, Connector]
    database: Database
    told: Callable[[], None]
    now: Callable[[], int]
    newcomers: int = 0
    crowds: int = 0

    async def one(self) -> str:
        """Something happens."""
        while True:
            act = self.rng.choices(list(_ACTS), list(_ACTS.values()))[0]
            done = await act(self)
            if done is not None:
                return done

    async def write(self, connection: str, kind: str, *subjects: str, value: str = "") -> str:
        """One request of an IdP, until it is acknowledged."""
        write = Write(kind, frozenset(subjects), value)
        await write.play(self.connectors[connection], self.company.directories[connection])
        self.told()
        if kind in {"join", "leave", "name", "drop"}:
            self.crowds += len(subjects) != 2
        return f"{connection}: {kind} {' '.join(subjects)} {value}".rstrip()

    async def arrive(self, connection: str, name: str) -> str:
        """Push somebody who was drafted."""
        return await self.write(connection, "user", name)

    def some_account(self, *, active: bool = True, gone: bool = False) -> tuple[str, Human, Person] | None:
        """Any account of this kind."""
        found = [
            (connection, human, person)
            for person in self.company.people.values()
            for connection, human in self.company.accounts(person)
            if human.gone == gone and (gone or human.active == active)
        ]
        return self.rng.choice(found) if found else None

    def some_team(self, connection: str) -> Team | None:
        teams = [team for team in self.company.directories[connection].teams.values() if team.id and not team.gone]
        return self.rng.choice(teams) if teams else None


async def _join(at: Acts) -> str | None:
    found = at.some_account()
    team = at.some_team(found[0]) if found else None
    if found is None or team is None or found[1].key in team.members:
        return None
    return await at.write(found[0], "join", team.key, found[1].key, value=team.key)


async def _leave(at: Acts) -> str | None:
    found = at.some_account()
    teams = at.company.directories[found[0]].teams_of(found[1].key) if found else []
    if not found or not teams:
        return None
    team = at.rng.choice(teams)
    return await at.write(found[0], "leave", team.key, found[1].key, value=team.key)


async def _move(at: Acts) -> str | None:
    left = await _leave(at)
    joined = await _join(at)
    return " and ".join(part for part in (left, joined) if part) or None


async def _crowd(at: Acts) -> str | None:
    """A whole group is emptied, or everybody joins one."""
    connection = at.rng.choice(CONNECTIONS)
    team, directory = at.some_team(connection), at.company.directories[connection]
    here = sorted(key for key, human in directory.people.items() if human.id and not human.gone)
    if team is None or not here:
        return None
    if team.members and at.rng.random() < 0.6:
        return await at.write(connection, "leave", team.key, *sorted(team.members), value=team.key)
    return await at.write(connection, "join", team.key, *at.rng.sample(here, min(4, len(here))), value=team.key)


async def _rename(at: Acts) -> str | None:
    connection = at.rng.choice(CONNECTIONS)
    team, directory = at.some_team(connection), at.company.directories[connection]
    if team is None:
        return None
    taken = {one.name for one in directory.teams.values() if not one.gone}
    free = [name for name in (*TEAMS, f"{team.key} of old") if name not in taken]
    return await at.write(connection, "name", team.key, value=at.rng.choice(free)) if free else None


async def _drop(at: Acts) -> str | None:
    """A group is deleted; sometimes another of its name comes at once."""
    connection = at.rng.choice(CONNECTIONS)
    team, directory = at.some_team(connection), at.company.directories[connection]
    if team is None:
        return None
    done = await at.write(connection, "drop", team.key)
    if at.rng.random() < 0.7:
        key = f"{team.key}+"
        directory.teams[key] = Team(key, team.name)
        done += f" and {await at.write(connection, 'group', key)}"
        if team.members:
            done += f" and {await at.write(connection, 'join', key, *sorted(team.members), value=key)}"
    return done


async def _title(at: Acts) -> str | None:
    found = at.some_account()
    if found is None:
        return None
    title = at.rng.choice(("Engineer", "Lead", "Contractor"))
    return await at.write(found[0], "title", found[1].key, value=title)


async def _given(at: Acts) -> str | None:
    found = at.some_account()
    if found is None:
        return None
    name = f"Name{at.rng.randrange(1000)}"
    if not found[2].had_user:
        found[2].names.add(name)
    return await at.write(found[0], "given", found[1].key, value=name)


async def _email(at: Acts) -> str | None:
    """Of people with one account: two would have to change at once."""
    found = at.some_account()
    if found is None or len(found[2].connections) > 1 or found[2].namesake or found[2].followed:
        return None
    if len(found[2].emails) > 3 or (found[2].had_user and not found[2].linked):  # else that user is somebody else's
        return None
    found[2].emails.append(f"new.{found[1].email}")
    found[2].moving = True
    return await at.write(found[0], "email", found[1].key)


async def _deactivate(at: Acts) -> str | None:
    found = at.some_account()
    return await at.write(found[0], "active", found[1].key, value="no") if found else None


async def _reactivate(at: Acts) -> str | None:
    found = at.some_account(active=False)
    return await at.write(found[0], "active", found[1].key, value="yes") if found else None


async def _delete(at: Acts) -> str | None:
    """Deactivated before, as some IdPs do, or at once."""
    found = at.some_account(active=at.rng.random() < 0.5)
    return await at.write(found[0], "delete", found[1].key) if found else None


async def _rehire(at: Acts) -> str | None:
    """The same human again: under the same immutable id, and with the same address."""
    found = at.some_account(gone=True)
    if found is None or found[2].followed:
        return None
    connection, _, person = found
    at.company.draft(person, connection)
    return await at.arrive(connection, person.name)


async def _inherit(at: Acts) -> str | None:
    """The address of somebody deleted comes back under another immutable id."""
    found = at.some_account(gone=True)
    if found is None or found[2].followed or found[2].namesake or found[2].outside or found[2].had_user:
        return None
    connection, _, person = found
    if len(person.connections) > 1 or len(person.emails) > 1:  # else nobody can tell whose addresses are meant
        return None
    person.followed = True
    heir = at.company.hire(f"{person.name}b", {connection}, person.emails[-1], namesake=person)
    done = await at.arrive(connection, heir.name)
    team = at.some_team(connection)
    return f"{done} and {await at.write(connection, 'join', team.key, heir.name, value=team.key)}" if team else done


async def _hire(at: Acts) -> str | None:
    if at.newcomers == 5:
        return None
    at.newcomers += 1
    connections = set(at.rng.sample(CONNECTIONS, at.rng.choice((1, 1, 2))))
    name, done = f"n{at.newcomers:02}", []
    person = at.company.hire(name, connections, f"{name}@{DOMAIN}")
    for connection in sorted(connections):
        done.append(await at.arrive(connection, person.name))
        team = at.some_team(connection)
        if team is not None:
            done.append(await at.write(connection, "join", team.key, person.name, value=team.key))
    return " and ".join(done)


async def _second(at: Acts) -> str | None:
    """Somebody of one connection is known to the other, too. Not while their address is just changing: Clerk may not have
    heard of the new one yet, and nobody could tell that both are one human."""
    found = at.some_account()
    if found is not None and found[2].moving:
        return None
    if found is None or len(found[2].connections) > 1 or found[2].namesake or found[2].outside or found[2].revoked:
        return None
    other = next(name for name in CONNECTIONS if name != found[0])
    at.company.draft(found[2], other)
    done, team = await at.arrive(other, found[2].name), at.some_team(other)
    return f"{done} and {await at.write(other, 'join', team.key, found[2].name, value=team.key)}" if team else done


async def _revoke(at: Acts) -> str | None:
    """Only people with one account: which of two is meant would depend on whether they are known as one yet."""
    found = at.some_account()
    if found is None or len(found[2].connections) > 1 or found[2].revoked or found[2].namesake:
        return None
    found[2].revoked = True
    await revoke(at.database, await _key(at, found), now=at.now(), actor="cli:chaos")
    at.told()
    return f"revoke {found[2].name}"


async def _give_back(at: Acts) -> str | None:
    revoked = [
        (connection, human, person)
        for person in at.company.people.values()
        if person.revoked
        for connection, human in at.company.accounts(person)
        if not human.gone
    ]
    if not revoked:
        return None
    found = at.rng.choice(revoked)
    await give_back(at.database, await _key(at, found), now=at.now(), actor="cli:chaos")
    found[2].revoked = False
    at.told()
    return f"give back {found[2].name}"


async def _key(at: Acts, found: tuple[str, Human, Person]) -> int:
    row = await at.database.read(lambda tx: tx.one(_PERSON, connection=found[0], subject=found[1].id))
    assert row is not None, f"{found[2].name} has no account"
    return int(row["person"])


_ACTS: dict[Act, float] = {
    _join: 8,
    _leave: 6,
    _move: 4,
    _crowd: 2,
    _rename: 1.5,
    _drop: 1,
    _title: 3,
    _given: 2,
    _email: 2,
    _deactivate: 5,
    _reactivate: 5,
    _delete: 3,
    _rehire: 3,
    _inherit: 2,
    _hire: 2,
    _second: 2,
    _revoke: 1,
    _give_back: 1.5,
}
