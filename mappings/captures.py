"""Patterns over group names with ``*`` and ``{captures}`` that stand only for known words.

Because words are known, ``inferpipe-{workspace}-{role}`` splits ``inferpipe-data-science-admin`` in one way; a name that
splits in two ways gives nothing and is reported, instead of guessing.
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field

_PIECE = re.compile(r"\{([a-z_]+)\}|\*", re.IGNORECASE)
ANY_WORD = re.compile(r"[a-z0-9][a-z0-9_-]*")

Piece = str | tuple[str] | None
Binding = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What one capture may stand for: folded word -> meaning. `any`: every alias-like word too, except `but`."""

    known: Mapping[str, str]
    any: bool = False
    but: frozenset[str] = frozenset()
    _lengths: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lengths", tuple({len(word) for word in self.known}))

    @property
    def key(self) -> Hashable:
        """Equal words have the same."""
        return frozenset(self.known.items()), self.any, self.but

    def read(self, name: str, at: int) -> Iterator[tuple[int, str]]:
        """Every word that stands in `name` at a place: where it ends and what it means."""
        for length in self._lengths:  # far fewer than words
            meaning = self.known.get(name[at : at + length])
            if meaning is not None:
                yield at + length, meaning
        if self.any and (longest := ANY_WORD.match(name, at)):
            for end in range(at + 1, longest.end() + 1):
                word = name[at:end]
                if word not in self.known and word not in self.but:
                    yield end, word


@dataclass(frozen=True, slots=True)
class Pattern:
    """`text` as written. `pieces`: folded literal text, None for ``*``, or ("capture",)."""

    text: str
    pieces: tuple[Piece, ...]
    words: Mapping[str, Words] = field(default_factory=dict)

    @property
    def captures(self) -> tuple[str, ...]:
        """The names of its captures, each once."""
        return tuple(dict.fromkeys(piece[0] for piece in self.pieces if isinstance(piece, tuple)))

    def splits(self, name: str) -> tuple[Binding, ...]:
        """Every different way a folded name fits, sorted: one binding is a match, two are ambiguous."""
        if self.pieces and isinstance(self.pieces[0], str) and not name.startswith(self.pieces[0]):
            return ()  # as nearly all names do
        states: set[tuple[int, Binding]] = {(0, ())}
        for piece in self.pieces:
            states = set(self._step(piece, name, states))
        return tuple(sorted({bound for at, bound in states if at == len(name)}))

    def _step(self, piece: Piece, name: str, states: set[tuple[int, Binding]]) -> Iterator[tuple[int, Binding]]:
        for at, bound in states:
            if piece is None:
                yield from ((end, bound) for end in range(at, len(name) + 1))
            elif isinstance(piece, str):
                if name.startswith(piece, at):
                    yield at + len(piece), bound
            else:
                yield from self._read(piece[0], name, at, bound)

    def _read(self, capture: str, name: str, at: int, bound: Binding) -> Iterator[tuple[int, Binding]]:
        before = dict(bound).get(capture)
        for end, meaning in self.words[capture].read(name, at):
            if before is None:
                yield end, tuple(sorted((*bound, (capture, meaning))))
            elif before == meaning:
                yield end, bound


def pieces(folded: str) -> tuple[Piece, ...]:
    """Split a folded pattern at its stars and captures; two stars in a row are one."""
    found: list[Piece] = []
    at = 0
    for match in _PIECE.finditer(folded):
        if match.start() > at:
            found.append(folded[at : match.start()])
        piece: Piece = (match.group(1),) if match.group(1) else None
        if piece is not None or not found or found[-1] is not None:
            found.append(piece)
        at = match.end()
    if at < len(folded):
        found.append(folded[at:])
    return tuple(found)


def stray(text: str) -> str | None:
    """The first brace that belongs to no capture, with the word after it."""
    match = re.search(r"\{[^{}]*\}?|\}", _PIECE.sub(" ", text))
    return match.group() if match else None


def filled(template: str, words: Mapping[str, str]) -> str:
    """`template` with its captures replaced, all at once: a meaning is never read as a capture."""
    return re.sub(r"\{([^{}]*)\}", lambda match: words.get(match.group(1), match.group()), template)
