"""What Clerk has against what was decided, workspace by workspace, with state and cause in the one vocabulary."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.answers import names
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.people import accounts, persons, workspaces
from bridge.people.accounts import Account
from bridge.people.workspaces import Workspace
from bridge.provisioning.sweep import Difference, Kind, Surveyed, survey
from bridge.provisioning.tools import View
from bridge.settings import Settings
from scim.ports import Tx

_ORDER = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Line:
    """One person in one workspace who is not as decided, or not ours. Roles in our words; `person` None: nobody of ours."""

    kind: Kind
    person: str | None
    clerk_user: str | None
    email: str | None
    display: str | None
    in_clerk: str | None
    decided: str | None
    state: str
    cause: str | None
    drifted: bool

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "person": self.person,
            "clerk_user": self.clerk_user,
            "email": self.email,
            "display": self.display,
            "in_clerk": self.in_clerk,
            "decided": self.decided,
            "state": self.state,
            "cause": self.cause,
            "drifted": self.drifted,
        }


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace. `missing`: its organization is not at Clerk any more. `renamed`: what our files call it, if Clerk calls
    it otherwise. `busy`: people who are being worked on, and so are not compared."""

    workspace: str
    organization: str
    name: str | None
    missing: bool
    renamed: str | None
    members: int
    ours: int
    busy: int
    lines: tuple[Line, ...]

    @property
    def drifted(self) -> int:
        return sum(line.drifted for line in self.lines)

    def count(self, *kinds: Kind) -> int:
        return sum(line.kind in kinds for line in self.lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "organization": self.organization,
            "name": self.name,
            "missing": self.missing,
            "renamed": self.renamed,
            "members": self.members,
            "ours": self.ours,
            "never_linked": self.count(Kind.FOREIGN),
            "busy": self.busy,
            "drifted": self.drifted,
            "differences": [line.as_dict() for line in self.lines],
        }


@dataclass(frozen=True, slots=True)
class Drift:
    """`differences` as they were compared, for whoever repairs them."""

    places: tuple[Place, ...]
    differences: tuple[Difference, ...]

    @property
    def repairable(self) -> int:
        """How many people could be restored."""
        return len({one.known.pk for one in self.differences if one.repairable and one.known})

    @property
    def clean(self) -> bool:
        return not any(place.drifted or place.missing for place in self.places)

    def as_dict(self) -> dict[str, Any]:
        return {
            "drifted": sum(place.drifted for place in self.places),
            "missing": sum(place.missing for place in self.places),
            "repairable": self.repairable,
            "workspaces": [place.as_dict() for place in self.places],
        }


async def drift(view: View, api: Api, given: str | None = None) -> Drift:
    """All workspaces, or those that `given` names."""

    def chosen(tx: Tx) -> Sequence[Workspace]:
        if given is not None:
            return names.named(tx, view.settings, view.instance, given)
        return list(workspaces.all_of(tx, view.instance).values())

    places: list[Place] = []
    differences: list[Difference] = []
    async for one in survey(view, api, await view.database.read(chosen), lane=Lane.NORMAL):
        people = sorted({item.known.pk for item in one.differences if item.known is not None})
        known = await view.database.read(lambda tx, people=people: _people(tx, people))  # type: ignore[misc]
        places.append(_place(view.settings, one, known))
        differences += one.differences
    return Drift(tuple(places), tuple(differences))


def _people(tx: Tx, people: Sequence[int]) -> dict[int, tuple[str, Account | None]]:
    """Our id of each of these persons, and the account that they are shown by: an active one if there is one."""
    shown: dict[int, Account] = {}
    for account in accounts.of_people(tx, people):
        if account.person not in shown or (account.state == "active" and shown[account.person].state != "active"):
            shown[account.person] = account
    return {one.pk: (one.id, shown.get(one.pk)) for one in persons.some(tx, people)}


def _place(settings: Settings, one: Surveyed, known: Mapping[int, tuple[str, Account | None]]) -> Place:
    found = one.organization
    lines = [_line(settings, item, known) for item in one.differences]
    lines.sort(key=lambda line: (_ORDER[line.kind], line.email or ""))
    return Place(
        names.alias(settings, one.workspace),
        one.workspace.organization or "",
        found.name if found else None,
        found is None,
        _called_otherwise(settings, one) if found else None,
        one.members,
        one.ours,
        one.busy,
        tuple(lines),
    )


def _line(settings: Settings, item: Difference, known: Mapping[int, tuple[str, Account | None]]) -> Line:
    id, account = known.get(item.known.pk, (None, None)) if item.known else (None, None)
    return Line(
        item.kind,
        id,
        item.user,
        (account.email if account else None) or item.email or None,
        (account.display if account else None) or item.name or None,
        names.role_word(settings, item.role),
        names.role_word(settings, item.decided),
        str(item.state),
        item.cause,
        item.drifted,
    )


def _called_otherwise(settings: Settings, one: Surveyed) -> str | None:
    """The name that a file makes it by, or the slug that a file finds it by, where Clerk has another one by now."""
    reference, found = one.workspace.reference, one.organization
    assert found is not None
    for connection in settings.connections.values():
        named = workspaces.reference(connection, names.alias(settings, one.workspace, [connection.name]))
        if named is not None and named.key == reference and named.create is not None:
            return named.create if named.create != found.name else None
    return reference if reference not in {found.id, found.slug} else None
