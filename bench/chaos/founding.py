"""A company is founded: its files, what Clerk had before us, people whom no IdP has told of yet, both replicas at work."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from bench.chaos.acts import Acts
from bench.chaos.clerk import Clerk
from bench.chaos.company import CONNECTIONS, DOMAIN, OUTSIDE, Company, draft_teams
from bench.chaos.hands import Hands
from bench.chaos.life import LONGEST, Life, Outcome
from bench.chaos.model.belief import Belief
from bench.chaos.warm import WarmHouse
from bench.chaos.weather import Either, Weather
from bench.connector import Connector
from bench.wire import bearer
from bridge.callers import tokens
from bridge.callers.tokens import Minted
from bridge.rulebook import versions
from bridge.store.database import Database
from scim.ports import Tx


async def found(seed: int, house: WarmHouse, database: Database, outcome: Outcome) -> Life:
    """The company with its files and its Clerk, and both replicas at work."""

    def rng(what: str) -> random.Random:
        return random.Random(f"{seed} {what}")

    company, clerk, beliefs = Company(rng("company")), Clerk(house), {}  # type: ignore[var-annotated]
    await house.start_sandbox()
    weather = Weather(rng("weather"), house)
    hands = Hands(rng("hands"), company, clerk, weather, beliefs)
    organizations = {name: await clerk.organization(name.capitalize()) for name in ("research", "support", "elsewhere")}
    elsewhere = organizations.pop("elsewhere")
    company.describe(house, organizations)
    for name in CONNECTIONS:
        draft_teams(company.directories[name])
    for number in range(company.rng.randrange(9, 14)):
        connections = set(company.rng.choice((CONNECTIONS[:1], CONNECTIONS[:1], CONNECTIONS[1:], CONNECTIONS)))
        company.hire(f"p{number:02}", connections, f"p{number:02}@{DOMAIN}")
    company.hire("x00", {CONNECTIONS[0]}, f"x00@{OUTSIDE}")
    connectors = {}
    for name in CONNECTIONS:
        headers = bearer(await _token(database, name, house.clock()))
        connectors[name] = Connector(Either(rng(f"way {name}"), house, headers), name)  # type: ignore[arg-type]
    acts = Acts(rng("acts"), company, connectors, database, lambda: None, house.clock)
    life = Life(house, database, company, clerk, acts, hands, weather, beliefs, outcome, rng("life"))
    acts.told = life.learn
    await _before_us(life, organizations, elsewhere)
    await asyncio.gather(*(house.start(port) for port in house.ports))
    await _until(lambda: database.read(_in_service))
    return life


async def _before_us(life: Life, organizations: dict[str, str], elsewhere: str) -> None:
    """An owner and a guest of another company, and some of our people, were in Clerk already."""
    rng, clerk = life.company.rng, life.clerk
    boss, guest = await clerk.user("boss@hand.example", "Boss"), await clerk.user("guest@hand.example", "Guest")
    await clerk.add(organizations["research"], boss, "owner")
    await clerk.add(organizations["support"], guest, rng.choice(("viewer", "admin")))
    await clerk.add(elsewhere, boss, "admin")
    life.learn()
    for person in rng.sample(sorted(life.company.people), 4):
        await _user_before_us(life, person, organizations, elsewhere)
    await clerk.call("POST", "/sessions", {"user_id": boss})
    await life.hands.keep(boss, guest)
    everybody = (await clerk.state()).memberships
    life.hands.elsewhere |= {one["id"]: one for one in everybody if one["organization_id"] == elsewhere}


async def _user_before_us(life: Life, name: str, organizations: dict[str, str], elsewhere: str) -> None:
    rng, clerk, person = life.company.rng, life.clerk, life.company.people[name]
    if person.outside:
        return
    user = await clerk.user(person.emails[0], "Before")
    person.had_user, person.names = True, {"Before"}
    for place in rng.sample(sorted(organizations), rng.randrange(3)):
        role = rng.choice(("viewer", "editor", "admin"))
        await clerk.add(organizations[place], user, role)
        life.beliefs[name, place] = Belief(life.company.terms(place), life.company.options(person, place), role=role)
    await clerk.add(elsewhere, user, "viewer")


async def _token(database: Database, connection: str, now: int) -> str:
    minted = Minted.new()
    await database.write(
        lambda tx: tokens.create(tx, minted, connection, label=None, expires=None, now=now, actor="cli:chaos")
    )
    return minted.secret


def _in_service(tx: Tx) -> bool:
    """Both mapping files were taken."""
    rows = [versions.service(tx, name) for name in CONNECTIONS]
    return all(row is not None and row.version is not None for row in rows)


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(LONGEST):
        while not await holds():
            await asyncio.sleep(0.01)
