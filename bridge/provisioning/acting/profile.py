"""Address, names and locale of somebody's Clerk user follow the directory (rule R5).

The address follows on every user that is linked; names and locale only on users that we made.
"""

from dataclasses import dataclass

from bridge.clerk import users
from bridge.people import persons
from bridge.people.identity import full_name, language
from bridge.provisioning.acting.address import move
from bridge.provisioning.acting.refused import Refusals
from bridge.provisioning.acting.run import Run
from bridge.provisioning.situation import Situation
from scim.keys import fold


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


async def follow_profile(run: Run, clerk_user: str, refused: Refusals) -> None:
    """A new address first; what Clerk refuses of either keeps nothing else back."""
    person, wanted = run.situation.person, profile(run.situation)
    if wanted.email is not None and person.email is not None:
        with refused.kept():
            await move(run, clerk_user, person.email, wanted.email)
    if wanted.names is not None or wanted.locale is not None:
        with refused.kept():
            await _describe(run, clerk_user, wanted)


async def _describe(run: Run, clerk_user: str, wanted: Profile) -> None:
    """Names and locale in one call."""
    person, names, locale = run.situation.person, wanted.names, wanted.locale
    await users.update(run.tools.clerk, clerk_user, names=names, locale=locale, lane=run.lane)
    facts = {"first_name": names[0], "last_name": names[1]} if names else {}
    event = run.event("clerk.user_described", facts | ({"locale": locale} if locale else {}))
    names_now, locale_now = names or person.names, locale or person.locale
    await run.record(lambda tx: persons.set_profile(tx, run.person, names_now, locale_now), event=event)
