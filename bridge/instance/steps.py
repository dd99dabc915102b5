"""A plan for an instance as data: what each step does and why, and the call it is. Nothing here is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class IdOf:
    """The id behind a key, known once it is made."""

    key: str


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the Backend API; `ids` fill the path."""

    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    ids: Mapping[str, str | IdOf] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """One call, what it does and why. `makes` and `needs` are keys: what it brings, and what must be there before."""

    what: str
    why: str
    call: Call
    makes: str | None = None
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """`by_hand`: what no step can do, with what to do. `left`: what is more than is wanted and stays as it is."""

    steps: tuple[Step, ...]
    by_hand: tuple[str, ...]
    left: tuple[str, ...]
