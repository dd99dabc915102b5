"""The file that findings are about, and how one is said."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bridge.settings import ConnectionSettings
from mappings import model
from mappings.asked import Ask, Kind, asked
from mappings.located import Document, Path, Problem
from mappings.ruleset import Ruleset
from mappings.words import fold

MANY = 50  # findings of one kind; who has more of them has one mistake, not many


@dataclass(frozen=True, slots=True)
class Subject:
    """One file, read and compiled."""

    connection: ConnectionSettings
    file: model.MappingFile
    ruleset: Ruleset
    document: Document

    def asks(self, kind: Kind) -> dict[str, list[Ask]]:
        """Folded text -> every place that asks for it, in the order of the file."""
        found: dict[str, list[Ask]] = {}
        for one in asked(self.file):
            if one.kind == kind:
                found.setdefault(fold(one.text), []).append(one)
        return found

    def warning(self, path: Path, message: str, hint: str, *, key: bool = False) -> Problem:
        return self.document.problem(path, message, hint, key=key, severity="warning")

    def first(self, asks: Sequence[Ask], message: str, hint: str) -> Problem:
        """At the first of some places, with how many more there are."""
        others = f" (asked for in {len(asks)} places)" if len(asks) > 1 else ""
        return self.warning(asks[0].path, message + others, hint, key=asks[0].key)


def bounded(found: Sequence[Problem], noun: str) -> Iterator[Problem]:
    """The first of many, and one that counts the rest."""
    yield from found[:MANY]
    if len(found) > MANY:
        last = found[MANY]
        rest = f"and {len(found) - MANY} more {noun} after it"
        yield Problem(
            last.file, last.line, last.column, f"{last.message}, {rest}", last.hint, "warning", last.source, last.see
        )
