"""What a human does to people past the rules: answer a hold, revoke, give back, restore what was changed by hand, let a
deleted workspace be made again. Each takes an actor and is audited."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import persons as marks
from bridge.dirty.persons import Priority
from bridge.errors import BridgeError
from bridge.people import accounts, grants, persons, workspaces
from bridge.people.grant import State
from bridge.people.workspaces import Workspace
from bridge.provisioning import holds
from bridge.provisioning.sweep import Difference, Kind, believed, gone
from bridge.store.database import Database
from scim.ports import Tx


async def answer_hold(database: Database, pk: int, answer: str, *, now: int, actor: str) -> int:
    """``approved``: this set goes, once; ``discarded``: it stays until their facts change. Returns how many people."""

    def work(tx: Tx) -> int:
        hold = holds.get(tx, pk)
        if hold is None or hold["closed"] is not None:
            raise BridgeError(
                "hold_unknown", f"There is no open hold h{pk}.", hint="`inferpipe-bridge hold list` shows what waits."
            )
        people = holds.answer(tx, pk, answer, now=now)
        marks.mark(tx, people, now=now, cause=f"hold h{pk} {answer} by {actor}", priority=Priority.NORMAL)
        facts = {"people": len(people)}
        events.record(tx, Event(hold["connection"], now, actor, f"hold.{answer}", subject=f"h{pk}", facts=facts))
        return len(people)

    return await database.write(work)


async def revoke(database: Database, person: int, *, now: int, actor: str) -> None:
    """Everything of a person goes now, past the brake, and stays gone until it is given back."""
    await _set(database, person, now=now, actor=actor, revoked=True)


async def give_back(database: Database, person: int, *, now: int, actor: str) -> None:
    """The rules decide about this person again."""
    await _set(database, person, now=now, actor=actor, revoked=False)


async def repair(database: Database, found: Iterable[Difference], *, now: int, actor: str) -> int:
    """What is decided is decided again for everybody who was changed by hand; returns how many people.

    Who was worked on since the comparison is left as they are. The worker looks, plans and asks the brake as ever.
    """
    by_person: dict[int, list[Difference]] = {}
    for one in found:
        if one.known is not None and one.repairable:
            by_person.setdefault(one.known.pk, []).append(one)
    rested = {
        pk: known.wanted for pk, several in by_person.items() if (known := several[0].known) and known.wanted is not None
    }

    def work(tx: Tx) -> int:
        still = believed.still(tx, rested, now=now)
        for pk in still:
            _restore(tx, pk, by_person[pk], now, actor)
        marks.mark(tx, still, now=now, cause=f"restored by {actor}", look=True)
        return len(still)

    return await database.write(work)


def _restore(tx: Tx, person: int, found: Sequence[Difference], now: int, actor: str) -> None:
    """The rows say what Clerk has, and that it doesn't stand."""
    rows = [one.row for one in found if one.row is not None and one.row.state is State.DRIFTED]
    grants.put(tx, person, [replace(row, state=State.PENDING, cause=f"restored by {actor}") for row in rows])
    if any(one.kind is Kind.UNBANNED for one in found):
        persons.set_barred(tx, person, None)
    facts = {"differences": [{"workspace": one.workspace, "kind": one.kind, "in_clerk": one.role} for one in found]}
    for connection in _connections(tx, person):
        events.record(tx, Event(connection, now, actor, "person.repaired", person=person, facts=facts))


async def forget_workspace(database: Database, workspace: Workspace, *, now: int, actor: str) -> int:
    """An organization that was deleted at Clerk is made, or looked up, again at the next grant; returns for how many people.
    The caller has made sure that it is gone."""

    def work(tx: Tx) -> int:
        gone(tx, workspace, now=now, actor=actor)
        workspaces.forget(tx, workspace.pk)
        waiting = [person for person, _ in grants.in_workspace(tx, workspace.pk)]
        marks.mark(tx, waiting, now=now, cause=f"the workspace may be made again, says {actor}")
        facts = {"organization": workspace.organization, "people": len(waiting)}
        events.record(tx, Event("-", now, actor, "workspace.forgotten", subject=workspace.reference, facts=facts))
        return len(waiting)

    return await database.write(work)


async def _set(database: Database, person: int, *, now: int, actor: str, revoked: bool) -> None:
    def work(tx: Tx) -> None:
        persons.set_revoked(tx, person, now if revoked else None, actor if revoked else None)
        if not revoked:  # they may sign in again
            persons.set_signed_out(tx, person, None)
        cause = f"{'revoked' if revoked else 'given back'} by {actor}"
        marks.mark(tx, [person], now=now, cause=cause, priority=Priority.SIGN_OUT if revoked else Priority.NORMAL)
        action = "person.revoked" if revoked else "person.given_back"
        for connection in _connections(tx, person):
            events.record(tx, Event(connection, now, actor, action, person=person))

    await database.write(work)


def _connections(tx: Tx, person: int) -> Sequence[str]:
    return sorted({account.connection for account in accounts.of_person(tx, person)})
