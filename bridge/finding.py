"""What a doctor's check found, and what a check is: the same words whatever is looked at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

Seen = TypeVar("Seen")


class Verdict(StrEnum):
    """How it stands. `BY_HAND`: nothing that we can ask shows it. `UNSEEN`: it should have been seen, and wasn't."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNSEEN = "unseen"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about what was looked at; `hint` is what to do, or where to look by hand."""

    verdict: Verdict
    sentence: str
    hint: str | None = None


@dataclass(frozen=True)  # without slots: what is made of a generic alias notes it in itself
class Check(Generic[Seen]):
    """`judge` is PURE: what was seen -> one finding or several. `page` explains it, with an anchor."""

    name: str
    page: str
    judge: Callable[[Seen], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Answer:
    """One finding of one check."""

    check: Check[Any]
    finding: Finding

    def as_dict(self) -> dict[str, str | None]:
        found = self.finding
        return {
            "check": self.check.name,
            "verdict": found.verdict,
            "sentence": found.sentence,
            "hint": found.hint,
            "page": self.check.page,
        }


def ok(sentence: str) -> Finding:
    return Finding(Verdict.OK, sentence)


def warning(sentence: str, hint: str) -> Finding:
    return Finding(Verdict.WARNING, sentence, hint)


def problem(sentence: str, hint: str) -> Finding:
    return Finding(Verdict.PROBLEM, sentence, hint)


def unseen(sentence: str, hint: str) -> Finding:
    return Finding(Verdict.UNSEEN, sentence, hint)


def by_hand(sentence: str, where: str) -> Finding:
    return Finding(Verdict.BY_HAND, sentence, where)


def some(names: Iterable[str], most: int = 3) -> str:
    """``a, b, c and 4 more``."""
    every = list(names)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + rest
