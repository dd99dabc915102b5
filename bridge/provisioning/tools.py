"""What those who look at people need (`View`), and what those who act on Clerk for them need beside (`Tools`)."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.clerk.api import Api
from bridge.provisioning.newcomers import Newcomers
from bridge.provisioning.sessions.in_hand import InHand
from bridge.rulebook import Rulebook
from bridge.settings import Settings
from bridge.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`clock` gives epoch milliseconds."""

    database: Database
    settings: Settings
    rulebook: Rulebook
    clock: Callable[[], int]
    instance: str = "main"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools(View):
    """`holder` names this process in claims and leases."""

    clerk: Api
    holder: str
    newcomers: Newcomers = field(default_factory=Newcomers)
    sessions: InHand = field(default_factory=InHand)
