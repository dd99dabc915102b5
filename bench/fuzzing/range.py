"""The shooting range: a wave is one request of each connection at a time, judged, and its CPU counted."""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field

import psutil

from bench import cpu
from bench.fuzzing.complaints import Complaints, cause
from bench.fuzzing.judges import problems
from bench.fuzzing.raw import Heard, Socket
from bench.fuzzing.shot import Shot
from bench.fuzzing.shots import Fuzzer
from bench.house import House
from bench.report import say

WARM = 1_000  # requests before the memory is measured for the first time
LOOKED = 500  # so many requests between two looks at it
MOST_SECONDS = 1.0  # of CPU, a request


@dataclass
class Range:
    """One run: who is asked, what came of it. Memory in MB."""

    house: House
    fuzzers: list[Fuzzer]
    seed: int
    sockets: list[Socket] = field(default_factory=list)
    complaints: Complaints = field(default_factory=Complaints)
    statuses: Counter[int] = field(default_factory=Counter)
    dearest: list[tuple[float, str]] = field(default_factory=list)
    warm: float = 0.0
    highest: float = 0.0
    fired: int = 0

    def __post_init__(self) -> None:
        self.sockets = [Socket(self.house.ports[0]) for _ in self.fuzzers]

    @property
    def memory(self) -> float:
        return psutil.Process(self.house.pid()).memory_info().rss / 2**20

    async def play(self, requests: int) -> None:
        """All of them, in waves; too much that is wrong ends it."""
        while self.fired < requests and not self.complaints.too_many:
            await self._wave(self.fired)
            if self.fired % LOOKED == 0:
                self._look(requests)

    async def one(self, number: int) -> tuple[Shot, Heard, float]:
        """The shot of this number, its answer, and what it cost."""
        shot = self._shot(number)
        heard, used = await self._cost(number, shot)
        self._judge(number, shot, heard)
        return shot, heard, used

    async def _wave(self, number: int) -> None:
        shots = [self._shot(number + place) for place in range(len(self.fuzzers))]
        before = cpu.seconds(self.house.pid())
        answers = await asyncio.gather(*(socket.fire(shot) for socket, shot in zip(self.sockets, shots, strict=True)))
        used = cpu.seconds(self.house.pid()) - before
        for place, (shot, heard) in enumerate(zip(shots, answers, strict=True)):
            self._judge(number + place, shot, heard)
        self.fired += len(shots)
        if used > MOST_SECONDS:
            await self._one_by_one(number, shots, used)

    async def _one_by_one(self, number: int, shots: list[Shot], used: float) -> None:
        """What each of a dear wave costs alone. What costs nothing any more, a create for one, can't be told apart."""
        alone = 0.0
        for place, shot in enumerate(shots):
            _, seconds = await self._cost(number + place, shot)
            self.dearest = sorted([*self.dearest, (seconds, f"{number + place} {_what(shot)}")], reverse=True)[:10]
            alone += seconds
        if alone < used / 2:
            dear = max(shots, key=lambda shot: len(shot.body))
            self.complaints.add(number, dear, f"{used:.1f} s of CPU for a wave that costs {alone:.1f} s the second time")

    async def _cost(self, number: int, shot: Shot) -> tuple[Heard, float]:
        before = cpu.seconds(self.house.pid())
        heard = await self.sockets[number % len(self.sockets)].fire(shot)
        used = cpu.seconds(self.house.pid()) - before
        if used > MOST_SECONDS:
            self.complaints.add(number, shot, f"{used:.1f} s of CPU: {_what(shot)}")
        return heard, used

    def _shot(self, number: int) -> Shot:
        return self.fuzzers[number % len(self.fuzzers)].shot(random.Random(f"{self.seed} {number}"), number)

    def _judge(self, number: int, shot: Shot, heard: Heard) -> None:
        mine = self.fuzzers[number % len(self.fuzzers)]
        self.statuses[heard.status] += 1
        for problem in problems(shot, heard, [one.mark.encode() for one in self.fuzzers if one is not mine]):
            self.complaints.add(number, shot, problem)
        if heard.status >= 500 and not _not_offered(shot, heard):
            self.complaints.add(number, shot, f"status {heard.status}: {cause(heard, self._log())}")
        with contextlib.suppress(ValueError, KeyError, TypeError):
            _learn(mine, heard)

    def _log(self) -> bytes:
        return (self.house.folder / "serve.log").read_bytes()[-500_000:]

    def _look(self, requests: int) -> None:
        memory = self.memory
        if self.fired <= WARM:
            self.warm = memory
        self.highest = max(self.highest, memory)
        if self.fired % (LOOKED * 20) == 0:
            say(f"{self.fired:,} of {requests:,}: {memory:.0f} MB, {len(self.complaints.examples)} complaints")


def _what(shot: Shot) -> str:
    return f"{shot.kind}: {shot.method} {shot.target[:50]}, {len(shot.body):,} bytes {shot.body[:50]!r}"


def _not_offered(shot: Shot, heard: Heard) -> bool:
    """The one 5xx that the RFC asks for: of a service where a token is nobody's own (RFC 7644 §3.11)."""
    return heard.status == 501 and "/Me" in shot.target


def _learn(fuzzer: Fuzzer, heard: Heard) -> None:
    """What later shots may name."""
    body = heard.json()
    if heard.status == 201:
        fuzzer.learn(body["meta"]["resourceType"] + "s", body["id"])
    elif heard.status == 200 and "nextCursor" in body:
        fuzzer.cursors = [*fuzzer.cursors[-20:], body["nextCursor"]]
