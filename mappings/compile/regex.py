"""`group_regex`, compiled. One that may try a name in endlessly many ways is refused: it would hold up everybody.

Python's own engine tries again and again: a repeat of something that can itself be read in several ways doubles its work
with every sign of a name.
"""

import re

from mappings.compile.notes import Notes
from mappings.conditions import GroupRegex
from mappings.located import Path

_FLAGS, _OPEN = r"\(\?[aiLmsux]+\)", r"\((?:\?(?:P<\w+>|<?[=!]|[:>]|[aiLmsux-]+:))?"
_SET, _COUNT = r"\[\^?\]?(?:\\.|[^\]\\])*\]", r"\{(?:[0-9]+,?[0-9]*|,[0-9]+)\}"
_SIGN = re.compile(rf"\\.|{_FLAGS}|{_OPEN}|{_SET}|{_COUNT}|.", re.DOTALL)
_ESCAPES = "put a backslash before each of ( ) [ ] { } . * + ? that stands for itself, and single quotes around the whole"


def regex(text: str, path: Path, notes: Notes) -> GroupRegex:
    """The condition; one that nobody meets after an error."""
    try:
        found = re.compile(text, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        notes.error(path, f"this is no regular expression: {error}", _ESCAPES)
        return GroupRegex(re.compile(r"(?!)"))
    if explodes(text):
        message = "this repeats a group with another repeat or a choice inside of it: some names would take forever"
        notes.error(
            path, message, "repeat a set of signs instead, such as [a-z0-9-]*, or write `any` with several group_regex"
        )
    return GroupRegex(found)


def explodes(text: str) -> bool:
    """Is a group repeated that holds another repeat or alternatives?"""
    inside, behind = [False], False  # for each open group whether it holds some; whether one that does was just closed
    for sign in _SIGN.findall(text):
        if behind and (sign in {"*", "+"} or re.fullmatch(_COUNT, sign)):
            return True
        behind = False
        if sign == ")" and len(inside) > 1:
            behind = inside.pop()
            inside[-1] = inside[-1] or behind
        elif re.fullmatch(_OPEN, sign):
            inside.append(False)
        elif sign in {"*", "+", "?", "|"} or (re.fullmatch(_COUNT, sign) and "," in sign):
            inside[-1] = True
    return False
