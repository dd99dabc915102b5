"""The workspace roles, ordered: owner > admin > editor > viewer."""

from enum import IntEnum


class Role(IntEnum):
    """Compare with < and >; ``str(role)`` is the word that files use."""

    VIEWER = 1
    EDITOR = 2
    ADMIN = 3
    OWNER = 4

    def __str__(self) -> str:
        return _NAMES[self]

    @classmethod
    def parse(cls, word: str) -> "Role":
        """The role of a word, exactly as files write it; ValueError for any other."""
        try:
            return _WORDS[word]
        except KeyError:
            raise ValueError(f"{word!r} is no role; roles are {', '.join(map(str, reversed(cls)))}") from None


_NAMES = {role: role.name.lower() for role in Role}
_WORDS = {name: role for role, name in _NAMES.items()}
