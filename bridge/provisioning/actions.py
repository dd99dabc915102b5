"""What a human does to people past the rules: answer a hold, revoke, give back. Each takes an actor and is audited."""

from collections.abc import Sequence

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import persons as marks
from bridge.dirty.persons import Priority
from bridge.errors import BridgeError
from bridge.people import accounts, persons
from bridge.provisioning import holds
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


async def _set(database: Database, person: int, *, now: int, actor: str, revoked: bool) -> None:
    def work(tx: Tx) -> None:
        persons.set_revoked(tx, person, now if revoked else None, actor if revoked else None)
        cause = f"{'revoked' if revoked else 'given back'} by {actor}"
        marks.mark(tx, [person], now=now, cause=cause, priority=Priority.SIGN_OUT if revoked else Priority.NORMAL)
        action = "person.revoked" if revoked else "person.given_back"
        for connection in _connections(tx, person):
            events.record(tx, Event(connection, now, actor, action, person=person))

    await database.write(work)


def _connections(tx: Tx, person: int) -> Sequence[str]:
    return sorted({account.connection for account in accounts.of_person(tx, person)})
