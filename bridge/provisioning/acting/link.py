"""Whose Clerk user is this person? Made with the first grant; found where somebody has the address already (rules R4, R5).

Create first, look up when Clerk says the address is taken: a new person costs one call. Our person id is committed before
Clerk hears of it, so a create whose answer was lost is found again by it.
"""

from dataclasses import dataclass

from bridge.clerk import users
from bridge.clerk.errors import IdentifierTaken, Missing
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
    try:
        user = await users.create(run.tools.clerk, person.id, email, names, locale=locale, lane=run.lane)
    except IdentifierTaken as taken:
        await _link_existing(run, email, taken)
        raise Stale from taken
    await _link(run, user, created=True, email=email, names=names, locale=locale)
    return user.id


async def _link_existing(run: Run, email: str, taken: IdentifierTaken) -> None:
    found = [user for user in await users.by_addresses(run.tools.clerk, [email], lane=run.lane) if _has(user, email)]
    user = found[0] if found else await users.by_external_id(run.tools.clerk, run.situation.person.id, lane=run.lane)
    if user is None:
        raise taken
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


@dataclass(frozen=True, slots=True)
class Profile:
    """What Clerk is to hear of a person's address, names and locale; None: what it has is right."""

    email: str | None = None
    names: tuple[str, str] | None = None
    locale: str | None = None

    @property
    def differs(self) -> bool:
        return any(part is not None for part in (self.email, self.names, self.locale))


def profile(situation: Situation) -> Profile:
    """PURE. What is not sent any more stays as it is: nobody loses a name by a gap."""
    person, leading = situation.person, situation.leading
    if leading is None or not leading.speaks or leading.identity is None:
        return Profile()
    email = leading.identity.email
    moved = email is not None and person.email is not None and fold(email) != fold(person.email)
    names, locale = full_name(leading.identity), language(leading.identity)
    renamed = person.created_here and any(names) and names != person.names
    speaks_other = person.created_here and locale and locale != person.locale
    return Profile(email if moved else None, names if renamed else None, locale if speaks_other else None)


async def follow_profile(run: Run, clerk_user: str) -> None:
    """A new address becomes the verified primary one, then the old one goes; the rest changes on users we made (rule R5)."""
    person, wanted = run.situation.person, profile(run.situation)
    if wanted.email is not None and person.email is not None:
        await _move_address(run, clerk_user, person.email, wanted.email)
    if wanted.names is not None or wanted.locale is not None:
        await _describe(run, clerk_user, wanted)


async def _describe(run: Run, clerk_user: str, wanted: Profile) -> None:
    """Names and locale in one call."""
    person, names, locale = run.situation.person, wanted.names, wanted.locale
    await users.update(run.tools.clerk, clerk_user, names=names, locale=locale, lane=run.lane)
    facts = {"first_name": names[0], "last_name": names[1]} if names else {}
    event = run.event("clerk.user_described", facts | ({"locale": locale} if locale else {}))
    names_now, locale_now = names or person.names, locale or person.locale
    await run.record(lambda tx: persons.set_profile(tx, run.person, names_now, locale_now), event=event)


async def _move_address(run: Run, clerk_user: str, old: str, new: str) -> None:
    api, lane = run.tools.clerk, run.lane
    user = await users.get(api, clerk_user, lane=lane)
    if user is None:
        raise Missing("resource_not_found", "The Clerk user is gone.", status=404)
    by_value = {fold(address.value): address for address in user.addresses}
    present = by_value.get(fold(new))
    if present is None:
        try:
            await users.add_address(api, clerk_user, new, lane=lane)
        except IdentifierTaken as error:
            raise Conflict(f"{new} belongs to another Clerk user.") from error
    elif fold(user.primary or "") != fold(new):
        await users.make_primary(api, present.id, lane=lane)
    if fold(old) in by_value:
        await users.drop_address(api, by_value[fold(old)].id, lane=lane)
    event = run.event("clerk.address_changed", {"from": old, "to": new})
    await run.record(lambda tx: persons.set_email(tx, run.person, new), event=event)


def _has(user: User, email: str) -> bool:
    return any(fold(address.value) == fold(email) for address in user.addresses)
