"""Our own scenarios: files in ``scenarios/PROVIDER/``, written from the sources that their steps name, installed with us."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import BridgeError
from bridge.replay.scenario import Scenario, load

FOLDER = Path(__file__).parent / "scenarios"
PROVIDERS = ("entra", "okta", "google", "authentik", "generic")


@dataclass(frozen=True, slots=True)
class Shelved:
    """`name` is PROVIDER/FILE without its ending."""

    name: str
    scenario: Scenario


def scenarios(providers: Collection[str] = PROVIDERS, only: Collection[str] = ()) -> tuple[Shelved, ...]:
    """Those of some providers; `only`: of these names, in full or without the provider."""
    shelf = [
        Shelved(f"{provider}/{path.stem}", load(path))
        for provider in PROVIDERS
        if provider in providers
        for path in sorted((FOLDER / provider).glob("*.json"))
    ]
    for word in only:
        if not any(_called(one, word) for one in shelf):
            known = ", ".join(one.name for one in shelf)
            raise BridgeError("scenario_unknown", f"There is no scenario {word}.", hint=f"There are: {known}.")
    return tuple(one for one in shelf if not only or any(_called(one, word) for word in only))


def _called(one: Shelved, word: str) -> bool:
    return word in {one.name, one.name.partition("/")[2]}
