"""The workspaces that the bridge knows: what stands for them at Clerk, how many people, and why one is blocked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from bridge.answers import names
from bridge.people import workspaces
from bridge.people.workspaces import Workspace
from bridge.settings import Settings
from scim.ports import Tx

_MEMBERS = text(
    """SELECT workspace, count(CASE WHEN in_clerk IS NOT NULL AND ours THEN 1 END) AS ours,
      count(CASE WHEN in_clerk IS NOT NULL AND NOT ours THEN 1 END) AS others,
      count(CASE WHEN state = 'blocked' THEN 1 END) AS waiting
    FROM granted GROUP BY workspace"""
)


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace. `ours` and `others`: people of ours with a membership that we gave or took over, and with one that we
    leave alone; `waiting`: for the block to end. Times in epoch ms."""

    workspace: str
    connections: tuple[str, ...]
    reference: str
    organization: str | None
    ours: int
    others: int
    waiting: int
    blocked: str | None
    sentence: str | None
    next_probe: int | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "connections": list(self.connections),
            "reference": self.reference,
            "organization": self.organization,
            "ours": self.ours,
            "others": self.others,
            "waiting": self.waiting,
            "blocked": {"code": self.blocked, "sentence": self.sentence, "next_probe": self.next_probe}
            if self.blocked
            else None,
        }


def places(tx: Tx, settings: Settings, instance: str) -> list[Place]:
    """Every workspace that was decided or listed for somebody, in the order in which they came."""
    counts = {row["workspace"]: row for row in tx.all(_MEMBERS)}
    return [_place(settings, one, counts.get(one.pk, {})) for one in workspaces.all_of(tx, instance).values()]


def _place(settings: Settings, one: Workspace, counts: Mapping[str, int]) -> Place:
    connections = tuple(name for name in settings.connections if _names(settings, name, one))
    return Place(
        names.alias(settings, one),
        connections,
        one.reference,
        one.organization,
        counts["ours"] if counts else 0,
        counts["others"] if counts else 0,
        counts["waiting"] if counts else 0,
        one.blocked_code,
        one.blocked_sentence,
        one.blocked_until if one.blocked_code is not None else None,
    )


def _names(settings: Settings, connection: str, one: Workspace) -> bool:
    known = settings.connections[connection]
    found = workspaces.reference(known, names.alias(settings, one, [connection]))
    return found is not None and found.key == one.reference
