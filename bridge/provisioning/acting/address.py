"""Somebody's address became another one: the new one is added, verified and primary, then the old one goes (rule R5).

Clerk lets an address belong to one user only, and no user be without one. So somebody whose new address is still another
person's waits for that one to move; two who swap would wait forever, so one of them gives way to an address that nobody has.
"""

import uuid

import structlog

from bridge.clerk import users
from bridge.clerk.errors import ClerkError, IdentifierTaken, Missing, NotNow
from bridge.clerk.users import User
from bridge.dirty import persons as marks
from bridge.people import accounts, persons
from bridge.people.domains import domain_of, speaks_for
from bridge.people.persons import Doubt, Person
from bridge.provisioning.acting.refused import Waits
from bridge.provisioning.acting.run import Run
from scim.keys import fold
from scim.ports import Tx

_LONGEST_RING = 20  # people who wait for each other's addresses
log = structlog.get_logger()


async def move(run: Run, clerk_user: str, old: str, new: str) -> None:
    """One look, then what is missing: it may have happened in part, with its answer lost."""
    user = await users.get(run.tools.clerk, clerk_user, lane=run.lane)
    if user is None:
        raise Missing("resource_not_found", "The Clerk user is gone.", status=404)
    try:
        await _make_primary(run, user, new)
    except IdentifierTaken as taken:
        await _wait_for_holder(run, user, old, new, taken)
    await _replaced(run, user, old, new, "clerk.address_changed")


async def _make_primary(run: Run, user: User, email: str) -> None:
    present = user.address(email)
    if present is None:
        await users.add_address(run.tools.clerk, user.id, email, lane=run.lane)
    elif not present.verified or fold(user.primary or "") != fold(email):
        await users.make_primary(run.tools.clerk, present.id, lane=run.lane)


async def _replaced(run: Run, user: User, old: str, new: str, action: str) -> None:
    """The old one goes if it is of a domain that the connection speaks for; whoever waits for it is due."""
    kept = await _drop(run, user, old)
    now = run.tools.clock()

    def work(tx: Tx) -> None:
        persons.set_email(tx, run.person, new)
        persons.set_conflict(tx, run.person, None)
        if kept is None:
            marks.mark(tx, _who_wants(tx, run, old), now=now, cause=f"{old} is free")

    facts = {"from": old, "to": new} | ({"kept": kept} if kept else {})
    await run.record(work, event=run.event(action, facts))


async def _drop(run: Run, user: User, old: str) -> str | None:
    """Why it stays; None: it is gone. Clerk keeps an address that a connected account stands on."""
    present, connection = user.address(old), run.connection
    if present is None:
        return None
    if not speaks_for(run.tools.settings.connections, connection, old):
        return f"{connection} does not speak for its domain"
    try:
        await users.drop_address(run.tools.clerk, present.id, lane=run.lane)
    except NotNow:
        raise
    except ClerkError as error:
        log.warning("an old address stays", clerk_user=user.id, code=error.code, trace=error.trace)
        return error.sentence
    return None


async def _wait_for_holder(run: Run, user: User, old: str, new: str, taken: IdentifierTaken) -> None:
    """Waits if another person of ours is to give the address up; else it is somebody else's, for a human to clear up."""
    holder = next((one for one in await users.by_addresses(run.tools.clerk, [new], lane=run.lane) if one.address(new)), None)
    found = await run.tools.database.read(lambda tx: _leaving(tx, run, holder.id, new)) if holder is not None else None
    if found is None:
        sentence = f"{new} belongs to another Clerk user, so {old} stays the address there."
        doubt = Doubt(sentence, new, holder.id if holder is not None else None)
        if run.situation.person.conflict != doubt:
            event = run.event("clerk.address_refused", {"email": new, "clerk_user": doubt.clerk_user})
            await run.record(lambda tx: persons.set_conflict(tx, run.person, doubt), event=event)
        raise IdentifierTaken(taken.code, sentence, status=taken.status, trace=taken.trace) from taken
    if run.person < found.pk and await run.tools.database.read(lambda tx: _in_a_ring(tx, run, old, found)):
        aside = f"{uuid.uuid4().hex[:16]}.moving@{domain_of(old)}"
        await _make_primary(run, user, aside)
        await _replaced(run, user, old, aside, "clerk.address_set_aside")
    if found.wanted == found.applied:  # else they are due anyway; who wait for each other would keep each other awake
        now, cause = run.tools.clock(), f"{run.situation.person.id} is to have the address"
        await run.record(lambda tx: marks.mark(tx, [found.pk], now=now, cause=cause))
    raise Waits("address_waits", f"{new} is still another person's, who is to have another one.") from taken


def _leaving(tx: Tx, run: Run, clerk_user: str, email: str) -> Person | None:
    """The person of ours behind this user, if every account of theirs has another address by now."""
    person = persons.by_clerk_user(tx, run.tools.instance, clerk_user)
    if person is None or person.pk == run.person:
        return None
    live = [one for one in accounts.of_person(tx, person.pk) if one.state == "active"]
    return person if live and all(one.email_key not in {None, fold(email)} for one in live) else None


def _in_a_ring(tx: Tx, run: Run, old: str, holder: Person) -> bool:
    """Does the holder wait for our old address, perhaps through others who wait for each other's?"""
    address: str | None = old
    for _ in range(_LONGEST_RING):
        waiting = _who_wants(tx, run, address) if address is not None else []
        if not waiting or holder.pk in waiting:
            return bool(waiting)
        following = persons.get(tx, waiting[0])
        address = following.email if following is not None else None
    return False


def _who_wants(tx: Tx, run: Run, email: str) -> list[int]:
    """Other persons whose directory says that this is their address."""
    found = {one.person for one in accounts.by_email(tx, email) if one.state == "active"}
    return sorted(found - {run.person})
