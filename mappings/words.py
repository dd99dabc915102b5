"""Comparing text as people mean it: without case, in one Unicode form; and globs over it."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """NFC and casefolded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


@lru_cache(maxsize=4096)
def glob(pattern: str) -> re.Pattern[str]:
    """A glob with ``*`` as a compiled expression over folded text."""
    return re.compile(".*".join(re.escape(part) for part in fold(pattern).split("*")), re.DOTALL)


def listed(words: tuple[str, ...] | list[str], joint: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"
