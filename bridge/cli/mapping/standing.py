"""How a mapping stands, as people read it: a line or two where there is something to say, and what to do about it."""

import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from bridge.cli import desk

_SHOWN = 5  # problems of a refused file; `check` has all


def lines(name: str, mapping: dict[str, Any]) -> Iterator[str]:
    """Of a `Standing` as a dictionary; nothing where the file is in service."""
    verdict = mapping["verdict"]
    if mapping["unusable"]:
        yield f"{name}: {mapping['unusable']}"
    if verdict is not None:
        yield from _VERDICTS[verdict["kind"]](name, mapping, verdict)
    elif mapping["rolled_back"]:
        by = f"{mapping['actor']} at {desk.clock_of(mapping['since'])}"
        left = " The file differs and is left alone until it changes." if mapping["file"] == "differs" else ""
        yield f"{name}: rolled back to version {mapping['version']} by {by}; the newest is {mapping['last']}.{left}"
    elif mapping["version"] is not None and mapping["file"] != "same":
        yield f"{name}: {_UNSEEN[mapping['file']]}; {_stays(mapping)}."


_UNSEEN = {
    "differs": "its mapping file here differs from what is in service, and the service has not looked at it yet, or "
    "looks at another copy",
    "gone": "its mapping file is not here",
    "unreadable": "its mapping file can't be read here",
}


def _refused(name: str, mapping: dict[str, Any], verdict: dict[str, Any]) -> Iterator[str]:
    yield f"{name}: its mapping file is refused since {desk.clock_of(verdict['at'])}; {_stays(mapping)}."
    for one in verdict["problems"][:_SHOWN]:
        yield textwrap.indent(one["text"], "  ")
    more = max(0, len(verdict["problems"]) - _SHOWN) + verdict["more"]
    if more:
        yield f"  and {more} more: inferpipe-bridge check"


def _waiting(name: str, mapping: dict[str, Any], verdict: dict[str, Any]) -> Iterator[str]:
    yield f"{name}: a new mapping file waits since {desk.clock_of(verdict['at'])}; {_stays(mapping)}."
    yield f"  inferpipe-bridge mapping diff {name}   shows it, mapping activate {name} takes it"


def _older(name: str, mapping: dict[str, Any], verdict: dict[str, Any]) -> Iterator[str]:
    yield (
        f"{name}: the mapping file that the service sees is version {verdict['version']}, an old copy as it seems: nobody "
        f"saw it change; {_stays(mapping)}. inferpipe-bridge mapping activate {name} takes it"
    )


def _gone(name: str, mapping: dict[str, Any], verdict: dict[str, Any]) -> Iterator[str]:
    yield f"{name}: its mapping file is gone since {desk.clock_of(verdict['at'])}; {_stays(mapping)}."


_VERDICTS: dict[str, Callable[[str, dict[str, Any], dict[str, Any]], Iterator[str]]] = {
    "refused": _refused,
    "waiting": _waiting,
    "older": _older,
    "gone": _gone,
}


def _stays(mapping: dict[str, Any]) -> str:
    if mapping["version"] is None:
        return "nothing is in service"
    return f"version {mapping['version']} stays in service"
