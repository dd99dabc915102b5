"""PURE: one (person, workspace): what is decided, what Clerk has, and the state between the two."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class State(StrEnum):
    """The one vocabulary for explain, status, plan, metrics and pages (design.md §2)."""

    GRANTED = "granted"
    PENDING = "pending"
    HELD = "held"
    RETAINED = "retained"
    LEFT_ALONE = "left_alone"
    BLOCKED = "blocked"
    CONFLICT = "conflict"
    OUTSIDE_DOMAINS = "outside_domains"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Grant:
    """Roles are Clerk role keys. `before`: what was there before us. `ours`: written or adopted by us."""

    workspace: int
    connections: tuple[str, ...]
    decided: str | None
    in_clerk: str | None
    membership: str | None
    ours: bool
    before: str | None
    state: State
    cause: str | None
    because: tuple[Mapping[str, Any], ...]
    ending_at: int | None
    since: int
