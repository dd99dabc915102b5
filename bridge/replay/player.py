"""Plays a scenario against a SCIM endpoint and says of each step whether the answer was what that identity provider expects.

One mechanism for the onboarding of the first minute, for recorded traffic and for conformance suites.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote

import orjson

from bridge.outbound import Lost, Peer, Unreached
from bridge.replay.checks import MISSING, Answer, Check, header_problem, pick, problem, read
from bridge.replay.scenario import Expect, Scenario, Step
from bridge.replay.variables import Variables


@dataclass(frozen=True, slots=True)
class Verdict:
    """`skipped` says why a step was not sent and need not be (it counts as passed). `status` is None without an answer."""

    step: Step
    passed: bool
    problems: tuple[str, ...]
    status: int | None
    ms: float
    skipped: str = ""


async def play(
    scenario: Scenario, base_url: str, token: str, *, on_step: Callable[[Verdict], Awaitable[None] | None] | None = None
) -> list[Verdict]:
    """A verdict per step, in order; the first request that gets no answer is the last.

    `on_step` hears of each at once; the next step waits for what it returns, if that can be awaited.
    """
    variables = Variables(token)
    verdicts: list[Verdict] = []
    promised: set[str] = set()
    async with Peer(base_url) as peer:
        for step in scenario.steps:
            variables.next_step()
            answered = True
            try:
                verdict = _not_sent(step, variables, promised) or await _sent(step, peer, variables)
            except (Lost, Unreached) as error:
                answered = False
                verdict = Verdict(step, False, (error.sentence,), None, 0.0)
            verdicts.append(verdict)
            promised |= set() if verdict.skipped else set(_brings(step))
            if on_step is not None and (heard := on_step(verdict)) is not None:
                await heard
            if not answered:
                break
    return verdicts


def _not_sent(step: Step, variables: Variables, promised: set[str]) -> Verdict | None:
    """Skipped, or impossible because an earlier step did not bring what it promised."""
    if step.unless is not None and variables.captured(step.unless):
        return Verdict(step, True, (), None, 0.0, f"{step.unless} is known already")
    needs = variables.unknown([step.path, step.query, step.headers, step.body, step.body_raw])
    needs |= variables.unknown([check.value for check in step.expect.checks]) - set(_brings(step))
    if not needs:
        return None
    named = ", ".join(sorted(needs))
    if needs & promised:
        return Verdict(step, False, (f"not sent: no earlier step brought {named}",), None, 0.0)
    return Verdict(step, True, (), None, 0.0, f"nobody says what {named} is")


async def _sent(step: Step, peer: Peer, variables: Variables) -> Verdict:
    path, _, own_query = variables.fill(step.path, _escaped).partition("?")
    query = variables.fill(step.query or {})
    if not step.query and own_query:
        path = f"{path}?{own_query}"
    begun = time.perf_counter()
    reply = await peer.call(
        step.method,
        path,
        query=tuple(query.items()),
        content=_content(step, variables),
        headers=variables.fill(step.headers),
    )
    answer = read(reply.status, reply.headers, reply.body, (time.perf_counter() - begun) * 1000)
    absent = _captured(step, answer, variables)
    problems = (*_problems(step.expect, answer, variables), *absent)
    return Verdict(step, not problems, problems, answer.status, answer.ms)


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
