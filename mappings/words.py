"""Comparing text as people mean it: without case, in one Unicode form; and globs over it."""

import re
import unicodedata
from functools import lru_cache

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """NFC and casefolded."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


@lru_cache(maxsize=65536)
def fold_id(text: str) -> str:
    """An IdP's id to compare: GUIDs in lower case, all others exactly (Okta's and LDAP's may differ by case alone)."""
    return text.lower() if _GUID.fullmatch(text) else text


def glob_fits(pattern: str, text: str) -> bool:
    """Does folded `text` fit a glob with ``*``? Each literal part is looked for once: no backtracking, so no slow globs."""
    first, *rest = fold(pattern).split("*")
    if not rest:
        return text == first
    *middle, last = rest
    if not text.startswith(first):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end) if at <= end else -1
        if found < 0:
            return False
        at = found + len(part)
    return at <= end and text.endswith(last)


def listed(words: tuple[str, ...] | list[str], joint: str = "or") -> str:
    """``a``, ``a or b``, ``a, b or c``."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"
