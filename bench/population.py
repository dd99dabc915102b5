"""The directory that is measured: written by the product's own verbs, marks and audit included, only many to a commit.

A fifth of the people is in no group, a fifth waits to join one, a tenth is in ten groups each (ten people a group), and the
other half is in one big group. Nobody is due in the end, as after a reconciler that found nothing to do.
"""

import random
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.directory import USER
from bench.onboarding import GROUP
from bridge.clock import epoch_ms
from bridge.dirty import persons as marks
from bridge.provisioning.intake import Ids, record
from bridge.store.database import Database, open_database
from scim import groups as scim_groups
from scim import users as scim_users
from scim.clean import clean
from scim.dialects import Healing
from scim.ports import Caller, Tx
from scim.schemas import GROUPS, USERS

INSTANCE = "main"
TEN = 10
_COMMIT = 500  # users a transaction
_CLAIM_MS = 60_000


@dataclass(frozen=True, slots=True)
class Someone:
    """`name` is the userName."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Population:
    """Who is there, by what is asked about them. `tens`: ids of the groups of ten; `big`: of the one with `half`.
    `order` are all of them as the directory lists them."""

    connection: str
    order: tuple[Someone, ...]
    alone: tuple[Someone, ...]
    joiners: tuple[Someone, ...]
    grouped: tuple[Someone, ...]
    half: tuple[Someone, ...]
    tens: tuple[str, ...]
    big: str


def planned(connection: str, size: int, seed: int = 1) -> Population:
    """`size` people with their ids, in a round number of hundreds; nobody has been told of them yet."""
    rng = random.Random(seed)
    people = tuple(Someone(_id(rng), f"u{number:06}@{connection}.example") for number in range(size))
    fifth, tenth = size // 5, size // 10 // TEN * TEN
    parts = people[:fifth], people[fifth : 2 * fifth], people[2 * fifth : 2 * fifth + tenth], people[2 * fifth + tenth :]
    return Population(connection, people, *parts, tuple(_id(rng) for _ in range(tenth)), _id(rng))


async def write(url: str, population: Population) -> None:
    """Into a migrated database in which the connection is known and that nobody else is writing to."""
    database = open_database(url)
    try:
        for page in _pages(population.order, _COMMIT):
            await database.write(partial(_arrive, connection=population.connection, page=page))
        for name, id, members in groups(population):
            await database.write(partial(_gather, connection=population.connection, name=name, id=id, members=members))
        await _looked_at(database)
    finally:
        await database.close()


def user(name: str) -> dict[str, Any]:
    """What an IdP says of a new user; `name` is the userName."""
    key = name.partition("@")[0]
    return {
        "schemas": [USER],
        "userName": name,
        "externalId": f"00u-{key}",
        "name": {"givenName": key, "familyName": "Measured"},
        "displayName": f"{key} Measured",
        "emails": [{"value": name, "type": "work", "primary": True}],
        "active": True,
    }


def _arrive(tx: Tx, connection: str, page: Sequence[Someone]) -> None:
    now = epoch_ms()
    for one in page:
        resource = clean(user(one.name), USERS, Healing(False))
        _, change = scim_users.create(tx, connection, resource, id=one.id, now=now)
        record(tx, _caller(connection), INSTANCE, change, Ids.new(), _speaks)


def _gather(tx: Tx, connection: str, name: str, id: str, members: Sequence[Someone]) -> None:
    said = {"schemas": [GROUP], "displayName": name, "members": [{"value": one.id} for one in members]}
    resource = clean(said, GROUPS, Healing(False))
    _, change = scim_groups.create(tx, connection, resource, id=id, now=epoch_ms(), unique_names=True)
    record(tx, _caller(connection), INSTANCE, change, Ids.new(), _speaks)


def _speaks(_: str) -> bool:
    """Nobody here signed in before the directory told of them."""
    return False


async def _looked_at(database: Database) -> None:
    """Everybody who is due is claimed and finished, as by a worker whose plan is empty."""

    def work(tx: Tx) -> int:
        now = epoch_ms()
        claims = marks.claim(tx, INSTANCE, "bench", now=now, until=now + _CLAIM_MS, limit=_COMMIT)
        for claim in claims:
            marks.finish(tx, claim)
        return len(claims)

    while await database.write(work):
        pass


def groups(population: Population) -> Iterator[tuple[str, str, Sequence[Someone]]]:
    """Name, id and members of each group: ten people share the same ten."""
    for place, id in enumerate(population.tens):
        first = place // TEN * TEN
        yield f"team {place:05}", id, population.grouped[first : first + TEN]
    yield "everybody else", population.big, population.half


def _caller(connection: str) -> Caller:
    return Caller(connection, "idp:bench", uuid.uuid4().hex)


def _id(rng: random.Random) -> str:
    return str(uuid.UUID(int=rng.getrandbits(128), version=4))


def _pages(people: Sequence[Someone], size: int) -> Iterator[Sequence[Someone]]:
    return (people[start : start + size] for start in range(0, len(people), size))
