"""What a rule's captures may stand for, and whether a group name can be read in one way only."""

import difflib
import itertools
from collections.abc import Hashable, Iterator, Mapping
from functools import partial

from mappings import model
from mappings.captures import Pattern, Words, pieces, stray
from mappings.compile.notes import Notes
from mappings.located import Path
from mappings.pages import CAPTURES
from mappings.roles import Role
from mappings.words import fold, listed

NAMES = 500  # so many group names are tried for a second reading
_SAMPLE = "x"  # stands for what a star or an unlisted workspace may be

_ROLES = {str(role): str(role) for role in Role if role is not Role.OWNER}  # a group name makes no owner unless listed


def words(given: Mapping[str, model.Capture], path: Path, notes: Notes) -> dict[str, Words]:
    """What the captures of a rule stand for, as its file says."""
    return {name: _words(name, value, (*path, name), notes) for name, value in given.items()}


def pattern(text: str, known: dict[str, Words] | None, path: Path, notes: Notes) -> Pattern:
    """A pattern whose captures all have words; `known` is None where nothing can be captured."""
    found = Pattern(text, pieces(fold(text)))
    odd = stray(text)
    if odd is not None:
        hint = "the name of a capture is a-z and _; a brace in a group's name needs group_regex"
        notes.error(path, f"{odd} is no capture", hint)
    if known is None:
        for name in found.captures:
            notes.error(path, f"{{{name}}} captures nothing here", "write * instead: only a rule's own `when` captures")
        return Pattern(text, found.pieces, {name: Words({}) for name in found.captures})
    read = Pattern(text, found.pieces, {name: known.get(name) or _default(name, path, notes) for name in found.captures})
    notes.unless_fine(_between(read), partial(_ambiguous, read, path, notes))
    return read


def check(given: Mapping[str, model.Capture], found: Pattern | None, path: Path, notes: Notes) -> None:
    """Every capture that is explained is used."""
    for name in sorted(set(given) - set(found.captures if found else ())):
        near = difflib.get_close_matches(name, found.captures if found else (), 1)
        instead = f"write {{{name}}} in a `group_like` of this rule, or take it out here"
        hint = f"did you mean {near[0]}?" if near else instead
        notes.error((*path, "captures", name), f"the capture {name} is never used", hint, key=True)


def spent(found: Pattern, grant: Mapping[str, str], path: Path, notes: Notes) -> None:
    """Every capture of a pattern is what `grant` is about; else it only narrows the names, and looks like more."""
    used = {name for text in (*grant, *grant.values()) for name in Pattern(text, pieces(fold(text))).captures}
    for name in found.captures if used <= {*found.captures} else ():
        if name not in used and (found.words[name].any or found.words[name].known):
            hint = f"write {{{name}}} in `grant`, or * in its place if any text will do"
            notes.warning(path, f"the capture {{{name}}} is never used in `grant`", hint, see=CAPTURES)


def _default(name: str, path: Path, notes: Notes) -> Words:
    if name == "workspace":
        return _aliases(frozenset(), notes)
    if name == "role":
        return Words(_ROLES)
    near = difflib.get_close_matches(name, ["workspace", "role"], 1)
    hint = f"did you mean {{{near[0]}}}?" if near else f"add `captures: {{{name}: [word, …]}}` to the rule"
    notes.error(path, f"nothing says what {{{name}}} may stand for", hint)
    return Words({})


def _words(name: str, value: model.Capture, path: Path, notes: Notes) -> Words:
    if isinstance(value, model.Except):
        return _all_but(name, value.except_, (*path, "except"), notes)
    meanings = value if isinstance(value, dict) else dict(zip(value, value, strict=True))
    known: dict[str, str] = {}
    for word, meaning in meanings.items():
        if known.setdefault(fold(word), meaning) != meaning:
            hint = "take one of them out: a word has one meaning"
            notes.error((*path, word), f"the word {word} stands here twice: names ignore case", hint, key=True)
    return Words(known)


def _all_but(name: str, excepted: list[str], path: Path, notes: Notes) -> Words:
    """Every workspace or every role but these. What is excepted must exist, or the slip would let it through."""
    but = frozenset(fold(word) for word in excepted)
    if name == "role":
        for at, word in enumerate(excepted):
            notes.role(word, (*path, at))
        return _left(Words({word: role for word, role in _ROLES.items() if word not in but}), name, path, notes)
    if name != "workspace":
        notes.error(path, f"{{{name}}} has no words of its own to except from", f"list what {name} may stand for")
        return Words({})
    for at, word in enumerate(excepted):
        if notes.scope.wildcard is None and fold(word) not in {fold(alias) for alias in notes.scope.workspaces}:
            notes.alias(word, (*path, at))
    return _left(_aliases(but, notes), name, path, notes)


def _left(found: Words, name: str, path: Path, notes: Notes) -> Words:
    if not found.known and not found.any:
        notes.error(path, f"no word is left for {{{name}}}: this rule can never hold", "except fewer words, or list some")
    return found


def _aliases(but: frozenset[str], notes: Notes) -> Words:
    known = {fold(alias): alias for alias in notes.scope.workspaces if fold(alias) not in but}
    return Words(known, notes.scope.wildcard is not None, but)


def _between(read: Pattern) -> Hashable:
    """All that decides whether names can be read in two ways: text before and behind it is the same in each."""
    ends = {0, len(read.pieces) - 1}
    inner = tuple(piece for at, piece in enumerate(read.pieces) if at not in ends or not isinstance(piece, str))
    return inner, *((name, read.words[name].key) for name in read.captures)


def _ambiguous(read: Pattern, path: Path, notes: Notes) -> None:
    """Two readings of one group name are an error, as far as trying the words shows it."""
    for name in itertools.islice(_names(read), NAMES):
        splits = read.splits(name)
        if len(splits) > 1:
            ways = [", ".join(f"{capture} {word}" for capture, word in split) for split in splits[:2]]
            hint = "put a sign between the captures that no word holds, or list fewer words"
            notes.error(path, f"a group {name} can be read in two ways: {listed(ways)}", hint)
            return


def _names(read: Pattern) -> Iterator[str]:
    """Group names that a pattern is for."""
    choices = [_choices(piece, read) for piece in read.pieces]
    return ("".join(parts) for parts in itertools.product(*choices))


def _choices(piece: str | tuple[str] | None, read: Pattern) -> list[str]:
    if piece is None:
        return [_SAMPLE]
    if isinstance(piece, str):
        return [piece]
    found = read.words[piece[0]]
    return [*found.known, _SAMPLE * 2] if found.any else list(found.known)
