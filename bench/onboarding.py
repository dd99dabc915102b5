"""A company's onboarding as a list of writes, with everything that happens to people in their first weeks.

People arrive in groups that the rules know; some move, get another title, name or address, leave, come back or are deleted;
a group is renamed into a rule, and one is dropped. The same seed gives the same list.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bench.connector import Connector
from bench.directory import Directory, Human, Team

GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ALONGSIDE = 4  # writes at once
WORKSPACES = {name: {"create": name.capitalize()} for name in ("production", "research", "support")}
RULES: list[dict[str, Any]] = [
    {"name": "Owners", "when": {"group": "owners"}, "grant": dict.fromkeys(WORKSPACES, "owner")},
    {"name": "Platform", "when": {"group": "platform"}, "grant": {"production": "admin", "support": "viewer"}},
    {"name": "Product", "when": {"group": "product"}, "grant": {"production": "editor"}},
    {"name": "Scientists", "when": {"group": "scientists"}, "grant": {"research": "editor", "production": "viewer"}},
    {"name": "Support", "when": {"group": "support"}, "grant": {"support": "editor"}},
    {"name": "Everybody", "when": {"group": "all-staff"}, "grant": {"support": "viewer"}},
    {"name": "Renamed", "when": {"group": "pilots-2"}, "grant": {"research": "admin"}},
]
LIMITS = [{"name": "Contractors", "when": {"attribute": {"title": "Contractor"}}, "at_most": "viewer"}]
TEAMS = ("platform", "product", "scientists", "support", "all-staff", "pilots-1", "dropped")


@dataclass(frozen=True, slots=True)
class Write:
    """One request and what it means once it is acknowledged. `subjects`: keys of everybody and everything it is about."""

    kind: str
    subjects: frozenset[str]
    value: str = ""

    async def play(self, connector: Connector, directory: Directory) -> None:
        await _PLAYS[self.kind](self, connector, directory)


def onboarding(directory: Directory, people: int, rng: random.Random) -> list[Write]:
    """Fill `directory` with people and teams that nobody has heard of yet, and say what is written, in order."""
    keys = [f"p{number:05}" for number in range(people)]
    for key in keys:
        directory.people[key] = Human(key, key.capitalize(), f"{key}@{directory.connection}.example")
    for key in ("owners", *TEAMS):
        directory.teams[key] = Team(key, key)
    writes = [Write("group", frozenset({key})) for key in directory.teams]
    writes += [Write("user", frozenset({key})) for key in keys[:2]] + [_join("owners", keys[:2])]
    writes += _arrivals(keys[2:], rng)
    return _with_life(writes, keys[2:], rng)


def waves(writes: Sequence[Write]) -> Iterator[list[Write]]:
    """Neighbours that are about different people and teams, so that they may be under way at once."""
    wave: list[Write] = []
    busy: set[str] = set()
    for write in writes:
        if wave and (len(wave) == ALONGSIDE or busy & write.subjects):
            yield wave
            wave, busy = [], set()
        wave.append(write)
        busy |= write.subjects
    if wave:
        yield wave


def _arrivals(keys: list[str], rng: random.Random) -> list[Write]:
    """Users first, a dozen at a time, then their groups, as connectors do."""
    writes: list[Write] = []
    for at in range(0, len(keys), 12):
        dozen = keys[at : at + 12]
        writes += [Write("user", frozenset({key})) for key in dozen]
        teams: dict[str, list[str]] = {}
        for key in dozen:
            for team in rng.sample(TEAMS, rng.choice((1, 1, 2))):
                teams.setdefault(team, []).append(key)
        writes += [_join(team, members) for team, members in sorted(teams.items())]
    return writes


def _with_life(writes: list[Write], keys: list[str], rng: random.Random) -> list[Write]:
    """Changes of single people wherever they fall after the arrival of whom they concern."""
    events = [
        *(("title", key, "Contractor") for key in _some(keys, 0.06, rng)),
        *(("given", key, "Renamed") for key in _some(keys, 0.06, rng)),
        *(("email", key, "") for key in _some(keys, 0.06, rng)),
        *(("move", key, "") for key in _some(keys, 0.10, rng)),
    ]
    leavers = _some(keys, 0.10, rng)
    first = {key: write.value for write in reversed(writes) if write.kind == "join" for key in write.subjects}
    for place, key in enumerate(leavers):
        events.append(("active", key, "no"))
        if place % 3 == 0:
            events.append(("active", key, "yes"))
        elif place % 3 == 1:
            events.append(("delete", key, ""))
    arrived = {key: place for place, write in enumerate(writes) if write.kind != "group" for key in write.subjects}
    inserted: list[tuple[float, Write]] = [(float(place), write) for place, write in enumerate(writes)]
    last: dict[str, float] = {}
    for kind, key, value in events:
        at = last[key] = rng.uniform(max(arrived[key], last.get(key, 0.0)), len(writes))
        changes = _move(key, first[key], rng) if kind == "move" else [Write(kind, frozenset({key}), value)]
        inserted += [(at, change) for change in changes]
    end = len(writes)
    for key, kind, value in (("pilots-1", "name", "pilots-2"), ("dropped", "drop", "")):
        inserted.append((rng.uniform(end * 0.6, end), Write(kind, frozenset({key}), value)))
    inserted.sort(key=lambda item: item[0])
    return _without_the_dead([write for _, write in inserted])


def _without_the_dead(writes: list[Write]) -> list[Write]:
    """No write about somebody or a team after its end, but for those that name others, too."""
    ended: set[str] = set()
    kept: list[Write] = []
    for write in writes:
        about = write.subjects - ended
        if write.subjects & ended and (not about or write.kind not in {"join", "leave"} or not _still(write, about)):
            continue
        kept.append(Write(write.kind, about, write.value))
        if write.kind in {"delete", "drop"}:
            ended |= write.subjects
    return kept


def _still(write: Write, about: frozenset[str]) -> bool:
    """A membership needs its team and somebody to join it."""
    return write.value in about and len(about) > 1


def _some(keys: list[str], share: float, rng: random.Random) -> list[str]:
    return rng.sample(keys, max(1, int(len(keys) * share))) if keys else []


def _move(key: str, old: str, rng: random.Random) -> list[Write]:
    """Out of one team and into another: two writes, so for a moment in neither."""
    return [_leave(old, [key]), _join(rng.choice([team for team in TEAMS if team != old]), [key])]


def _join(team: str, keys: Sequence[str]) -> Write:
    return Write("join", frozenset({team, *keys}), team)


def _leave(team: str, keys: Sequence[str]) -> Write:
    return Write("leave", frozenset({team, *keys}), team)


async def _user(write: Write, connector: Connector, directory: Directory) -> None:
    person = _person(write, directory)
    body = person.resource()
    person.id = await connector.create("Users", body, "userName")


async def _group(write: Write, connector: Connector, directory: Directory) -> None:
    team = directory.teams[next(iter(write.subjects))]
    team.id = await connector.create("Groups", {"schemas": [GROUP], "displayName": team.name}, "displayName")


async def _title(write: Write, connector: Connector, directory: Directory) -> None:
    person = _person(write, directory)
    await _replace(connector, f"/Users/{person.id}", {"title": write.value})
    person.title = write.value


async def _given(write: Write, connector: Connector, directory: Directory) -> None:
    person = _person(write, directory)
    await _replace(connector, f"/Users/{person.id}", {"name": {"givenName": write.value, "familyName": "Doe"}})
    person.given = write.value


async def _email(write: Write, connector: Connector, directory: Directory) -> None:
    person = _person(write, directory)
    email = f"new.{person.email}"
    emails = [{"value": email, "type": "work", "primary": True}]
    await _replace(connector, f"/Users/{person.id}", {"userName": email, "emails": emails})
    person.email = email


async def _active(write: Write, connector: Connector, directory: Directory) -> None:
    person = _person(write, directory)
    active = write.value == "yes"
    await _replace(connector, f"/Users/{person.id}", {"active": active})
    person.active = active


async def _delete(write: Write, connector: Connector, directory: Directory) -> None:
    person = _person(write, directory)
    await connector.change("DELETE", f"/Users/{person.id}")
    person.gone = True
    for team in directory.teams.values():
        team.members.discard(person.key)


async def _name(write: Write, connector: Connector, directory: Directory) -> None:
    team = directory.teams[next(iter(write.subjects))]
    await _replace(connector, f"/Groups/{team.id}", {"displayName": write.value})
    team.name = write.value


async def _drop(write: Write, connector: Connector, directory: Directory) -> None:
    team = directory.teams[next(iter(write.subjects))]
    await connector.change("DELETE", f"/Groups/{team.id}")
    team.gone = True


async def _joins(write: Write, connector: Connector, directory: Directory) -> None:
    team, keys = directory.teams[write.value], write.subjects - {write.value}
    value = [{"value": directory.people[key].id} for key in sorted(keys)]
    await _patch(connector, f"/Groups/{team.id}", {"op": "add", "path": "members", "value": value})
    team.members |= keys


async def _leaves(write: Write, connector: Connector, directory: Directory) -> None:
    team, keys = directory.teams[write.value], write.subjects - {write.value}
    gone = [{"op": "remove", "path": f'members[value eq "{directory.people[key].id}"]'} for key in sorted(keys)]
    await _patch(connector, f"/Groups/{team.id}", *gone)
    team.members -= keys


async def _replace(connector: Connector, path: str, value: dict[str, Any]) -> None:
    await _patch(connector, path, {"op": "replace", "value": value})


async def _patch(connector: Connector, path: str, *operations: dict[str, Any]) -> None:
    await connector.change("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)})


def _person(write: Write, directory: Directory) -> Human:
    return directory.people[next(iter(write.subjects))]


_PLAYS = {
    "user": _user,
    "group": _group,
    "title": _title,
    "given": _given,
    "email": _email,
    "active": _active,
    "delete": _delete,
    "name": _name,
    "drop": _drop,
    "join": _joins,
    "leave": _leaves,
}
