"""Sessions that a human ends, past all rules. Each with an actor, and each on record before the next."""

from collections.abc import Sequence

from bridge.audit import events
from bridge.audit.events import Event
from bridge.clerk import sessions
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.people import accounts
from bridge.people.persons import Person
from bridge.provisioning.sessions import due
from bridge.store.database import Database
from scim.ports import Tx


async def end(database: Database, api: Api, person: Person, ids: Sequence[str], *, now: int, actor: str) -> list[str]:
    """End these; returns those that were alive. ClerkError where Clerk can't be had: to repeat it does no harm."""
    ended: list[str] = []
    for id in ids:
        if await sessions.revoke(api, id, lane=Lane.URGENT):
            ended.append(id)
            await database.write(lambda tx, id=id: _record(tx, person, id, now, actor))  # type: ignore[misc]
    return ended


def _record(tx: Tx, person: Person, session: str, now: int, actor: str) -> None:
    """In the trail of each connection that knows this person."""
    due.ended(tx, person.pk, [session])
    facts = {"session": session}
    for name in sorted({account.connection for account in accounts.of_person(tx, person.pk)}):
        events.record(tx, Event(name, now, actor, "session.revoked", person=person.pk, subject=person.id, facts=facts))
