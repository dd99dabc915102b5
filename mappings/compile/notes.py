"""What the compiler knows of its file and its surroundings, and the problems it finds on the way."""

import difflib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field

from mappings.located import Document, Path, Problem, did_you_mean
from mappings.pages import GRANT
from mappings.roles import Role
from mappings.ruleset import Scope

_ROLES = [str(role) for role in reversed(Role)]
MANY = 25  # so many names are listed in a hint
_NOTHING = {"none", "no", "off", "false", "nothing", "null", "~"}


@dataclass
class Notes:
    """`groups`: folded name -> id, as the file binds them. Problems collect in any order, each once."""

    document: Document
    scope: Scope
    groups: Mapping[str, str]
    _found: dict[Problem, None] = field(default_factory=dict)
    _places: set[tuple[int, int]] = field(default_factory=set)
    _fine: set[Hashable] = field(default_factory=set)
    _told: int = 0

    @property
    def problems(self) -> list[Problem]:
        return list(self._found)

    def error(self, path: Path, message: str, hint: str, *, key: bool = False, see: str | None = None) -> None:
        self._add(self.document.problem(path, message, hint, key=key, see=see))

    def warning(self, path: Path, message: str, hint: str, *, key: bool = False, see: str | None = None) -> None:
        self._add(self.document.problem(path, message, hint, key=key, severity="warning", see=see))

    def alias(self, alias: str, path: Path, *, key: bool = False) -> bool:
        """Is this a workspace that the operator listed? An error otherwise."""
        if alias in self.scope.workspaces:
            return True
        self.error(path, f"the workspace {alias} is unknown", self.alias_hint(alias), key=key)
        return False

    def alias_hint(self, alias: str) -> str:
        known = sorted(self.scope.workspaces)
        near = difflib.get_close_matches(alias, known, 1)
        if near:
            return f"did you mean {near[0]}?"
        others = f", or write one of: {', '.join(known)}" if 0 < len(known) <= MANY else ""
        return f"ask the operator to list it in the connection file{others}"

    def role(self, word: str, path: Path) -> Role | None:
        """The role of a word; an error otherwise."""
        try:
            return Role.parse(word)
        except ValueError:
            self.error(path, f"{word} is no role", _no_role(word), see=GRANT)
            return None

    def too_high(self, ceiling: Role) -> str:
        """What to do about a role above a ceiling."""
        return f"write {ceiling}{' or lower' if ceiling > Role.VIEWER else ''}, or ask the operator, who sets this ceiling"

    def told(self, path: Path, *, key: bool = False) -> bool:
        """Is there a problem at this place already?"""
        return self.document.at(path, key=key) in self._places

    def unless_fine(self, key: Hashable, look: Callable[[], None]) -> None:
        """Look, unless there was nothing to tell of the same before: thousands of rules may try the same words."""
        if key in self._fine:
            return
        before = self._told
        look()
        if self._told == before:
            self._fine.add(key)

    def _add(self, problem: Problem) -> None:
        self._told += 1
        self._found[problem] = None
        self._places.add((problem.line, problem.column))


def _no_role(word: str) -> str:
    if word.lower() in _NOTHING:
        return "a rule only gives: leave the workspace out, and write a limit to take something away"
    return did_you_mean(word, _ROLES) or f"write one of {', '.join(_ROLES)}"
