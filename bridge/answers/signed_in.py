"""Where somebody is signed in: each live session at Clerk with its device, whether it came through us, and its end."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bridge.answers import names
from bridge.clerk import sessions
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.sessions import Session
from bridge.errors import BridgeError
from bridge.people import grants, persons, tickets, workspaces
from bridge.people.persons import Person
from bridge.provisioning.sessions import limits
from bridge.provisioning.sessions.watch import Limits, Seen, cap_of
from bridge.settings import Settings
from bridge.store.database import Database
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class SignedIn:
    """`workspace`: an alias, or an organization's id that is none of ours. `through`: the connection by whose ticket it
    began, "" if it did not come through us, None if it is too old to tell. `ends`: epoch ms; `ends_by`: max_age, idle, idp,
    logout (it is being ended) or clerk."""

    session: Session
    workspace: str | None
    through: str | None
    ends: int
    ends_by: str

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.session.id,
            "status": self.session.status,
            "device": asdict(self.session.device),
            "since": self.session.created,
            "last_seen": self.session.active,
            "workspace": self.workspace,
            "through_us": None if self.through is None else bool(self.through),
            "connection": self.through or None,
            "ends": self.ends,
            "ends_by": self.ends_by,
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """What our rows say beside Clerk's answer."""

    person: Person
    limits: Limits
    aliases: Mapping[str, str]


async def signed_in(database: Database, settings: Settings, api: Api, pk: int, *, now: int) -> tuple[Person, list[SignedIn]]:
    """The person and their live sessions, newest first. ClerkError where Clerk can't be had."""
    known = await database.read(lambda tx: _known(tx, settings, pk))
    if known.person.clerk_user is None:
        hint = "`inferpipe-bridge explain PERSON` says what they would get, and why not yet."
        raise BridgeError("person_not_at_clerk", "Nothing was given to this person yet: they have no Clerk user.", hint=hint)
    live = await sessions.live(api, known.person.clerk_user, lane=Lane.NORMAL)
    return known.person, await database.read(lambda tx: [_described(tx, one, known, now) for one in live])


def _known(tx: Tx, settings: Settings, pk: int) -> _Known:
    person = persons.get(tx, pk)
    assert person is not None, "whoever was found is there"
    rows, places = grants.of_person(tx, pk), workspaces.all_of(tx, person.instance)
    speaking = sorted({name for row in rows for name in row.connections})
    called = names.aliases(settings, places, speaking)
    aliases = {place.organization: called[pk] for pk, place in places.items() if place.organization}
    return _Known(person, limits.of_person(tx, settings.connections, pk), aliases)


def _described(tx: Tx, one: Session, known: _Known, now: int) -> SignedIn:
    rule, where = known.limits, one.organization
    ends = [(one.expires, "clerk")]
    ends += [(one.created + rule.max_age.ms, "max_age")] if rule.max_age else []
    ends += [(one.active + rule.idle.ms, "idle")] if rule.idle else []
    cap = cap_of(Seen(one.id, one.created, one.active, one.expires), rule)
    ends += [(cap.at, cap.why)] if cap else []
    at, by = min(ends)
    through = tickets.opened_by(tx, known.person.pk, one.created)
    if through is None and one.created > now - tickets.KEPT_MS:
        through = ""
    return SignedIn(one, known.aliases.get(where, where) if where else None, through, at, by)
