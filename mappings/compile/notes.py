"""What the compiler knows of its file and its surroundings, and the problems it finds on the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mappings.located import Document, Path, Problem, did_you_mean
from mappings.roles import Role
from mappings.ruleset import Scope

_ROLES = [str(role) for role in reversed(Role)]


@dataclass
class Notes:
    """`groups`: folded name -> id, as the file binds them. `problems` collect in any order, each once."""

    document: Document
    scope: Scope
    groups: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)

    def error(self, path: Path, message: str, hint: str | None = None, *, key: bool = False) -> None:
        self._add(self.document.problem(path, message, hint, key=key))

    def warning(self, path: Path, message: str, hint: str | None = None, *, key: bool = False) -> None:
        self._add(self.document.problem(path, message, hint, key=key, severity="warning"))

    def alias(self, alias: str, path: Path, *, key: bool = False) -> bool:
        """Is this a workspace that the operator listed? An error otherwise."""
        if alias in self.scope.workspaces:
            return True
        self.error(path, f"the workspace {alias} is unknown", self.alias_hint(alias), key=key)
        return False

    def alias_hint(self, alias: str) -> str:
        known = did_you_mean(alias, sorted(self.scope.workspaces))
        return known or "the operator lists the workspaces that rules may name"

    def role(self, word: str, path: Path) -> Role | None:
        """The role of a word; an error otherwise."""
        try:
            return Role.parse(word)
        except ValueError:
            self.error(path, f"{word} is no role", did_you_mean(word, _ROLES))
            return None

    def _add(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)
