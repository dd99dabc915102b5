"""Patterns over group names with ``*`` and ``{captures}`` that stand only for known words.

Because words are known, ``inferpipe-{workspace}-{role}`` splits ``inferpipe-data-science-admin`` in one way; a name that
splits in two ways gives nothing and is reported, instead of guessing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_PIECE = re.compile(r"\{([a-z_]+)\}|\*")
_ANY_WORD = re.compile(r"[a-z0-9][a-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Words:
    """What one capture may stand for: folded word -> meaning. `any`: every alias-like word too, except `but`."""

    known: Mapping[str, str]
    any: bool = False
    but: frozenset[str] = frozenset()

    def meaning(self, word: str) -> str | None:
        if word in self.but:
            return None
        if self.any and _ANY_WORD.fullmatch(word):
            return self.known.get(word, word)
        return self.known.get(word)


Binding = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """`text` as written. `pieces`: folded literal text, None for ``*``, or ("capture",)."""

    text: str
    pieces: tuple[str | None | tuple[str], ...]
    words: Mapping[str, Words] = field(default_factory=dict)

    @property
    def captures(self) -> tuple[str, ...]:
        return tuple(piece[0] for piece in self.pieces if isinstance(piece, tuple))

    def splits(self, name: str) -> tuple[Binding, ...]:
        """Every different way a folded name fits: one binding is a match, two are ambiguous."""
        return tuple(dict.fromkeys(tuple(sorted(found.items())) for found in self._fit(name, 0, 0, {})))

    def _fit(self, name: str, at: int, piece: int, bound: dict[str, str]) -> Iterator[dict[str, str]]:
        if piece == len(self.pieces):
            if at == len(name):
                yield bound
            return
        here = self.pieces[piece]
        if isinstance(here, str):
            if name.startswith(here, at):
                yield from self._fit(name, at + len(here), piece + 1, bound)
            return
        for end in range(at, len(name) + 1):
            if here is None:
                yield from self._fit(name, end, piece + 1, bound)
            elif (meaning := self.words[here[0]].meaning(name[at:end])) is not None:
                if bound.get(here[0], meaning) == meaning:
                    yield from self._fit(name, end, piece + 1, {**bound, here[0]: meaning})


def pieces(folded: str) -> tuple[str | None | tuple[str], ...]:
    """Split a folded pattern at its stars and captures; two stars in a row are one."""
    found: list[str | tuple[str] | None] = []
    at = 0
    for match in _PIECE.finditer(folded):
        if match.start() > at:
            found.append(folded[at : match.start()])
        piece: tuple[str] | None = (match.group(1),) if match.group(1) else None
        if piece is not None or not found or found[-1] is not None:
            found.append(piece)
        at = match.end()
    if at < len(folded):
        found.append(folded[at:])
    return tuple(found)
