"""The life of a company, round by round: a burst under faults and deaths, then rest, a sweep and a verdict."""

import asyncio
import random
import time
from collections import Counter
from dataclasses import dataclass, field

import orjson

from bench.chaos import seen
from bench.chaos.acts import Acts
from bench.chaos.clerk import Clerk
from bench.chaos.company import CONNECTIONS, PLACES, TEAMS, Company
from bench.chaos.hands import Beliefs, Hands
from bench.chaos.model.belief import Belief
from bench.chaos.seen import Seen
from bench.chaos.verdict import Verdict
from bench.chaos.warm import WarmHouse
from bench.chaos.weather import Weather
from bench.kill9 import compare
from bridge.audit.key import sealing_key
from bridge.provisioning.actions import answer_hold
from bridge.store.database import Database

LONGEST = 60.0  # seconds until all is at rest


@dataclass
class Outcome:
    """`story`: what happened, in order. `words`: states at the end. `judged`: rows compared with the model, and `open` those
    for which it allowed more than one end."""

    seed: int
    problems: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    acts: int = 0
    hands: int = 0
    kills: int = 0
    faults: int = 0
    judged: int = 0
    open: int = 0
    seconds: float = 0.0


@dataclass
class Life:
    """Everything of a run, between its beginning and its end."""

    house: WarmHouse
    database: Database
    company: Company
    clerk: Clerk
    acts: Acts
    hands: Hands
    weather: Weather
    beliefs: Beliefs
    outcome: Outcome
    rng: random.Random
    owned: set[str] = field(default_factory=set)
    told: Seen | None = None

    async def round(self, acts: int, *, first: bool) -> None:
        """A burst of acts and hands under faults and deaths, then rest and a verdict."""
        await (self._onboard() if first else self._answer())
        for _ in range(acts):
            await self._something()
        await self._rest()

    async def end(self) -> None:
        """Nothing acknowledged is lost, and no IdP got an answer that it should not."""
        note = self.outcome.problems
        for name, connector in self.acts.connectors.items():
            directory = self.company.directories[name]
            for key in (*directory.people, *directory.teams):
                note += [f"{name}: {one}" for one in await compare(connector, directory, key)]
            note += [f"{name}: {one}" for one in connector.problems]
            connector.wire.close()
        self.outcome.kills, self.outcome.faults = self.weather.kills, self.weather.faults

    def learn(self) -> None:
        """The facts have changed, or somebody is new."""
        for person in self.company.people.values():
            for place in PLACES:
                options = self.company.options(person, place)
                if (person.name, place) in self.beliefs:
                    self.beliefs[person.name, place].learn(options)
                else:
                    self.beliefs[person.name, place] = Belief(self.company.terms(place), options)
                    if place == self.hands.full:
                        self.beliefs[person.name, place].fill()

    async def _onboard(self) -> None:
        """Groups, people, and who is in which group; in the order of connectors."""
        people = list(self.company.people.values())
        for name in CONNECTIONS:
            for team in TEAMS:
                await self._tell(await self.acts.write(name, "group", team))
            for person in people:
                if name in person.connections:
                    await self._tell(await self.acts.arrive(name, person.name))
            for team in TEAMS:
                members = [one.name for one in people if name in one.connections and self.rng.random() < 0.3]
                if members:
                    await self._tell(await self.acts.write(name, "join", team, *members, value=team))

    async def _something(self) -> None:
        chance = self.rng.random()
        if chance < 0.65:
            await self._tell(await self.acts.one())
            self.outcome.acts += 1
        else:
            done = await (self.hands.one() if chance < 0.9 else self.hands.sign_in())
            await self._tell(done)
            self.outcome.hands += done is not None
        if self.rng.random() < 0.3:
            await asyncio.sleep(self.rng.uniform(0, 0.15))

    async def _answer(self) -> None:
        """Somebody answers a hold, in which exactly what waits now is meant."""
        assert self.told is not None
        names = {person: key for (_, key), person in self.told.accounts.items()}
        for pk in sorted({hold for hold, *_ in self.told.waiting}):
            answer = self.rng.choice(("approved", "discarded", None))
            if answer is None:
                continue
            await answer_hold(self.database, pk, answer, now=self.house.clock(), actor="cli:chaos")
            for hold, person, place in self.told.waiting:
                if hold == pk:
                    self.beliefs[names[person], place].answer(answer)
            await self._tell(f"hold h{pk} is {answer}")

    async def _rest(self) -> None:
        """Everything comes to rest, a sweep finds what hands did, and all is judged."""
        await asyncio.sleep(self.rng.uniform(0, 0.5))  # for the last faults to strike
        await self.weather.clears()
        await self._until_quiet()
        now = self.house.clock()
        await self.database.write(lambda tx: seen.sweep(tx, now=now))
        await self._until_quiet()
        state = await self.clerk.state()
        places = {one["id"]: name for name, one in state.organizations.items()}
        key = sealing_key(None, self.house.folder / "data")
        self.told = await self.database.read(lambda tx: seen.read(tx, key, places))
        verdict = Verdict(self.company, self.beliefs, self.hands, state, self.told, self.owned, self.acts.crowds)
        self.outcome.problems += verdict.problems()
        self.outcome.words = verdict.words()
        self.outcome.judged += verdict.judged
        self.outcome.open += verdict.open
        self.outcome.story.append("--- at rest")
        self._trail(self.told)

    def _trail(self, told: Seen) -> None:
        """Everything that the bridge did, beside the story, for whoever looks for a cause."""
        names = {person: key for (_, key), person in told.accounts.items()}
        lines = [orjson.dumps({"who": names.get(one.person or 0), **one.as_dict()}) for one in told.events]
        (self.house.folder / "trail.jsonl").write_bytes(b"\n".join(lines))

    async def _until_quiet(self) -> None:
        deadline = time.monotonic() + LONGEST
        while any((await self.database.read(seen.restless)).values()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"not at rest: {await self.database.read(seen.stuck)}")
            await asyncio.sleep(0.02)
        self.outcome.problems += [f"stuck: {one}" for one in await self.database.read(seen.stuck)]

    async def _tell(self, line: str | None) -> None:
        """What was done; and then the weather may change."""
        self.outcome.story += [one for one in (line, await self.weather.moment()) if one is not None]
