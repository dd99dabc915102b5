"""The causes of a preview: all who change for one reason are counted together, with what the directory knows about it."""

import difflib
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from bridge.answers.preview.value import Cause
from bridge.settings import ConnectionSettings
from mappings.compare import Reason
from scim.keys import fold
from scim.ports import Tx
from scim.sql import texts, within
from scim.tables import scim_group

_THERE = select(scim_group.c.display_key).where(
    scim_group.c.connection == bindparam("connection"),
    within(scim_group.c.display_key, texts("keys")),
    scim_group.c.deleted.is_(None),
)
_MOST = 3  # groups that a hint names


@dataclass
class _Counted:
    """`shared`: the groups that all of them are in, of a cause that is about a group; None: nobody was asked yet."""

    workspace: str
    kind: str
    reason: Reason
    people: int = 0
    shared: frozenset[str] | None = None


class Causes:
    """Numbered in the order they were met."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, str, int, str], int] = {}
        self._counted: list[_Counted] = []

    def of(self, workspace: str, kind: str, reason: Reason, groups: frozenset[str]) -> int:
        """One more person; returns the cause's number. `groups`: those the person is in."""
        key = workspace, kind, reason.line, reason.text
        number = self._numbers.setdefault(key, len(self._counted))
        if number == len(self._counted):
            self._counted.append(_Counted(workspace, kind, reason))
        one = self._counted[number]
        one.people += 1
        if reason.asks:
            one.shared = groups if one.shared is None else one.shared & groups
        return number

    def named(self, tx: Tx, connection: ConnectionSettings) -> tuple[Cause, ...]:
        """By number, each with what the directory knows about the groups that it is about; nothing, if groups come with
        sign-ins: nobody knows what the next one brings."""
        there = {fold(name) for one in self._counted for name in one.reason.asks}
        if connection.sign_in.groups_from == "directory":
            there = {row["display_key"] for row in tx.all(_THERE, connection=connection.name, keys=sorted(there))}
        return tuple(
            Cause(one.workspace, one.kind, one.people, one.reason.line, one.reason.text, _hint(one, there))
            for one in self._counted
        )


def _hint(one: _Counted, there: set[str]) -> str | None:
    """A group that the directory doesn't have, and what all these people are in instead: most likely its new name."""
    missing = [name for name in one.reason.asks if fold(name) not in there]
    if not missing:
        return None
    told = f"the directory has no group {missing[0]}"
    shared = sorted(one.shared or ())
    near = difflib.get_close_matches(missing[0], shared, 1, 0.5)
    if near:
        return f"{told}; all of them are in {near[0]}"
    if 0 < len(shared) <= _MOST:
        return f"{told}; all of them are in {', '.join(shared)}"
    return told
