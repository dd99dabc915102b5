"""Does the steps of a plan, one call each. What one refusal touches is skipped, the rest goes on; an outage ends it all.

Nothing is remembered between runs: whoever runs it again after a crash plans anew from what the instance has then.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import ClerkError, NotNow
from bridge.instance.present import Present
from bridge.instance.refusals import advice
from bridge.instance.steps import IdOf, Plan, Step


class End(StrEnum):
    """How a step ended."""

    DONE = "done"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`hint`: what to do by hand, for a refusal."""

    step: Step
    end: End
    code: str | None = None
    sentence: str | None = None
    hint: str | None = None


_THERE = "organization_role_permission_association_exists"  # somebody gave it meanwhile

Tell = Callable[[Outcome], Awaitable[None]]


async def apply(api: Api, present: Present, plan: Plan, tell: Tell) -> None:
    """`tell` hears of each outcome before the next call: the audit trail and the screen. Raises NotNow."""
    ids = {**present.permissions, **{key: role.id for key, role in present.roles.items()}}
    for step in plan.steps:
        await tell(await _done(api, step, ids))


async def _done(api: Api, step: Step, ids: dict[str, str]) -> Outcome:
    missing = [key for key in step.needs if key not in ids]
    if missing:
        return Outcome(step, End.SKIPPED, sentence=f"{', '.join(missing)} could not be made.")
    try:
        answer = await _call(api, step, ids)
    except NotNow:
        raise
    except ClerkError as error:
        if error.code == _THERE:
            return Outcome(step, End.DONE)
        return Outcome(step, End.REFUSED, error.code, error.sentence, advice(error))
    if step.makes is not None:
        ids[step.makes] = str(answer["id"])
    return Outcome(step, End.DONE)


async def _call(api: Api, step: Step, ids: Mapping[str, str]) -> Any:
    send = {"POST": api.post, "PATCH": api.patch}[step.call.method]
    filled = {name: str(_filled(value, ids)) for name, value in step.call.ids.items()}
    return await send(step.call.path, _filled(step.call.body, ids), lane=Lane.NORMAL, **filled)


def _filled(value: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(value, IdOf):
        return ids[value.key]
    if isinstance(value, Mapping):
        return {key: _filled(one, ids) for key, one in value.items()}
    return [_filled(one, ids) for one in value] if isinstance(value, list) else value
