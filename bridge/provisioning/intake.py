"""The seam between directory and reconciler: a `Change` becomes accounts, due marks and an audit event, in ONE transaction.

Also the Door that scim's web layer gets: it runs a verb, records its Change here, commits, and wakes the reconciler.
"""

import uuid
from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import persons as marks
from bridge.dirty import scopes
from bridge.dirty.persons import Priority
from bridge.people import accounts, identity, persons, recognised
from bridge.people.accounts import Told
from bridge.people.domains import speaks_for
from bridge.people.recognised import Stranger
from bridge.provisioning import conflicts
from bridge.settings import ConnectionSettings
from bridge.store.database import Database
from scim.change import Change, UserFacts
from scim.ports import Caller, Tx

T = TypeVar("T")
NAMED_MEMBERS = 50  # so many ids an audit event spells out


@dataclass(frozen=True, slots=True)
class Ids:
    """What a recording needs and may not make itself, because a transaction can run twice."""

    person: str
    batch: str

    @classmethod
    def new(cls) -> "Ids":
        return cls(f"person_{uuid.uuid4().hex}", uuid.uuid4().hex)


class Intake:
    """scim's Door over our database. `wake` is told after a commit; a connection without a file keeps what scim says."""

    def __init__(self, database: Database, connections: Mapping[str, ConnectionSettings], wake: Callable[[], None]) -> None:
        self._database = database
        self._connections = connections
        self._wake = wake

    async def point(self, read: Callable[[Tx], T]) -> T:
        return await self._database.point(read)

    async def read(self, read: Callable[[Tx], T]) -> T:
        return await self._database.read(read)

    def steps(self, step: Callable[[Tx], T | None]) -> AsyncGenerator[T, None]:
        return self._database.steps(step)

    async def change(self, caller: Caller, verb: Callable[[Tx], tuple[T, Change | None]]) -> T:
        """Directory rows, marks and audit in one transaction; returns after its commit."""
        ids, settings = Ids.new(), self._connections.get(caller.connection)
        instance = settings.clerk_instance if settings is not None else "main"
        speaks = partial(speaks_for, self._connections, caller.connection)

        def work(tx: Tx) -> tuple[T, bool]:
            result, change = verb(tx)
            if change is not None:
                told = _told(change, settings)
                if told.kind == "user.created" and settings is not None and settings.sign_in.jit == "create":
                    # who may sign in for the first time this moment
                    recognised.alone(tx, _stranger(caller.connection, told))
                record(tx, caller, instance, told, ids, speaks)
            return result, change is not None

        result, changed = await self._database.write(work)
        if changed:
            self._wake()
        return result


def _told(change: Change, settings: ConnectionSettings | None) -> Change:
    """The account is called what the expressions of its connection make of the user."""
    if change.user is None or settings is None:
        return change
    told = identity.told(change.user.resource, settings)
    return replace(change, user=replace(change.user, email=told.email, display=told.display))


def _stranger(connection: str, change: Change) -> Stranger:
    """The new user, as a sign-in knows them."""
    user = change.user
    assert user is not None
    return Stranger(connection, user.external_id, None, (user.user_name,), Told(user.email, user.display), speaks=False)


def record(tx: Tx, caller: Caller, instance: str, change: Change, ids: Ids, speaks: Callable[[str], bool]) -> None:
    """Everything that one directory change means for the people behind it. `speaks`: for which addresses?"""
    person = _of_user(tx, caller, instance, change, ids, speaks) if change.kind.startswith("user.") else None
    _of_members(tx, caller, change, ids)
    _of_groups(tx, caller, change, ids)
    events.record(tx, _event(caller, change, person))


def _of_user(tx: Tx, caller: Caller, instance: str, change: Change, ids: Ids, speaks: Callable[[str], bool]) -> int | None:
    connection, now = caller.connection, change.at
    before = accounts.of_subject(tx, connection, change.id) if change.kind != "user.created" else None
    if change.kind == "user.deleted":
        person = accounts.end(tx, connection, change.id, now=now)
        _mark(tx, person, now, "deleted in the directory", Priority.SIGN_OUT)
        conflicts.freed(tx, before, None, now=now)
        return person
    assert change.user is not None
    if change.kind == "user.created":
        return _created(tx, caller, instance, change, ids, speaks)
    person = accounts.change(tx, connection, change.user, now=now)
    if change.was_active is False:
        _let_in(tx, person, change)
    deactivated = bool(change.was_active) and not change.user.active
    cause = "deactivated in the directory" if deactivated else "changed in the directory"
    _mark(tx, person, now, cause, Priority.SIGN_OUT if deactivated else Priority.NORMAL)
    conflicts.freed(tx, before, _address(change.user), now=now)
    return person


def _created(tx: Tx, caller: Caller, instance: str, change: Change, ids: Ids, speaks: Callable[[str], bool]) -> int:
    assert change.user is not None
    may_speak = change.user.email is not None and speaks(change.user.email)
    former = accounts.find_former(tx, caller.connection, change.user, may_speak=may_speak)
    if former is not None:
        accounts.adopt(tx, former, change.user, now=change.at)
        conflicts.freed(tx, former, _address(change.user), now=change.at)
        person = former.person
        _let_in(tx, person, change)
    else:
        person = persons.new(tx, instance, ids.person, now=change.at)
        accounts.add(tx, caller.connection, change.user, person, now=change.at)
    _mark(tx, person, change.at, "created in the directory", Priority.NORMAL)
    return person


def _address(user: UserFacts) -> str | None:
    """The one that the account has: of an active one only."""
    return user.email if user.active else None


def _let_in(tx: Tx, person: int | None, change: Change) -> None:
    """Who is active again may sign in; so when they leave again, however soon, their sessions are to be ended again."""
    if person is not None and change.user is not None and change.user.active:
        persons.set_signed_out(tx, person, None)


def _of_members(tx: Tx, caller: Caller, change: Change, ids: Ids) -> None:
    if not change.users:
        return
    people = accounts.people_of(tx, caller.connection, change.users)
    batch = ids.batch if len(people) > 1 else None
    cause = f"membership of {change.name or change.id}"
    if batch is not None:
        scopes.open_batch(tx, batch, caller.connection, cause, len(people), now=change.at)
    marks.mark(tx, people, now=change.at, cause=cause, batch=batch)


def _of_groups(tx: Tx, caller: Caller, change: Change, ids: Ids) -> None:
    for group in sorted(change.groups):  # in one order, so that two changes never wait for each other
        cause = f"group {change.name or group} {'deleted' if change.kind == 'group.deleted' else 'changed'}"
        scopes.open_batch(tx, ids.batch, caller.connection, cause, 0, now=change.at)
        scopes.mark(tx, "group", caller.connection, group, now=change.at, cause=cause, batch=ids.batch)


def _mark(tx: Tx, person: int | None, now: int, cause: str, priority: Priority) -> None:
    if person is not None:
        marks.mark(tx, [person], now=now, cause=cause, priority=priority)


def _event(caller: Caller, change: Change, person: int | None) -> Event:
    facts: dict[str, object] = {}
    if change.name:
        facts["name"] = change.name
    if change.user is not None:
        facts |= {"user_name": change.user.user_name, "email": change.user.email, "active": change.user.active}
    if change.fields:
        facts["fields"] = list(change.fields)
    if change.users or change.gained:
        gained = set(change.gained)
        lost = [user for user in change.users if user not in gained]
        facts |= {"members": len(gained) + len(lost), "gained": list(change.gained[:NAMED_MEMBERS])}
        facts["lost"] = lost[:NAMED_MEMBERS]
    return Event(
        caller.connection,
        change.at,
        caller.actor,
        change.kind,
        person=person,
        subject=change.id,
        request_id=caller.request_id,
        facts=facts,
    )
