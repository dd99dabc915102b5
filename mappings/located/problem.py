"""One thing wrong with a file, as people read it: the place, a sentence, the line with a caret, a hint, a page."""

import difflib
import re
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` and `column` count from 1. `source`: that line as written; `hint`: what to do; `see`: where docs explain it."""

    file: str
    line: int
    column: int
    message: str
    hint: str | None = None
    severity: Severity = "error"
    source: str | None = None
    see: str | None = None

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}:{self.column}: {'warning: ' if self.severity == 'warning' else ''}{self.message}"
        lines = [head]
        if self.source is not None:
            lines += [f"    {self.source}", f"    {_indent(self.source[: self.column - 1])}^"]
        if self.hint:
            lines.append(f"    hint: {self.hint}")
        if self.see:
            lines.append(f"    see: {self.see}")
        return "\n".join(lines)

    def as_dict(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": self.severity,
            "message": self.message,
            "hint": self.hint,
            "see": self.see,
        }


def did_you_mean(word: str, known: list[str]) -> str | None:
    """A hint that names the nearest known word, else all of them when they are few."""
    near = difflib.get_close_matches(word, known, 1, 0.6)
    if near:
        return f"did you mean {near[0]}?"
    return f"write one of: {', '.join(known)}" if 0 < len(known) <= 25 else None


def shown(value: Any) -> str:
    """A value as a file would write it; of long text the beginning."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a map"
    text = str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def flow(value: Any) -> str:
    """A value of lists and maps on one line of YAML."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    text = shown(value)
    plain = not isinstance(value, str) or re.fullmatch(r"[A-Za-z0-9][^{}\[\],:#*]*", text)
    return text if plain else f'"{text}"'


def _indent(before: str) -> str:
    """Blank space as wide as the text before the caret; tabs stay tabs."""
    return "".join("\t" if character == "\t" else " " for character in before)
