"""A short table on the terminal, and a verdict that becomes the exit code."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """Bars that were missed and laws that were broken, in the order they were found."""

    problems: list[str] = field(default_factory=list)

    def must(self, holds: bool, sentence: str) -> bool:
        """Note `sentence` unless it holds; says whether it does."""
        if not holds:
            self.problems.append(sentence)
        return holds

    def end(self, well: str) -> int:
        """Print the verdict; returns the exit code."""
        for problem in self.problems[:20]:
            print(f"MISSED  {problem}")
        if len(self.problems) > 20:
            print(f"        and {len(self.problems) - 20} more")
        if not self.problems:
            print(f"ok      {well}")
        return 1 if self.problems else 0


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns, the first to the left, the others to the right."""
    texts = [tuple(head), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(row[place]) for row in texts) for place in range(len(head))]
    for row in texts:
        first, *rest = (
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join((first, *rest)).rstrip())
    print(flush=True)


def say(sentence: str) -> None:
    """Progress, on a terminal's error stream so that a piped table stays a table."""
    print(sentence, file=sys.stderr, flush=True)
