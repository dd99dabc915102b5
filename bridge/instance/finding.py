"""What a check found, and what a check is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bridge.instance.look import Look


class Verdict(StrEnum):
    """How it stands. `BY_HAND`: the Backend API doesn't show it. `UNSEEN`: it should, and didn't."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"
    UNSEEN = "unseen"
    BY_HAND = "by hand"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence about this instance; `hint` is what to do, or where in Clerk's dashboard to look."""

    verdict: Verdict
    sentence: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """`judge` is PURE: a look -> one finding or several. `page` explains it, with an anchor."""

    name: str
    page: str
    judge: Callable[[Look], Iterable[Finding]]


def ok(sentence: str) -> Finding:
    return Finding(Verdict.OK, sentence)


def warning(sentence: str, hint: str) -> Finding:
    return Finding(Verdict.WARNING, sentence, hint)


def problem(sentence: str, hint: str) -> Finding:
    return Finding(Verdict.PROBLEM, sentence, hint)


def by_hand(sentence: str, where: str) -> Finding:
    return Finding(Verdict.BY_HAND, sentence, where)


def some(names: Iterable[str], most: int = 3) -> str:
    """``a, b, c and 4 more``."""
    every = list(names)
    rest = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + rest
