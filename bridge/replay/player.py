"""Plays a scenario against a SCIM endpoint and says of each step whether the answer was what that identity provider expects.

One mechanism for the onboarding of the first minute, for recorded traffic and for conformance suites.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote

import orjson

from bridge.outbound import Lost, Peer, Unreached
from bridge.replay.checks import MISSING, Answer, Check, header_problem, pick, picked, problem, read
from bridge.replay.ledger import Ledger, Request
from bridge.replay.scenario import Expect, Scenario, Step
from bridge.replay.variables import Variables

Outcome = Literal["pass", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`problems`: what was expected and what came. `skipped`: why a step was not judged, which is no pass.

    `status` is None without an answer; `slow`: later than the provider allows; `sent`: the request, if it was sent.
    """

    step: Step
    problems: tuple[str, ...] = ()
    skipped: str = ""
    status: int | None = None
    ms: float = 0.0
    slow: bool = False
    sent: str = ""

    @property
    def outcome(self) -> Outcome:
        return "fail" if self.problems else "skipped" if self.skipped else "pass"

    @property
    def passed(self) -> bool:
        """The step was sent and its answer was right."""
        return self.outcome == "pass"

    @property
    def failed(self) -> bool:
        return self.outcome == "fail"


@dataclass(frozen=True, slots=True)
class Terms:
    """How to play at somebody else's endpoint.

    `headers` stand for a scenario's own of the same name. `offers`: its ServiceProviderConfig. `ledger`: keeps the play
    to what it made itself, and knows what that was.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    offers: Any = MISSING
    ledger: Ledger | None = None


async def play(
    scenario: Scenario,
    base_url: str,
    token: str,
    *,
    on_step: Callable[[Verdict], Awaitable[None] | None] | None = None,
    terms: Terms = Terms(),
) -> list[Verdict]:
    """A verdict per step, in order; the first request that gets no answer is the last.

    `on_step` hears of each at once; the next step waits for what it returns, if that can be awaited.
    """
    verdicts: list[Verdict] = []
    variables = Variables(token, scenario.define, terms.ledger.mark if terms.ledger else None)
    async with Peer(base_url) as peer:
        game = _Game(scenario, peer, variables, terms)
        for step in scenario.steps:
            answered = True
            try:
                verdict = await game.verdict(step)
            except (Lost, Unreached) as error:
                answered = False
                verdict = Verdict(step, (error.sentence,))
            verdicts.append(verdict)
            if on_step is not None and (heard := on_step(verdict)) is not None:
                await heard
            if not answered:
                break
    return verdicts


@dataclass(slots=True)
class _Game:
    """One play: what is known so far, and what earlier steps promised to find out."""

    scenario: Scenario
    peer: Peer
    variables: Variables
    terms: Terms
    promised: set[str] = field(default_factory=set)

    async def verdict(self, step: Step) -> Verdict:
        self.variables.next_step()
        verdict = self._not_sent(step) or await self._sent(step)
        self.promised |= set() if verdict.skipped else set(_brings(step))
        return verdict

    def _not_sent(self, step: Step) -> Verdict | None:
        """Skipped, or impossible because an earlier step did not bring what it promised."""
        if step.unless is not None and self.variables.captured(step.unless):
            return Verdict(step, skipped=f"{step.unless} is known already")
        if step.offered is not None and picked(self.terms.offers, step.offered) is not True:
            return Verdict(step, skipped=f"ServiceProviderConfig does not announce {step.offered[2:]}")
        needs = self.variables.unknown([step.path, step.query, step.headers, step.body, step.body_raw])
        needs |= self.variables.unknown([check.value for check in step.expect.checks]) - set(_brings(step))
        if not needs:
            return None
        named = ", ".join(sorted(needs))
        if needs & self.promised:
            return Verdict(step, (f"not sent: no earlier step brought {named}",))
        return Verdict(step, skipped=f"nobody says what {named} is")

    async def _sent(self, step: Step) -> Verdict:
        request = _request(step, self.scenario.headers, self.variables, self.terms.headers)
        ledger = self.terms.ledger
        if ledger is not None and (refusal := ledger.refuses(request)):
            return Verdict(step, (refusal,))
        begun = time.perf_counter()
        reply = await self.peer.call(
            request.method, request.path, query=request.query, content=request.content, headers=request.headers
        )
        answer = read(reply.status, reply.headers, reply.body, (time.perf_counter() - begun) * 1000)
        if ledger is not None:
            await ledger.note(request, answer, self.peer)
        if answer.status in step.not_offered:
            skipped = f"the server does not offer this: {answer.status}"
            return Verdict(step, (), skipped, answer.status, answer.ms, sent=str(request))
        absent = _captured(step, answer, self.variables)
        problems = (*_problems(step.expect, answer, self.variables), *absent)
        slow = self.scenario.slow_ms is not None and answer.ms > self.scenario.slow_ms
        return Verdict(step, problems, "", answer.status, answer.ms, slow, str(request))


def _request(step: Step, common: Mapping[str, str], variables: Variables, given: Mapping[str, str]) -> Request:
    path, _, own_query = variables.fill(step.path, _escaped).partition("?")
    query = variables.fill(step.query or {})
    if not step.query and own_query:
        path = f"{path}?{own_query}"
    headers: dict[str, str | None] = {}
    for layer in (variables.fill(common), given, variables.fill(step.headers)):
        headers |= {name.title(): value for name, value in layer.items()}
    sent = {name: value for name, value in headers.items() if value is not None}
    return Request(step.method, path, tuple(query.items()), sent, _content(step, variables))


def _content(step: Step, variables: Variables) -> bytes | None:
    if step.body_raw is not None:
        return str(variables.fill(step.body_raw)).encode()
    return None if step.body is None else orjson.dumps(variables.fill(step.body))


def _problems(expect: Expect, answer: Answer, variables: Variables) -> list[str]:
    found: list[str | None] = []
    if expect.status and answer.status not in expect.status:
        found.append(
            f"the status should be {' or '.join(map(str, expect.status))}, but it is {answer.status}{_said(answer)}"
        )
    found += [header_problem(answer, name, variables.fill(wanted)) for name, wanted in expect.headers.items()]
    found += [problem(answer, _filled(check, variables)) for check in expect.checks]
    return [sentence for sentence in found if sentence is not None]


def _captured(step: Step, answer: Answer, variables: Variables) -> list[str]:
    """Remember what the step asked for; the names of what must be there and isn't come back as problems."""
    absent = []
    for name, path in _brings(step).items():
        value = pick(answer, path)
        if value is not MISSING and value is not None:
            variables.capture(name, value)
        elif name in (step.capture or {}):
            absent.append(f"{path} should be there for {name}, but it is missing")
    return absent


def _brings(step: Step) -> Mapping[str, str]:
    return {**(step.find or {}), **(step.capture or {})}


def _filled(check: Check, variables: Variables) -> Check:
    return replace(check, value=variables.fill(check.value))


def _escaped(value: str) -> str:
    return quote(value, safe="")


def _said(answer: Answer) -> str:
    """What a SCIM error says of itself."""
    detail = answer.document.get("detail") if isinstance(answer.document, dict) else None
    return f" ({str(detail)[:200]})" if detail else ""
