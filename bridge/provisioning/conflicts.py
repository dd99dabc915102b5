"""Conflicts: whose address it is, nobody can tell, so nothing is given until a human says (rule R5).

Two answers there are. The Clerk user with the address is the same human: they are joined. Or it was cleared up at Clerk or
in the IdP, so look again. Two active accounts of one connection with one address end in the IdP alone.
"""

from dataclasses import dataclass
from typing import Any

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import persons as marks
from bridge.errors import BridgeError
from bridge.people import accounts, grants, persons
from bridge.people.accounts import Account
from bridge.people.grant import State
from bridge.people.persons import Person
from bridge.store.database import Database
from scim.keys import fold
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Standing:
    """One person who waits for a human. `clerk_user`: whose the address is at Clerk; None: it is in doubt before that."""

    person: str
    email: str | None
    connections: tuple[str, ...]
    sentence: str
    clerk_user: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "person": self.person,
            "email": self.email,
            "connections": list(self.connections),
            "sentence": self.sentence,
            "clerk_user": self.clerk_user,
        }


def standing(tx: Tx, instance: str, connection: str | None = None) -> list[Standing]:
    """Everybody in conflict, of one connection or of all."""
    found = [_standing(tx, person) for person in persons.in_conflict(tx, instance)]
    return [one for one in found if connection is None or connection in one.connections]


def freed(tx: Tx, before: Account | None, email: str | None, *, now: int) -> None:
    """Whoever shared the address that an account gave up, or left with, may be in doubt no more. `email`: it has now."""
    if before is None or before.email_key is None or before.state != "active" or fold(email or "") == before.email_key:
        return
    others = accounts.sharing(tx, before.connection, before.email_key, before.person)
    marks.mark(tx, others, now=now, cause=f"{before.email} is no other account's any more")


async def join(database: Database, person: int, *, now: int, actor: str) -> str:
    """The Clerk user with the address is the same human; returns its id. The worker does the rest."""

    def work(tx: Tx) -> str:
        known = _known(tx, person)
        doubt = known.conflict
        if doubt is not None and known.clerk_user is not None:
            hint = "Free the address at Clerk, then `inferpipe-bridge conflict retry`."
            raise BridgeError("conflict_unknown", f"This person is {known.clerk_user} already.", hint=hint)
        if doubt is None or doubt.clerk_user is None:
            hint = "`inferpipe-bridge conflict list` shows who waits, and for what."
            raise BridgeError("conflict_unknown", "There is no Clerk user in doubt to join this person with.", hint=hint)
        _answer(tx, person, doubt.clerk_user, "person.conflict_joined", now=now, actor=actor)
        return doubt.clerk_user

    return await database.write(work)


async def retry(database: Database, person: int, *, now: int, actor: str) -> None:
    """It was cleared up elsewhere: look again."""
    await database.write(lambda tx: _answer(tx, person, None, "person.conflict_retried", now=now, actor=actor))


def _answer(tx: Tx, person: int, clerk_user: str | None, action: str, *, now: int, actor: str) -> None:
    _known(tx, person)
    persons.accept(tx, person, clerk_user)
    marks.mark(tx, [person], now=now, cause=f"conflict answered by {actor}")
    for connection in sorted({one.connection for one in accounts.of_person(tx, person)}):
        facts = {"clerk_user": clerk_user} if clerk_user is not None else {}
        events.record(tx, Event(connection, now, actor, action, person=person, facts=facts))


def _known(tx: Tx, pk: int) -> Person:
    person = persons.get(tx, pk)
    if person is None:
        raise BridgeError("person_unknown", "There is no such person any more.", hint="Look again by their address.")
    return person


def _standing(tx: Tx, person: Person) -> Standing:
    theirs = [one for one in accounts.of_person(tx, person.pk) if one.state != "deleted"]
    doubt = person.conflict
    rows = [row for row in grants.of_person(tx, person.pk) if row.state is State.CONFLICT]
    sentence = doubt.sentence if doubt is not None else next((row.cause or "" for row in rows), "")
    return Standing(
        person.id,
        doubt.email if doubt is not None else next((one.email for one in theirs if one.email), None),
        tuple(sorted({one.connection for one in theirs})),
        sentence,
        doubt.clerk_user if doubt is not None else None,
    )
