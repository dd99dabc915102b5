"""Due marks on persons: what must be looked at again, when, and who is at it.

Level-triggered: a mark adds one to `wanted`; a worker claims, works without a transaction and finishes what it saw. A
mark that arrives meanwhile leaves `wanted` ahead of `applied`, so nothing is lost and nothing is queued twice.

Times are the caller's. Where replicas' clocks differ, a claim may be taken over early by the difference; `claim_no` then
tells the first worker, at its next `renew`, to stop. So a claim should last much longer than clocks are apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.store.schema import person
from scim.ports import Tx
from scim.sql import integers, within


class Priority(IntEnum):
    """Lower goes first: sign-out before everything else, bulk work last."""

    SIGN_OUT = 0
    SIGN_IN = 2
    NORMAL = 5
    BULK = 8


@dataclass(frozen=True, slots=True)
class Claim:
    """One person in a worker's hands. `was_open`: Clerk may have something else than we believe, so look there first: an
    earlier claim never ended, or somebody asked for the look."""

    person: int
    number: int
    wanted: int
    was_open: bool
    tries: int


_LOCK = sa.select(sa.func.count()).select_from(
    sa.select(person.c.pk).where(within(person.c.pk, integers("pks"))).order_by(person.c.pk).with_for_update().subquery()
)
_PENDING = person.c.wanted > person.c.applied
_UNSURE = sa.or_(person.c.open, person.c.look).label("unsure")
_MARK = (
    sa.update(person)
    .where(within(person.c.pk, integers("pks")))
    .values(
        wanted=person.c.wanted + 1,
        tries=0,
        not_before=sa.case(
            (sa.and_(_PENDING, person.c.not_before < bindparam("at")), person.c.not_before), else_=bindparam("at")
        ),
        priority=sa.case(
            (sa.and_(_PENDING, person.c.priority < bindparam("urgency")), person.c.priority), else_=bindparam("urgency")
        ),
        changed_at=bindparam("stamp"),
        cause=bindparam("reason"),
        batch=sa.func.coalesce(bindparam("group", type_=sa.Text), sa.case((_PENDING, person.c.batch))),
        look=sa.or_(person.c.look, bindparam("look_there", type_=sa.Boolean)),
    )
)
_DUE = (
    sa.select(person.c.pk, _UNSURE)
    .where(
        _PENDING,
        person.c.clerk_instance == bindparam("instance"),
        person.c.priority <= bindparam("worst"),
        person.c.not_before <= bindparam("now"),
        person.c.claim_until <= bindparam("now"),
    )
    .order_by(person.c.priority, person.c.not_before, person.c.pk)
    .limit(bindparam("limit", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_ONE = (
    sa.select(person.c.pk, _UNSURE)
    .where(person.c.pk == bindparam("pk_"), person.c.claim_until <= bindparam("now"))
    .with_for_update()
)
_CLAIM = (
    sa.update(person)
    .where(within(person.c.pk, integers("pks")))
    .values(
        wanted=sa.case((_PENDING, person.c.wanted), else_=person.c.wanted + 1),
        not_before=sa.case((_PENDING, person.c.not_before), else_=bindparam("now")),
        claim_no=person.c.claim_no + 1,
        claimed_by=bindparam("holder"),
        claim_until=bindparam("until"),
        open=sa.true(),
        look=sa.false(),  # a crash from here on leaves `open`, which says the same
    )
    .returning(person.c.pk, person.c.claim_no, person.c.wanted, person.c.tries)
)
# a claim that ended keeps its number: renewing it late would lock the person in nobody's hands
_RENEW = text("UPDATE person SET claim_until = :until WHERE pk = :pk AND claim_no = :number AND claim_until > 0")
_FINISH = text(
    """UPDATE person SET applied = :seen, open = false, claim_until = 0, tries = 0, problem = NULL,
      next_change_at = :next_change_at,
      not_before = CASE WHEN wanted = :wanted AND :seen < wanted THEN :again_at ELSE not_before END
    WHERE pk = :pk AND claim_no = :number"""
)
_RELEASE = text(
    """UPDATE person SET claim_until = 0, open = :open, tries = tries + 1, problem = COALESCE(:problem, problem),
      not_before = CASE WHEN wanted = :wanted THEN :not_before ELSE not_before END
    WHERE pk = :pk AND claim_no = :number"""
)
_SETTLE = text(
    """UPDATE person SET applied = :wanted, tries = 0, problem = NULL, next_change_at = :next_change_at
    WHERE pk = :pk AND wanted = :wanted AND claim_until <= :now AND open = false AND look = false"""
)
_CLAIMABLE = (
    sa.select(person.c.pk)
    .where(
        _PENDING,
        person.c.clerk_instance == bindparam("instance"),
        person.c.not_before <= bindparam("now"),
        person.c.claim_until <= bindparam("now"),
    )
    .order_by(person.c.priority, person.c.not_before, person.c.pk)
    .limit(bindparam("limit", type_=sa.Integer))
)
_NEXT = sa.select(
    sa.func.min(
        sa.case((person.c.claim_until > person.c.not_before, person.c.claim_until), else_=person.c.not_before)
    ).label("at")
).where(_PENDING, person.c.clerk_instance == bindparam("instance"))
_COUNT = text("SELECT count(*) AS n FROM person WHERE clerk_instance = :instance AND wanted > applied")


def mark(
    tx: Tx,
    pks: Sequence[int],
    *,
    now: int,
    cause: str,
    priority: Priority = Priority.NORMAL,
    batch: str | None = None,
    at: int | None = None,
    look: bool = False,
) -> None:
    """Make persons due at `at` (default now): the earlier time and the higher priority win over a mark not yet done.

    `look`: Clerk may have something else than we believe, so their next claim looks there before it plans.

    `batch` is kept from that mark unless this one brings its own, so that a small change frees nobody from a big one's
    judgement. Rows are locked in key order, so two marks never deadlock.
    """
    if not pks:
        return
    if len(pks) > 1:
        tx.all(_LOCK, pks=pks)
    values = {"at": now if at is None else at, "urgency": int(priority), "stamp": now, "reason": cause}
    tx.run(_MARK, pks=pks, group=batch, look_there=look, **values)


def claim(
    tx: Tx, instance: str, holder: str, *, now: int, until: int, limit: int, worst: Priority = Priority.BULK
) -> list[Claim]:
    """Take up to `limit` due persons, most urgent first, nobody less urgent than `worst`."""
    rows = tx.all(_DUE, instance=instance, now=now, limit=limit, worst=int(worst))
    return _take(tx, rows, holder, now, until)


def claim_one(tx: Tx, pk: int, holder: str, *, now: int, until: int) -> Claim | None:
    """Take this person, due or not; None while another worker has them. From now on they are due: a crash is seen to."""
    taken = _take(tx, tx.all(_ONE, pk_=pk, now=now), holder, now, until)
    return taken[0] if taken else None


def renew(tx: Tx, claim: Claim, *, until: int) -> bool:
    """Keep a claim alive; False: it was lost, stop."""
    return tx.run(_RENEW, pk=claim.person, number=claim.number, until=until) == 1


def finish(tx: Tx, claim: Claim, *, again_at: int | None = None, next_change_at: int | None = None) -> bool:
    """Done with what this claim saw; `again_at`: look again then (losses that settle). False: the claim was lost."""
    seen = claim.wanted if again_at is None else claim.wanted - 1
    values: dict[str, Any] = {"seen": seen, "again_at": again_at or 0, "next_change_at": next_change_at}
    return tx.run(_FINISH, pk=claim.person, number=claim.number, wanted=claim.wanted, **values) == 1


def release(tx: Tx, claim: Claim, *, not_before: int, unknown: bool, problem: str | None) -> None:
    """Give up for now; `unknown`: a call's outcome was lost, so the next claim looks in Clerk first."""
    tx.run(
        _RELEASE,
        pk=claim.person,
        number=claim.number,
        wanted=claim.wanted,
        open=unknown,
        problem=problem,
        not_before=not_before,
    )


def due(tx: Tx, instance: str, *, now: int, limit: int) -> list[int]:
    """Who could be claimed, most urgent first."""
    return [row["pk"] for row in tx.all(_CLAIMABLE, instance=instance, now=now, limit=limit)]


def settle(tx: Tx, pk: int, wanted: int, *, next_change_at: int | None, now: int) -> bool:
    """Done without a claim, because nothing was to be done for what `wanted` stood for. False: somebody has the person, a
    claim of theirs never ended, or they were marked again."""
    return tx.run(_SETTLE, pk=pk, wanted=wanted, next_change_at=next_change_at, now=now) == 1


def next_due(tx: Tx, instance: str, *, now: int | None = None) -> int | None:
    """When somebody can be claimed next (epoch ms): due, and out of any claim's hands; None: nobody waits.

    With `now`, somebody who can be claimed at once is found by the index, however many wait.
    """
    if now is not None and due(tx, instance, now=now, limit=1):
        return now
    row = tx.one(_NEXT, instance=instance)
    return row["at"] if row else None


def count_due(tx: Tx, instance: str) -> int:
    """How many people must still be looked at, settling ones included."""
    row = tx.one(_COUNT, instance=instance)
    return int(row["n"]) if row else 0


def _take(tx: Tx, rows: list[Any], holder: str, now: int, until: int) -> list[Claim]:
    if not rows:
        return []
    was_open = {row["pk"]: bool(row["unsure"]) for row in rows}
    order = {pk: place for place, pk in enumerate(was_open)}
    taken = tx.all(_CLAIM, pks=list(was_open), holder=holder, now=now, until=until)
    claims = [Claim(row["pk"], row["claim_no"], row["wanted"], was_open[row["pk"]], row["tries"]) for row in taken]
    return sorted(claims, key=lambda claim: order[claim.person])
