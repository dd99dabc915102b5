"""Workspaces: what files call by an alias, and the Clerk organization it stands for, pinned once found or made.

Two connections of one customer that create a workspace of the same name share it. A workspace that Clerk refuses is
blocked on its own (rule R10): one probe a minute, nobody else waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam, text

from bridge.settings import ConnectionSettings
from bridge.store.schema import workspace
from scim.ports import Tx
from scim.sql import integers, texts, within

PROBE_MS = 60_000
MISSING = "workspace_missing"  # why a workspace is blocked whose organization is not there, or not any more


@dataclass(frozen=True, slots=True)
class Reference:
    """How a connection's file names a workspace. `create`: the name of one to make, None for one that exists.

    `family`: what the keys of a ``"*"`` begin and end with; so many of them, `at_most`, may be made.
    """

    key: str
    create: str | None
    family: tuple[str, str] | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """Our row for one organization. `organization` None: not resolved or not made yet.

    `blocked_until`: when the next may try; of one that is open: when it was opened.
    """

    pk: int
    reference: str
    organization: str | None
    creating: bool
    blocked_code: str | None
    blocked_sentence: str | None
    blocked_until: int


_COLUMNS = "pk, reference, organization, creating, blocked_code, blocked_sentence, blocked_until"
_ENSURE = text(
    """INSERT INTO workspace (clerk_instance, reference, organization) VALUES (:instance, :reference, :organization)
    ON CONFLICT (clerk_instance, reference) DO NOTHING"""
)
_BY_REFERENCE = text(
    f"SELECT {_COLUMNS} FROM workspace WHERE clerk_instance = :instance AND reference = :reference"  # noqa: S608
)
_ALL = text(f"SELECT {_COLUMNS} FROM workspace WHERE clerk_instance = :instance ORDER BY pk")  # noqa: S608
_SOME = (
    sa.select(*(workspace.c[name] for name in _COLUMNS.split(", ")))
    .where(
        workspace.c.clerk_instance == bindparam("instance"),
        sa.or_(within(workspace.c.reference, texts("keys")), within(workspace.c.pk, integers("pks"))),
    )
    .order_by(workspace.c.pk)
)
_LOCK = sa.select(sa.func.count()).select_from(
    sa.select(workspace.c.pk)
    .where(workspace.c.clerk_instance == bindparam("instance"))
    .order_by(workspace.c.pk)
    .with_for_update()
    .subquery()
)
_PIN = text("UPDATE workspace SET organization = :organization, creating = false WHERE pk = :pk")
_FORGET = text(
    """UPDATE workspace SET organization = NULL, creating = false, blocked_code = NULL, blocked_sentence = NULL,
      blocked_until = 0 WHERE pk = :pk"""
)
_CREATING = text("UPDATE workspace SET creating = :creating WHERE pk = :pk")
_BLOCK = text(
    """UPDATE workspace SET blocked_code = :code, blocked_sentence = :sentence, blocked_until = :until
    WHERE pk = :pk"""
)
_PROBES = text(
    """SELECT pk FROM workspace WHERE clerk_instance = :instance AND blocked_code IS NOT NULL AND blocked_until <= :now
    ORDER BY pk"""
)
_TAKE_PROBE = text(
    """UPDATE workspace SET blocked_until = CASE WHEN blocked_code IS NULL THEN blocked_until ELSE :until END
    WHERE pk = :pk AND (blocked_code IS NULL OR blocked_until <= :now) RETURNING pk"""
)
_TRY_NOW = text(
    "UPDATE workspace SET blocked_until = :now WHERE pk = :pk AND blocked_code IS NOT NULL AND blocked_until > :now"
)
_UNBLOCK = text(
    """UPDATE workspace SET blocked_code = NULL, blocked_sentence = NULL, blocked_until = :now
    WHERE pk = :pk AND blocked_code IS NOT NULL"""
)
_OPENED = text(
    """SELECT pk FROM workspace WHERE clerk_instance = :instance AND blocked_code IS NULL AND blocked_until > :since
    ORDER BY pk"""
)
_TAKE_TURN = text("UPDATE workspace SET owner_claim_until = :until WHERE pk = :pk AND owner_claim_until <= :now")
_KEEP_TURN = text("UPDATE workspace SET owner_claim_until = :until WHERE pk = :pk AND owner_claim_until = :held")
_DROP_TURN = text("UPDATE workspace SET owner_claim_until = 0 WHERE pk = :pk AND owner_claim_until = :held")


def reference(settings: ConnectionSettings, alias: str) -> Reference | None:
    """What an alias stands for in one connection; None where the operator allows no such workspace."""
    known = settings.workspaces.get(alias)
    if known is not None:
        if known.create is not None:
            return Reference(f"{settings.customer}/{known.create}", known.create)
        return Reference(known.id or alias, None)
    if settings.wildcard is None:
        return None
    name = settings.wildcard.create.replace("{alias}", alias)
    before, _, after = f"{settings.customer}/{settings.wildcard.create}".partition("{alias}")
    return Reference(f"{settings.customer}/{name}", name, (before, after), settings.wildcard.at_most)


def ensure(tx: Tx, instance: str, references: Sequence[Reference]) -> None:
    """Make rows for references not seen before; an ``org_…`` id needs no looking up."""
    for item in sorted(set(references), key=lambda one: one.key):
        tx.run(_ENSURE, instance=instance, reference=item.key, organization=_given(item))


def unmade(reference: Reference, pk: int) -> Workspace:
    """The row that a reference would have, under a key of the caller's."""
    return Workspace(pk, reference.key, _given(reference), False, None, None, 0)


def _given(reference: Reference) -> str | None:
    return reference.key if reference.create is None and reference.key.startswith("org_") else None


def by_reference(tx: Tx, instance: str, key: str) -> Workspace | None:
    row = tx.one(_BY_REFERENCE, instance=instance, reference=key)
    return _workspace(row) if row else None


def all_of(tx: Tx, instance: str) -> dict[int, Workspace]:
    return {row["pk"]: _workspace(row) for row in tx.all(_ALL, instance=instance)}


def some(tx: Tx, instance: str, keys: Sequence[str], pks: Sequence[int]) -> dict[int, Workspace]:
    """Those with one of these references or keys."""
    rows = tx.all(_SOME, instance=instance, keys=list(keys), pks=list(pks))
    return {row["pk"]: _workspace(row) for row in rows}


def made_of(tx: Tx, instance: str, family: tuple[str, str]) -> int:
    """How many workspaces of a ``"*"`` there are at Clerk."""
    return len([one for one in _family(tx, instance, family) if one.organization is not None])


def take_place(tx: Tx, pk: int, instance: str, family: tuple[str, str], at_most: int) -> int | None:
    """About to make one of a ``"*"``, if there are fewer than `at_most`, those included that are just being made: None.
    Else how many there are. One at a time takes a place."""
    tx.all(_LOCK, instance=instance)
    others = [one for one in _family(tx, instance, family) if one.pk != pk and (one.organization or one.creating)]
    if len(others) >= at_most:
        return len(others)
    set_creating(tx, pk)
    return None


def _family(tx: Tx, instance: str, family: tuple[str, str]) -> list[Workspace]:
    before, after = family
    every = all_of(tx, instance).values()
    return [one for one in every if one.reference.startswith(before) and one.reference.endswith(after)]


def pin(tx: Tx, pk: int, organization: str) -> None:
    """Resolved once: from now on the id counts, whatever happens to name or slug."""
    tx.run(_PIN, pk=pk, organization=organization)


def set_creating(tx: Tx, pk: int, *, creating: bool = True) -> None:
    """About to create, or refused: until then it takes a place of its ``"*"``."""
    tx.run(_CREATING, pk=pk, creating=creating)


def forget(tx: Tx, pk: int) -> None:
    """Not pinned any more: the next grant looks for the organization again, or makes it."""
    tx.run(_FORGET, pk=pk)


def block(tx: Tx, pk: int, code: str, sentence: str, *, now: int) -> None:
    """Clerk refuses this workspace; the next probe may come in a minute."""
    tx.run(_BLOCK, pk=pk, code=code, sentence=sentence, until=now + PROBE_MS)


def to_probe(tx: Tx, instance: str, *, now: int) -> list[int]:
    """Blocked workspaces whose minute is over: the next person there tries again."""
    return [row["pk"] for row in tx.all(_PROBES, instance=instance, now=now)]


def take_probe(tx: Tx, pk: int, *, now: int) -> bool:
    """May the caller try a blocked workspace? One may in a minute; everybody, if it is open by now."""
    return tx.one(_TAKE_PROBE, pk=pk, now=now, until=now + PROBE_MS) is not None


def try_now(tx: Tx, pk: int, *, now: int) -> None:
    """Something changed there: if it is blocked, the next probe needn't wait."""
    tx.run(_TRY_NOW, pk=pk, now=now)


def unblock(tx: Tx, pk: int, *, now: int) -> bool:
    """Clerk took a call again; True if the workspace was blocked."""
    return tx.run(_UNBLOCK, pk=pk, now=now) == 1


def opened(tx: Tx, instance: str, *, since: int) -> list[int]:
    """Those that were blocked and opened after `since`."""
    return [row["pk"] for row in tx.all(_OPENED, instance=instance, since=since)]


def gone_sentence(organization: str) -> str:
    """Why a workspace is blocked that was deleted at Clerk, and what to do about it."""
    return (
        f"Clerk has no organization {organization} any more; it is not made again by itself. "
        "`inferpipe-bridge workspaces forget` says that it may be."
    )


def take_turn(tx: Tx, pk: int, *, now: int, until: int) -> bool:
    """What nobody else may do in a workspace at the same time; False: somebody else has the turn."""
    return tx.run(_TAKE_TURN, pk=pk, now=now, until=until) == 1


def keep_turn(tx: Tx, pk: int, *, held: int, until: int) -> bool:
    """The turn that was to end at `held`; False: it is somebody else's, or nobody's."""
    return tx.run(_KEEP_TURN, pk=pk, held=held, until=until) == 1


def drop_turn(tx: Tx, pk: int, *, held: int) -> None:
    """That turn, and no other's."""
    tx.run(_DROP_TURN, pk=pk, held=held)


def _workspace(row: Any) -> Workspace:
    return Workspace(
        row["pk"],
        row["reference"],
        row["organization"],
        bool(row["creating"]),
        row["blocked_code"],
        row["blocked_sentence"],
        row["blocked_until"],
    )
