"""Does a rule only give what its operator allows: listed workspaces, known roles, below each ceiling?

Captures are tried with every word they may stand for; a word that can never give anything is an error at that word.
"""

import difflib
import itertools
import re
from collections.abc import Iterator, Mapping
from functools import partial

from mappings import model
from mappings.captures import ANY_WORD, Pattern, Words, filled
from mappings.compile.notes import Notes
from mappings.located import Path
from mappings.pages import CAPTURES, GRANT
from mappings.roles import Role
from mappings.words import fold

COMBINATIONS = 1_000
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_SAMPLE = "any-other"


def check(rule: model.Rule, pattern: Pattern | None, path: Path, notes: Notes) -> None:
    """Every entry of a rule's `grant`."""
    words = pattern.words if pattern else {}
    for alias, role in rule.grant.items():
        at: Path = (*path, "grant", alias)
        used = _used(alias, role, words, at, notes)
        if used is None:
            continue
        if not used:
            literal(alias, role, at, notes)
        else:
            _Captured(rule.captures, {name: words[name] for name in used}, path, notes).check(alias, role)


def literal(alias: str, role: str, path: Path, notes: Notes) -> None:
    """A workspace and a role, both written out."""
    listed, given = notes.alias(alias, path, key=True), notes.role(role, path)
    if listed and given is not None and given > notes.scope.workspaces[alias]:
        message = f"{alias} allows {notes.scope.workspaces[alias]} at most, not {role}"
        notes.error(path, message, notes.too_high(notes.scope.workspaces[alias]), see=GRANT)


def _used(alias: str, role: str, words: Mapping[str, Words], path: Path, notes: Notes) -> set[str] | None:
    """The captures of one entry; None after an error."""
    used: set[str] = set()
    fine = True
    for text, key in ((alias, True), (role, False)):
        for name in _PLACEHOLDER.findall(text):
            used.add(name)
            if name not in words:
                fine = False
                sound = [one for one, known in words.items() if known.any or known.known]
                near = difflib.get_close_matches(name, sound, 1)
                hint = f"did you mean {{{near[0]}}}?" if near else f"write {{{name}}} in a `group_like` of this rule"
                notes.error(path, f"nothing captures {{{name}}}", hint, key=key, see=CAPTURES)
    return used if fine else None


class _Captured:
    """One `grant` entry with captures, tried with all their words."""

    def __init__(self, captures: Mapping[str, model.Capture], words: Mapping[str, Words], path: Path, notes: Notes) -> None:
        self._captures = captures
        self._words = words
        self._path = path
        self._notes = notes

    def check(self, alias: str, role: str) -> None:
        at: Path = (*self._path, "grant", alias)
        if role == str(Role.OWNER):
            message = "a group's name alone makes owners here"
            hint = "who may create such a group makes owners: better name the group in a rule of its own"
            self._notes.warning(at, message, hint, see=CAPTURES)
        key = (alias, role, *((name, words.key) for name, words in self._words.items()))
        self._notes.unless_fine(key, partial(self._try_all, alias, role, at))

    def _try_all(self, alias: str, role: str, at: Path) -> None:
        for chosen in itertools.islice(self._choices(), COMBINATIONS):
            self._try(alias, role, chosen, at)

    def _choices(self) -> Iterator[dict[str, str]]:
        """Capture -> folded word, in every combination."""
        words = [[*known.known, _SAMPLE] if known.any else list(known.known) for known in self._words.values()]
        return (dict(zip(self._words, chosen, strict=True)) for chosen in itertools.product(*words))

    def _try(self, alias: str, role: str, chosen: Mapping[str, str], at: Path) -> None:
        meanings = {name: self._words[name].known.get(word, word) for name, word in chosen.items()}
        workspace, word = filled(alias, meanings), filled(role, meanings)
        ceiling = self._ceiling(workspace)
        if ceiling is None:
            message = f"the workspace {workspace} is unknown"
            self._notes.error(self._word(alias, chosen) or at, message, self._notes.alias_hint(workspace), see=GRANT)
        given = self._notes.role(word, self._word(role, chosen) or at)
        if ceiling is not None and given is not None and given > ceiling:
            shown = "a workspace that is not listed" if _SAMPLE in workspace else workspace
            message = f"{shown} allows {ceiling} at most, not {given}"
            self._too_high(message, self._notes.too_high(ceiling), self._blamed(alias, role, chosen), at)

    def _ceiling(self, alias: str) -> Role | None:
        """As the decision will see it; but a word that can't name a workspace brings none."""
        scope = self._notes.scope
        return scope.ceiling(alias) if alias in scope.workspaces or ANY_WORD.fullmatch(alias) else None

    def _blamed(self, alias: str, role: str, chosen: Mapping[str, str]) -> Path | None:
        """The one listed word to blame; where words only meet, other pairs of them are fine."""
        return (self._word(alias, chosen) or self._word(role, chosen)) if len(chosen) == 1 else None

    def _too_high(self, message: str, hint: str, blamed: Path | None, at: Path) -> None:
        if blamed is not None:
            self._notes.error(blamed, message, hint, see=GRANT)
        else:
            self._notes.warning(at, f"{message}: a group that asks for it gives nothing", hint, see=GRANT)

    def _word(self, template: str, chosen: Mapping[str, str]) -> Path | None:
        """Where the file lists the word that a template stands for, if it is one capture and listed."""
        match = _PLACEHOLDER.fullmatch(template)
        name = match.group(1) if match else ""
        listed = self._captures.get(name)
        if isinstance(listed, dict | list):
            entries = [(word, word) for word in listed] if isinstance(listed, dict) else enumerate(listed)
            for key, word in entries:
                if fold(word) == chosen[name]:
                    return (*self._path, "captures", name, key)
        return None
