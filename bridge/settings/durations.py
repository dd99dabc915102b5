"""Spans of time as people write them: ``10s``, ``15m``, ``12h``, ``14d``."""

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

_SHAPE = re.compile(r"([0-9]+)\s*(s|m|h|d)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(text: Any) -> int:
    """The seconds of a span; ValueError with a sentence and a hint otherwise."""
    match = _SHAPE.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is no duration | write a number with its unit, such as 10s, 15m, 12h or 14d")
    return int(match.group(1)) * _SECONDS[match.group(2)]


def shown(value: int) -> str:
    """Back to the largest unit that fits."""
    for unit in ("d", "h", "m"):
        if value and value % _SECONDS[unit] == 0:
            return f"{value // _SECONDS[unit]}{unit}"
    return f"{value}s"


Duration = Annotated[
    int,
    BeforeValidator(seconds, json_schema_input_type=str),
    PlainSerializer(shown, return_type=str),
    Field(examples=["10s", "15m", "12h"]),
]


def _period(value: Any) -> int:
    """Seconds between two times; 0: never."""
    if value in {"never", 0}:
        return 0
    found = seconds(value)
    if 0 < found < 60:
        raise ValueError(f"{value} is too often | write 1m or more, or never")
    return found


Period = Annotated[
    int,
    BeforeValidator(_period, json_schema_input_type=str | int),
    PlainSerializer(lambda value: shown(value) if value else "never", return_type=str),
    Field(examples=["1h", "15m", "never"]),
]
"""How often something is done; ``never`` or 0 for not at all."""
