"""docs/cookbook.md read as recipes: files to write and commands with what they print.

A `yaml` block whose first line is a comment with a path is that file, whole; a `console` block holds commands after `$ `,
each with its output. `DOCS=write` in the environment writes what the commands really print into the page.
"""

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "cookbook.md"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a rule that ends in 2027 is no warning then, and would be one afterwards
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (config/\S+\.yaml)\n")
_STEADY = [(re.compile(r"\buser_\w+"), "user_…"), (re.compile(r"\b\d{2}:\d{2}\b"), "09:00")]
_OF_TODAY = [
    (re.compile(r"(\d{1,2} \w{3} \d{4} )?09:00"), "09:00"),
    (re.compile(r"in service since \d{1,2} \w{3}"), "in service since a day"),
    (re.compile(r" {2,}"), "  "),  # columns are as wide as what stands in them
]


@dataclass(frozen=True, slots=True)
class Shown:
    """A command on the page and what the page says it prints."""

    command: str
    output: str

    def __str__(self) -> str:
        return f"$ {self.command}\n{self.output}"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One section. `files`: path in a configuration's folder -> text."""

    title: str
    text: str
    files: dict[str, str]
    shown: tuple[Shown, ...]

    @property
    def connections(self) -> list[str]:
        return [Path(path).stem for path in self.files if "/connections/" in path]

    @property
    def mappings(self) -> list[str]:
        return [path for path in self.files if "/mappings/" in path]

    def write(self, folder: Path) -> None:
        """Its files, as an operator and an admin would write them."""
        for path, text in self.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")


def recipes() -> dict[str, Recipe]:
    """Every numbered section by its title."""
    sections = re.split(r"^## \d+\. ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = [_recipe(*re.split(r"\n## ", section)[0].split("\n", 1)) for section in sections]
    return {recipe.title: recipe for recipe in found}


def steady(printed: str) -> str:
    """Output without what differs from run to run: Clerk's ids and the time of day."""
    return "".join(f"{line.rstrip()}\n" for line in _replaced(printed, _STEADY).splitlines())


def compare(recipe: Recipe, shown: Shown, printed: str) -> None:
    """What a command printed is what the page says, on whichever day; or is written there from now on."""
    found = steady(printed)
    if os.environ.get("DOCS") == "write":
        _rewrite(recipe, shown, Shown(shown.command, found))
        return
    hint = f"{recipe.title}: {shown.command}: the page's last section says how to write it anew"
    assert _replaced(shown.output, _OF_TODAY) == _replaced(found, _OF_TODAY), hint


def _replaced(text: str, patterns: list[tuple[re.Pattern[str], str]]) -> str:
    for pattern, instead in patterns:
        text = pattern.sub(instead, text)
    return text


def _recipe(title: str, text: str) -> Recipe:
    blocks = [match.groups() for match in _BLOCK.finditer(text)]
    named = [(_FILE.match(body), body) for kind, body in blocks if kind == "yaml"]
    files = {match.group(1): body for match, body in named if match}
    shown = [one for kind, body in blocks if kind == "console" for one in _commands(body)]
    return Recipe(title, text, files, tuple(shown))


def _commands(body: str) -> list[Shown]:
    return [Shown(*part.split("\n", 1)) for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]]


def _rewrite(recipe: Recipe, old: Shown, new: Shown) -> None:
    page = PAGE.read_text(encoding="utf-8")
    start = page.index(f". {recipe.title}\n")
    PAGE.write_text(page[:start] + page[start:].replace(str(old), str(new), 1), encoding="utf-8")
