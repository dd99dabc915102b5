"""What may be done now for one person: what the plan, the brake and the answers to holds let go."""

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.people.grant import Grant
from bridge.provisioning.plan import Step


@dataclass(frozen=True, slots=True)
class Ruled:
    """What may be done now. `rows` by workspace, as written before the first call; `waits`: some loss is held."""

    steps: Sequence[Step]
    rows: dict[int, Grant]
    waits: bool
