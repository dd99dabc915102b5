"""Most marks change nothing: an IdP pushes the same again, a mapping file moves a line. Such people are found in pages, and
done in one transaction, without a claim or a call.

What somebody did meanwhile raised `wanted`, so that only what this look saw is done with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bridge.dirty import persons as marks
from bridge.people import grants
from bridge.people.grant import Grant
from bridge.provisioning import holds, situation
from bridge.provisioning.acting.invite import undone
from bridge.provisioning.acting.profile import profile
from bridge.provisioning.acting.strangers import unlooked
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import Tools
from scim.ports import Tx

PAGE = 200


@dataclass(frozen=True, slots=True)
class Sifted:
    """How many are done, and how many of the page are `left` for a worker. `more`: there may be others behind them.

    `newcomers`: the addresses of those who are left and have no Clerk user yet.
    """

    done: int
    left: int
    more: bool
    newcomers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Quiet:
    """Somebody for whom nothing is to be done. `rows`: those that say it in other words now."""

    person: int
    wanted: int
    rows: tuple[Grant, ...]
    next_change_at: int | None


async def sift(tools: Tools) -> Sifted:
    """Look at the most urgent people who are due, and be done with those who need nothing."""
    now = tools.clock()
    due, quiet, newcomers = await tools.database.read(partial(_look, tools=tools, now=now))
    done = await tools.database.write(partial(_settle, quiet=quiet, now=now)) if quiet else 0
    return Sifted(done, due - done, due == PAGE, newcomers)


def _look(tx: Tx, tools: Tools, now: int) -> tuple[int, list[_Quiet], tuple[str, ...]]:
    pks = marks.due(tx, tools.instance, now=now, limit=PAGE)
    held = holds.of_people(tx, pks)
    people = situation.load_all(tx, tools.settings, tools.rulebook, pks, now=now) if pks else []
    found = {one.person.pk: None if held[one.person.pk] else _quiet(one, tools, now) for one in people}
    newcomers = [_newcomer(one) for one in people if found[one.person.pk] is None]
    return len(pks), [one for one in found.values() if one is not None], tuple(filter(None, newcomers))


def _newcomer(one: Situation) -> str | None:
    """The address of somebody for whom a Clerk user is to be made, as far as can be told without a plan."""
    leading = one.leading
    if leading is None or leading.settings is None or leading.identity is None or leading.settings.mode == "observe":
        return None
    wanted = one.active and one.barrier is None and any(known.decided for known in one.known)
    return leading.identity.email if wanted and one.person.clerk_user is None else None


def _quiet(one: Situation, tools: Tools, now: int) -> _Quiet | None:
    """None: a worker must look."""
    if one.stranded or one.unusable or one.missing or not _at_peace(one, tools):
        return None
    plan = situation.plan(one, tools.settings, now=now)
    if plan.steps or plan.again_at is not None or undone(one, plan.rows):
        return None
    believed = {row.workspace: row for row in one.grants}
    rows = tuple(row for row in plan.rows if row != believed.get(row.workspace))
    return _Quiet(one.person.pk, one.person.wanted, rows, one.next_change_at)


def _at_peace(one: Situation, tools: Tools) -> bool:
    """Nothing beside memberships: no session to end, nobody to bar or to open to, no new name."""
    person, leading = one.person, one.leading
    if person.clerk_user is None:
        return person.signed_out is None if one.active else unlooked(one, tools.settings) is None
    if one.active:
        signed_in = person.signed_out is None and person.barred is None
        return signed_in and (one.barrier is not None or not profile(one).differs)
    deactivation = leading.settings.deactivation if leading and leading.settings else "remove"
    return person.signed_out is not None and (deactivation == "remove" or person.is_barred)


def _settle(tx: Tx, quiet: Sequence[_Quiet], now: int) -> int:
    done = 0
    for one in quiet:
        if marks.settle(tx, one.person, one.wanted, next_change_at=one.next_change_at, now=now):
            grants.put(tx, one.person, one.rows)
            done += 1
    return done
