"""PURE: whether the file that is there may come into service, and what is said of one that doesn't.

A content has its turn once. One that had it (taken, or rolled back from) is left alone; the text of an older version has
another turn only when the file was changed to it: a `git revert` is a change, another machine's old checkout is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from mappings.located import Problem

Kind = Literal["refused", "waiting", "older", "gone"]
Result = Literal["settled", "refused", "waiting", "older", "gone", "taken"]
KEPT = 50  # problems of a refused file that are kept for `status`


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why a file is not in service. `at`: since when it is said, epoch ms; `version`: whose text an older file has.

    `problems` are located: file, line, column, message, hint, and `text` as `check` prints it; `more` counts those that
    are not kept.
    """

    kind: Kind
    file: str
    digest: str
    at: int
    problems: Sequence[Mapping[str, Any]] = ()
    more: int = 0
    version: int | None = None

    @property
    def sentence(self) -> str:
        """The first problem as `check` prints it; empty if there is none."""
        return str(self.problems[0]["text"]) if self.problems else ""

    def same(self, other: "Verdict | None") -> bool:
        """The same is said of the same content already."""
        mine = (self.kind, self.file, self.digest, list(self.problems))
        return other is not None and mine == (other.kind, other.file, other.digest, list(other.problems))

    def as_dict(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "file": self.file,
            "digest": self.digest,
            "at": self.at,
            "problems": [dict(problem) for problem in self.problems],
            "more": self.more,
            "version": self.version,
        }

    def as_text(self) -> str:
        return orjson.dumps(self.as_dict()).decode()

    @staticmethod
    def of_text(text: str) -> "Verdict":
        return Verdict(**orjson.loads(text))


def located(problem: Problem) -> dict[str, Any]:
    """A problem as a verdict keeps it."""
    return {**problem.as_dict(), "text": str(problem)}


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known when a file is looked at.

    `digest` is of its content, `ok`: it may be taken; `settled`: the content that had its turn; `serving`: the content
    in service; `version`: the last one with this content; `changed`: the file was changed to it; `waits`: it waits now.
    """

    digest: str
    ok: bool
    settled: str | None
    serving: str | None
    version: int | None
    changed: bool
    waits: bool
    by_hand: bool


def judge(looked: Looked) -> Result:
    """What becomes of the file."""
    if looked.digest in {looked.settled, looked.serving}:
        return "settled"
    if not looked.ok:
        return "refused"
    if looked.version is not None and not looked.changed and not looked.waits:
        return "older"
    return "waiting" if looked.by_hand else "taken"
