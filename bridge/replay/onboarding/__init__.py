"""The first minute: two customers' directories arrive, one person moves between teams, and one leaves.

Acts are played in order, with time for the reconciler between them. Each looks up what it needs, as connectors do, so an
interrupted play may be begun again: what is there already is found and not made twice, and the end is the same.
"""

from dataclasses import dataclass

from bridge.replay.onboarding import entra, okta
from bridge.replay.onboarding.cast import ENTRA, LEAVER, MOVER, OKTA, PLATFORM, PRODUCT, Group
from bridge.replay.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Act:
    """`title` is what a progress bar says; `connection` is whose SCIM endpoint it is played against."""

    title: str
    connection: str
    scenario: Scenario


def onboarding() -> tuple[Act, ...]:
    """Every act, for the example connections of ``config/``."""
    acts = (
        ("example-okta", okta.push(f"Okta pushes {_size(OKTA)} people in {len(OKTA)} groups", OKTA)),
        ("example-entra", entra.push(f"Entra pushes {_size(ENTRA)} people in {len(ENTRA)} groups", ENTRA)),
        ("example-okta", okta.move(f"{MOVER.name} moves between teams", MOVER, PRODUCT, PLATFORM)),
        ("example-okta", okta.deactivation(f"{LEAVER.name} leaves", LEAVER)),
    )
    return tuple(Act(scenario.name, connection, scenario) for connection, scenario in acts)


def _size(groups: tuple[Group, ...]) -> int:
    return sum(len(group.people) for group in groups)
