"""A preview as a value: what a mapping file would do to everybody, counted, with causes and people."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mappings.check import Checked
from mappings.located import Problem

KINDS = ("add", "remove", "raise", "lower")


@dataclass(frozen=True, slots=True)
class Change:
    """One person in one workspace. `state` None: it is done; else what becomes of it, and `why`. `cause`: its place in
    `Preview.causes`."""

    workspace: str
    kind: str
    from_role: str | None
    to_role: str | None
    state: str | None
    why: str | None
    cause: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "kind": self.kind,
            "from": self.from_role,
            "to": self.to_role,
            "state": self.state,
            "why": self.why,
            "cause": self.cause,
        }


@dataclass(frozen=True, slots=True)
class Affected:
    """Somebody whom the file changes something for."""

    id: str
    email: str | None
    changes: tuple[Change, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"id": self.id, "email": self.email, "changes": [change.as_dict() for change in self.changes]}


@dataclass(frozen=True, slots=True)
class Place:
    """One workspace. `counts` by kind; `states`: how many of them are not done, by state, with the first reason of each."""

    workspace: str
    counts: Mapping[str, int]
    unchanged: int
    states: Mapping[str, tuple[int, str]]

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "gains": self.counts.get("add", 0),
            "loses": self.counts.get("remove", 0),
            "raised": self.counts.get("raise", 0),
            "lowered": self.counts.get("lower", 0),
            "unchanged": self.unchanged,
            "states": {state: {"people": people, "why": why} for state, (people, why) in self.states.items()},
        }


@dataclass(frozen=True, slots=True)
class Cause:
    """Why so many people change in one workspace. `line`: of the file, 0 where no line of it says so; `hint`: what the
    directory knows about it."""

    workspace: str
    kind: str
    people: int
    line: int
    text: str
    hint: str | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "kind": self.kind,
            "people": self.people,
            "line": self.line,
            "text": self.text,
            "hint": self.hint,
        }


@dataclass(frozen=True, slots=True)
class Preview:
    """`against`: the version in service, with the moment (epoch ms) since when; None: nothing is.

    `people`: how many the connection has. `calls`: to Clerk at once, `later` after approval of holds; look-ups and ends
    of sessions apart. `anyway`: changes that are due whatever the file says; `averted`: due ones that the file calls off.
    `findings`: what only the directory and Clerk can tell about the file; `notes`: what else a reader must know.
    """

    connection: str
    checked: Checked
    against: tuple[int, int] | None
    people: int
    places: tuple[Place, ...]
    causes: tuple[Cause, ...]
    affected: tuple[Affected, ...]
    calls: int
    later: int
    anyway: int
    averted: int
    findings: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def head(self) -> dict[str, Any]:
        """Everything but the people, who may be many."""
        return {
            "connection": self.connection,
            "file": self.checked.file,
            "against": {"version": self.against[0], "since": self.against[1]} if self.against else None,
            "people": self.people,
            "changed": len(self.affected),
            "unchanged": self.people - len(self.affected),
            "clerk_calls": {"now": self.calls, "after_approval": self.later},
            "due_anyway": self.anyway,
            "averted": self.averted,
            "workspaces": [place.as_dict() for place in self.places],
            "causes": [cause.as_dict() for cause in self.causes],
            "problems": [problem.as_dict() for problem in (*self.checked.problems, *self.findings)],
            "notes": list(self.notes),
        }

    def by_cause(self) -> list[list[tuple[Affected, Change]]]:
        """Who changes for each cause, in the order of `causes`."""
        found: list[list[tuple[Affected, Change]]] = [[] for _ in self.causes]
        for one in self.affected:
            for change in one.changes:
                found[change.cause].append((one, change))
        return found
