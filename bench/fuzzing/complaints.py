"""What the judges had to say, each thing once, with the first request that led to it and how often it came."""

import re
from collections import Counter
from dataclasses import dataclass, field

import orjson

from bench.fuzzing.raw import Heard
from bench.fuzzing.shot import Shot
from bench.report import Report

_PARTICULAR = re.compile(r"[0-9a-f]{8,}|[0-9]+")
MOST = 60  # different things; more is no news


@dataclass
class Complaints:
    """`examples`: by a sentence without what differs from request to request."""

    examples: dict[str, str] = field(default_factory=dict)
    times: Counter[str] = field(default_factory=Counter)

    def add(self, number: int, shot: Shot, problem: str) -> None:
        alike = _PARTICULAR.sub("#", problem)[:90]
        self.times[alike] += 1
        self.examples.setdefault(
            alike, f"{problem} | {number} {shot.kind}: {shot.method} {shot.target[:120]} {shot.body[:200]!r}"
        )

    @property
    def too_many(self) -> bool:
        return len(self.examples) > MOST

    def into(self, report: Report) -> None:
        for alike, example in self.examples.items():
            report.must(False, f"{self.times[alike]} x {example}")


def cause(heard: Heard, log: bytes) -> str:
    """What the service's log says of a 5xx: the exception, and the line of ours that it came from."""
    id = heard.headers.get("x-request-id", "-").encode()
    for line in reversed(log.splitlines()[-200:]):
        if id in line and b'"exception"' in line:
            told = orjson.loads(line)["exception"].splitlines()
            ours = [place.strip().split("/")[-2:] for place in told if "site-packages" not in place and ".py" in place]
            return f"{told[-1].strip()[:160]} at {'/'.join(ours[-1]) if ours else 'no line of ours'}"
    return heard.body[:200].decode(errors="replace")
