"""Whose Clerk user is this person? Made with the first grant; found where somebody has the address already (rules R4, R5).

Create first, look up when Clerk says the address is taken: a new person costs one call. Our person id is committed before
Clerk hears of it, so a create whose answer was lost is found again by it.
"""

from bridge.clerk import users
from bridge.clerk.errors import IdentifierTaken
from bridge.clerk.users import User
from bridge.dirty import persons as marks
from bridge.people import accounts, grants, persons
from bridge.people.identity import full_name, language
from bridge.people.persons import Person
from bridge.provisioning.acting.look import look_at_memberships
from bridge.provisioning.acting.run import Run, Stale
from bridge.provisioning.situation import Situation
from scim.keys import fold
from scim.ports import Tx


class Conflict(Exception):
    """Nobody can tell whose the address is. The text is a sentence for people."""


class Merged(Exception):
    """The person was the same human as another one of ours, who is due now; this one is no more."""


async def ensure_user(run: Run) -> str:
    """The Clerk user of this person. Stale: it had memberships, so plan again."""
    person, leading = run.situation.person, run.situation.leading
    if person.clerk_user is not None:
        return person.clerk_user
    assert leading is not None, "a gain needs an account"
    assert leading.identity is not None, "an account that may speak has facts"
    assert leading.identity.email is not None, "an account that may speak has an address"
    email, names, locale = leading.identity.email, full_name(leading.identity), language(leading.identity)
    met = run.tools.newcomers.take(email)
    if met is not None:
        await _link_existing(run, met, email)
        raise Stale
    try:
        user = await users.create(run.tools.clerk, person.id, email, names, locale=locale, lane=run.lane)
    except IdentifierTaken as taken:
        await _link_existing(run, await _find(run, email, taken), email)
        raise Stale from taken
    await _link(run, user, created=True, email=email, names=names, locale=locale)
    return user.id


async def _find(run: Run, email: str, taken: IdentifierTaken) -> User:
    found = [user for user in await users.by_addresses(run.tools.clerk, [email], lane=run.lane) if _has(user, email)]
    user = found[0] if found else await users.by_external_id(run.tools.clerk, run.situation.person.id, lane=run.lane)
    if user is None:
        raise taken
    return user


async def _link_existing(run: Run, user: User, email: str) -> None:
    if user.external_id == run.situation.person.id:
        await _link(run, user, created=True, email=user.primary or email, names=user.names, locale=user.locale)
        return
    if not any(address.verified and fold(address.value) == fold(email) for address in user.addresses):
        raise Conflict(f"A Clerk user has {email}, but never proved to own it.")
    await _join_other(run, user, email)
    await _link(run, user, created=False, email=email)
    if user.external_id is None:
        await users.set_external_id(run.tools.clerk, user.id, run.situation.person.id, lane=run.lane)
    await look_at_memberships(run, user.id)


async def _join_other(run: Run, user: User, email: str) -> None:
    """Another person of ours stands for this Clerk user: the same human in another connection, or two in one."""

    def find(tx: Tx) -> Person | None:
        linked = persons.by_clerk_user(tx, run.tools.instance, user.id)
        return linked or (persons.by_id(tx, user.external_id) if user.external_id else None)

    other = await run.tools.database.point(find)
    if other is None or other.pk == run.person:
        return
    mine = {known.account.connection for known in run.situation.known}
    theirs = await run.tools.database.point(lambda tx: {one.connection for one in accounts.of_person(tx, other.pk)})
    if mine & theirs:
        raise Conflict(f"{email} belongs to another person of {', '.join(sorted(mine & theirs))}.")
    now = run.tools.clock()

    def merge(tx: Tx) -> None:
        accounts.move(tx, run.person, other.pk)
        grants.forget_all(tx, run.person)
        marks.mark(tx, [other.pk], now=now, cause=f"joined with an account of {run.connection}")
        persons.delete(tx, run.person)

    event = run.event("person.joined", {"with": other.id, "clerk_user": user.id, "email": email}, subject=other.id)
    await run.record(merge, event=event)
    raise Merged


async def _link(
    run: Run,
    user: User,
    *,
    created: bool,
    email: str,
    names: tuple[str, str] | None = None,
    locale: str | None = None,
) -> None:
    facts = {"clerk_user": user.id, "email": email, "created": created}
    await run.record(
        lambda tx: persons.link(tx, run.person, user.id, created=created, email=email, names=names, locale=locale),
        event=run.event("clerk.user_created" if created else "clerk.user_linked", facts),
    )
