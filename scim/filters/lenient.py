"""Filters as clients write them that never read the grammar: mended in their text where the meaning is plain, and noted."""

import re
from collections.abc import Callable

from scim.dialects import Healing
from scim.errors import InvalidFilter
from scim.rfc import LONGEST, FilterNode, parse_filter

_ATTRIBUTE = r"[A-Za-z$][\w$.:-]*"
_OPERATORS = "eq|ne|co|sw|ew|gt|ge|lt|le"
_STRING = r'"(?:[^"\\]|\\.)*"'
_INSIDE = rf"(?:[^\[\]\"]|{_STRING})*"
_PATH = rf"{_ATTRIBUTE}\[{_INSIDE}\](?:\.{_ATTRIBUTE})?"

_UNQUOTED = re.compile(
    rf"{_STRING}|(\b(?:{_OPERATORS})\s+)(?!true\b|false\b|null\b|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?:\s|\)|\]|$))"
    rf"([^\s\"'()\[\]][^\s\"()\[\]]*)",
    re.IGNORECASE,
)
_BARE_NOT = re.compile(
    rf"{_STRING}|\bnot\s+((?:{_PATH}|{_ATTRIBUTE})(?:\s+pr\b|\s+(?:{_OPERATORS})\s+(?:{_STRING}|[^\s\"()\[\]]+)))",
    re.IGNORECASE,
)
_PATH_OPERATOR = re.compile(
    rf"{_STRING}|(?<![\w$.:-])({_ATTRIBUTE}\[)({_INSIDE})\]\s+(?:(pr)\b|((?:{_OPERATORS})\s+{_STRING}))", re.IGNORECASE
)


def read(text: str, healing: Healing) -> FilterNode:
    """The tree of a filter; InvalidFilter, in the words of the grammar, where nothing plain can be made of it."""
    try:
        return parse_filter(text)
    except InvalidFilter:
        if len(text) > LONGEST:
            raise
        mended, names = _mended(text)
        if not names:
            raise
        try:
            node = parse_filter(mended)
        except InvalidFilter:
            node = None
        if node is None:
            raise
        for name in names:
            healing.note(name)
        return node


def _mended(text: str) -> tuple[str, list[str]]:
    names = []
    for name, pattern, mend in _MENDS:
        mended = pattern.sub(mend, text)
        if mended != text:
            names.append(name)
            text = mended
    return text, names


def _quote(match: re.Match[str]) -> str:
    return match.group(0) if match.group(1) is None else f'{match.group(1)}"{match.group(2)}"'


def _parenthesize(match: re.Match[str]) -> str:
    return match.group(0) if match.group(1) is None else f"not ({match.group(1)})"


def _inside(match: re.Match[str]) -> str:
    """``emails[type eq "work"] co "A"`` asks for an element of both."""
    opening, inner, present, comparison = match.groups()
    if opening is None:
        return match.group(0)
    return f"{opening}{inner}]" if present else f"{opening}({inner}) and value {comparison}]"


_MENDS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    ("unquoted-filter", _UNQUOTED, _quote),
    ("bare-not", _BARE_NOT, _parenthesize),
    ("value-path-operator", _PATH_OPERATOR, _inside),
)
