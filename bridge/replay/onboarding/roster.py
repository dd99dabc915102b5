"""Who may sign in once the onboarding was played: the cast, each in the group where the acts leave them."""

from dataclasses import dataclass

from bridge.replay.onboarding import entra, okta
from bridge.replay.onboarding.cast import ENTRA, LEAVER, MOVER, OKTA, PLATFORM, Group, Person


@dataclass(frozen=True, slots=True)
class Entry:
    """`id`: as the IdP pushed it. `left`: their account was deactivated."""

    person: Person
    group: Group
    id: str
    left: bool = False


def roster(connection: str) -> tuple[Entry, ...]:
    """Those of an example connection; nobody for any other."""
    if connection == "example-okta":
        return tuple(Entry(one, _group(one, group), okta.user_id(one), one is LEAVER) for group, one in _all(OKTA))
    if connection == "example-entra":
        return tuple(Entry(one, group, entra.object_id(one)) for group, one in _all(ENTRA))
    return ()


def _all(groups: tuple[Group, ...]) -> list[tuple[Group, Person]]:
    return [(group, person) for group in groups for person in group.people]


def _group(person: Person, pushed: Group) -> Group:
    return PLATFORM if person is MOVER else pushed
