"""Provider scenarios against any SCIM endpoint: a verdict per step, and everything that was made is taken away again.

It goes away after a failure and after ^C, too; what could not be deleted is said. Nothing is changed that was there before.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bridge.log import REDACTED
from bridge.outbound import Peer
from bridge.replay import endpoint
from bridge.replay.checks import MISSING
from bridge.replay.ledger import Ledger
from bridge.replay.library import Shelved
from bridge.replay.player import Terms, Verdict, play
from bridge.replay.variables import Variables

SPOKEN = {"Accept": "application/scim+json, application/json"}


@dataclass(slots=True)
class Played:
    """One scenario's verdicts, what was kept on purpose, and what could not be taken away."""

    shelved: Shelved
    verdicts: list[Verdict] = field(default_factory=list)
    kept: tuple[str, ...] = ()
    left: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "scenario": self.shelved.name,
            "provider": self.shelved.scenario.idp,
            "title": self.shelved.scenario.name,
            "slow_after_ms": self.shelved.scenario.slow_ms,
            "steps": [_step(verdict) for verdict in self.verdicts],
            "kept": list(self.kept),
            "left_behind": list(self.left),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """`announced`: the endpoint has a ServiceProviderConfig."""

    url: str
    announced: bool
    played: Sequence[Played]

    def count(self, outcome: str) -> int:
        return sum(verdict.outcome == outcome for one in self.played for verdict in one.verdicts)

    @property
    def slow(self) -> int:
        return sum(verdict.slow for one in self.played for verdict in one.verdicts)

    @property
    def ok(self) -> bool:
        """No step failed, and nothing was left behind."""
        return not self.count("fail") and not any(one.left for one in self.played)

    def as_dict(self) -> dict[str, Any]:
        counts = {"passed": self.count("pass"), "failed": self.count("fail"), "skipped": self.count("skipped")}
        return {
            "ok": self.ok,
            "url": self.url,
            "service_provider_config": self.announced,
            **counts,
            "slow": self.slow,
            "scenarios": [one.as_dict() for one in self.played],
        }


@dataclass(frozen=True, slots=True)
class Watcher:
    """Hears how it goes."""

    begins: Callable[[Shelved], None] = lambda _: None
    step: Callable[[Verdict], None] = lambda _: None
    ends: Callable[[Played], None] = lambda _: None


async def examine(
    url: str,
    token: str,
    shelf: Sequence[Shelved],
    *,
    headers: Mapping[str, str] | None = None,
    keep: bool = False,
    watcher: Watcher = Watcher(),
) -> Report:
    """Play them all. `headers` go with each request in place of a scenario's own; `keep`: delete nothing."""
    given = {name.title(): value for name, value in (headers or {}).items()}
    first = SPOKEN | ({"Authorization": f"Bearer {token}"} if token else {}) | given
    announced = await endpoint.offers(url, first, secrets.token_hex(4))
    played: list[Played] = []
    for shelved in shelf:
        watcher.begins(shelved)
        terms = Terms(given, announced, Ledger(secrets.token_hex(4)))
        examination = _Examination(url, token, shelved, terms, keep, watcher)
        played.append(await examination.run())
    return Report(url, announced is not MISSING, played)


@dataclass(slots=True)
class _Examination:
    """One scenario at one endpoint."""

    url: str
    token: str
    shelved: Shelved
    terms: Terms
    keep: bool
    watcher: Watcher

    async def run(self) -> Played:
        scenario, played = self.shelved.scenario, Played(self.shelved)

        def heard(verdict: Verdict) -> None:
            played.verdicts.append(self._without_secrets(verdict))
            self.watcher.step(played.verdicts[-1])

        try:
            await play(scenario, self.url, self.token, on_step=heard, terms=self.terms)
            for step in scenario.steps[len(played.verdicts) :]:
                heard(Verdict(step, skipped="a step before it got no answer"))
        finally:
            await self._tidy(played)
            self.watcher.ends(played)
        return played

    async def _tidy(self, played: Played) -> None:
        ledger = self.terms.ledger
        assert ledger is not None
        if self.keep:
            played.kept = tuple(ledger.made)
            return
        common = {name.title(): value for name, value in Variables(self.token).fill(self.shelved.scenario.headers).items()}
        async with Peer(self.url) as peer:
            played.left = tuple(await ledger.clean({**common, **self.terms.headers}, peer))

    def _without_secrets(self, verdict: Verdict) -> Verdict:
        """A server may echo what it was sent."""
        problems = verdict.problems
        for text in filter(None, (self.token, self.terms.headers.get("Authorization"))):
            problems = tuple(problem.replace(text, REDACTED) for problem in problems)
        return replace(verdict, problems=problems)


def _step(verdict: Verdict) -> dict[str, Any]:
    step = verdict.step
    return {
        "step": step.name,
        "request": verdict.sent or None,
        "outcome": verdict.outcome,
        "status": verdict.status,
        "ms": round(verdict.ms, 1),
        "slow": verdict.slow,
        "problems": list(verdict.problems),
        "skipped": verdict.skipped or None,
        "who": step.who,
        "why": step.why,
    }
