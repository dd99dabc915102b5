"""One thing wrong with a file, as people read it: the place, a sentence, the line with a caret, a hint."""

import difflib
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` and `column` count from 1. `source`: that line as written; `hint`: what to do about it."""

    file: str
    line: int
    column: int
    message: str
    hint: str | None = None
    severity: Severity = "error"
    source: str | None = None

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}:{self.column}: {'warning: ' if self.severity == 'warning' else ''}{self.message}"
        lines = [head]
        if self.source is not None:
            lines += [f"    {self.source}", f"    {_indent(self.source[: self.column - 1])}^"]
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
        }


def did_you_mean(word: str, known: list[str]) -> str | None:
    """A hint that names the nearest known word, else all of them when they are few."""
    near = difflib.get_close_matches(word, known, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"known here: {', '.join(known)}" if 0 < len(known) <= 25 else None


def _indent(before: str) -> str:
    """Blank space as wide as the text before the caret; tabs stay tabs."""
    return "".join("\t" if character == "\t" else " " for character in before)
