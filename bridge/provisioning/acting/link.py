"""Whose Clerk user is this person? Made with the first grant; found where somebody has the address already (rules R4, R5).

Create first, look up when Clerk says the address is taken: a new person costs one call. Our person id is committed before
Clerk hears of it, so a create whose answer was lost is found again by it.
"""

import structlog

from bridge.audit import events
from bridge.clerk import users
from bridge.clerk.errors import ClerkError, IdentifierTaken, NotNow, Outage, Unknown
from bridge.clerk.users import User
from bridge.dirty import persons as marks
from bridge.people import accounts, grants, persons, workspaces
from bridge.people.identity import full_name, language
from bridge.people.persons import Doubt, Person
from bridge.provisioning.acting.look import look_at_memberships
from bridge.provisioning.acting.run import Run, Stale
from scim.ports import Tx

log = structlog.get_logger()


class Conflict(Exception):
    """Nobody can tell whose the address is: `doubt` stands until a human says."""

    def __init__(self, doubt: Doubt) -> None:
        super().__init__(doubt.sentence)
        self.doubt = doubt


class Merged(Exception):
    """The person was the same human as another one of ours, who is due now; this one is no more."""


async def ensure_user(run: Run) -> str:
    """The Clerk user of this person. Stale: it was there before, perhaps with memberships, so plan again."""
    person, leading = run.situation.person, run.situation.leading
    if person.clerk_user is not None:
        return person.clerk_user
    assert leading is not None, "a gain needs an account"
    assert leading.identity is not None, "an account that may speak has facts"
    assert leading.identity.email is not None, "an account that may speak has an address"
    email, names, locale = leading.identity.email, full_name(leading.identity), language(leading.identity)
    met = await _met(run, email)
    if met is not None:
        await _link_existing(run, met, email)
        raise Stale
    try:
        user = await users.create(run.tools.clerk, person.id, email, names, locale=locale, lane=run.lane)
    except IdentifierTaken as taken:
        await _link_existing(run, await _find(run, email, taken), email)
        raise Stale from taken
    await link(run, user, created=True, email=email, names=names, locale=locale)
    return user.id


async def _met(run: Run, email: str) -> User | None:
    """Whom the look-up of many found. A person of ours may have given the address up since, so of them it is asked again."""
    met = run.tools.newcomers.take(email)
    if met is None or await run.tools.database.point(lambda tx: person_of(tx, run.tools.instance, met)) is None:
        return met
    fresh = await users.get(run.tools.clerk, met.id, lane=run.lane)
    return fresh if fresh is not None and fresh.address(email) is not None else None


async def _find(run: Run, email: str, taken: IdentifierTaken) -> User:
    found = [user for user in await users.by_addresses(run.tools.clerk, [email], lane=run.lane) if user.address(email)]
    user = found[0] if found else await users.by_external_id(run.tools.clerk, run.situation.person.id, lane=run.lane)
    if user is None:
        raise taken
    return user


async def _link_existing(run: Run, user: User, email: str) -> None:
    """An earlier create of ours, or somebody who was there before us."""
    if user.external_id == run.situation.person.id:
        await link(run, user, created=True, email=user.primary or email, names=user.names, locale=user.locale)
        return
    await _prove(run, user, email)
    await _join_other(run, user, email)
    await link(run, user, created=False, email=email)
    try:
        await look_at_memberships(run, user.id)
    except Outage as error:  # nothing may be planned before it is known what was there before us: the next claim looks first
        raise Unknown(error.code, error.sentence, status=error.status, trace=error.trace) from error
    if user.external_id is None:
        await _leave_our_id(run, user)


async def _prove(run: Run, user: User, email: str) -> None:
    """An address that its user never proved to own may be a trap; a human may vouch for it."""
    address = user.address(email)
    if address is not None and not address.verified:
        if run.situation.person.accepted != user.id:
            raise Conflict(Doubt(f"A Clerk user has {email}, but never proved to own it.", email, user.id))
        await users.verify_address(run.tools.clerk, address.id, lane=run.lane)


async def _leave_our_id(run: Run, user: User) -> None:
    """Linked they are in any case, in our own rows: a user whom Clerk's directory sync manages may keep it from us."""
    try:
        await users.set_external_id(run.tools.clerk, user.id, run.situation.person.id, lane=run.lane)
    except NotNow:
        raise
    except ClerkError as error:
        log.warning("a user keeps our id out", clerk_user=user.id, code=error.code, trace=error.trace)


async def _join_other(run: Run, user: User, email: str) -> None:
    """Another person of ours stands for this Clerk user: the same human in another connection, or two in one."""
    other = await run.tools.database.point(lambda tx: person_of(tx, run.tools.instance, user))
    if other is None or other.pk == run.person:
        return
    mine = {known.account.connection for known in run.situation.known}
    theirs = await run.tools.database.point(lambda tx: {one.connection for one in accounts.of_person(tx, other.pk)})
    if mine & theirs and run.situation.person.accepted != user.id:
        sentence = f"{email} belongs to another person of {', '.join(sorted(mine & theirs))}."
        raise Conflict(Doubt(sentence, email, user.id))
    now = run.tools.clock()

    def merge(tx: Tx) -> None:
        accounts.move(tx, run.person, other.pk)
        grants.forget_all(tx, run.person)
        marks.mark(tx, [other.pk], now=now, cause=f"joined with an account of {run.connection}")
        persons.delete(tx, run.person)

    event = run.event("person.joined", {"with": other.id, "clerk_user": user.id, "email": email}, subject=other.id)
    await run.record(merge, event=event)
    raise Merged


def person_of(tx: Tx, instance: str, user: User) -> Person | None:
    """The person of ours that stands for a Clerk user: linked, or about to be."""
    linked = persons.by_clerk_user(tx, instance, user.id)
    return linked or (persons.by_id(tx, user.external_id) if user.external_id else None)


async def link(
    run: Run,
    user: User,
    *,
    created: bool,
    email: str,
    names: tuple[str, str] | None = None,
    locale: str | None = None,
) -> None:
    """Remember whose user this is. Stale: another person of ours, the same human elsewhere, was linked to it just now.

    A user who was there before us has nothing from us: what was planned is forgotten, and planned again by what is there;
    also in a workspace in which nobody of ours has been yet, so that each has a row to be told in.
    """
    facts = {"clerk_user": user.id, "email": email, "created": created}
    event = run.event("clerk.user_created" if created else "clerk.user_linked", facts)

    def work(tx: Tx) -> bool:
        other = persons.by_clerk_user(tx, run.tools.instance, user.id)
        if other is not None and other.pk != run.person:
            return False
        persons.link(tx, run.person, user.id, created=created, email=email, names=names, locale=locale)
        if not created:
            grants.forget_all(tx, run.person)
            workspaces.ensure(tx, run.tools.instance, run.situation.listed)
        events.record(tx, event)
        return True

    if not await run.decide(work):
        raise Stale
