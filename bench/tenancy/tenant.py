"""A tenant as its connector knows it: what was acknowledged, so what must be there."""

import itertools
from dataclasses import dataclass, field


@dataclass
class Tenant:
    """`mark` stands in every text that only it has."""

    name: str
    token: str
    people: dict[str, str] = field(default_factory=dict)  # id -> userName
    teams: dict[str, set[str]] = field(default_factory=dict)  # id -> ids of members that were acknowledged
    ids: set[bytes] = field(default_factory=set)  # every id this connection was ever given
    granted: set[str] = field(default_factory=set)
    contested: dict[str, dict[str, str]] = field(default_factory=dict)  # id -> attribute -> its last acknowledged value
    counted: dict[str, int] = field(default_factory=dict)  # id -> how often it was counted up
    moving: set[tuple[str, str]] = field(default_factory=set)  # (team, member) in a request under way
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)
    requests: int = 0
    writes: int = 0

    @property
    def mark(self) -> str:
        return f"only-{self.name}"
