"""Reading a JSON body against what an operation documents: types, lengths, what must be there and what may not.

Every problem is named at once, as Clerk does, each with its parameter.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from bridge.sandbox.clerk import errors
from bridge.sandbox.clerk.errors import Refused

_METADATA_BYTES = 8192
_MOST = 2**31 - 1

Check = Callable[[str, Any], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of an operation. A `closed` form refuses any other; an open one ignores it."""

    fields: Mapping[str, Check]
    required: tuple[str, ...] = ()
    closed: bool = True

    def read(self, body: dict[str, Any]) -> dict[str, Any]:
        """The known parameters that were sent; raises Refused (422) with every problem."""
        problems = [errors.MISSING.item(name) for name in self.required if body.get(name) in (None, "")]
        if self.closed:
            problems += [errors.UNKNOWN.item(name) for name in body if name not in self.fields]
        known = {name: value for name, value in body.items() if name in self.fields}
        found = (self.fields[name](name, value) for name, value in known.items() if value is not None)
        problems += [problem for problem in found if problem is not None]
        if problems:
            raise Refused(422, problems)
        return known


def _of(kind: type, label: str) -> Check:
    def check(name: str, value: Any) -> dict[str, Any] | None:
        fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
        return None if fits else errors.WRONG_TYPE.item(name, paramType=label)

    return check


def text(longest: int = 256) -> Check:
    """A string of at most `longest` characters."""

    def check(name: str, value: Any) -> dict[str, Any] | None:
        if not isinstance(value, str):
            return errors.WRONG_TYPE.item(name, paramType="string")
        return errors.TOO_LONG.item(name, size=longest) if len(value) > longest else None

    return check


def texts(name: str, value: Any) -> dict[str, Any] | None:
    """A list of strings."""
    fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return None if fits else errors.WRONG_TYPE.item(name, paramType="array of strings")


def things(name: str, value: Any) -> dict[str, Any] | None:
    """A list of objects."""
    fits = isinstance(value, list) and all(isinstance(item, dict) for item in value)
    return None if fits else errors.WRONG_TYPE.item(name, paramType="array of objects")


def one_of(*allowed: str) -> Check:
    """One of these words."""

    def check(name: str, value: Any) -> dict[str, Any] | None:
        return None if value in allowed else errors.VALUE.item(name, value=value)

    return check


def at_least(lowest: int) -> Check:
    """A whole number that is not below `lowest`, and fits 32 bits."""
    return between(lowest, _MOST)


def between(lowest: int, highest: int) -> Check:
    """A whole number within these bounds."""

    def check(name: str, value: Any) -> dict[str, Any] | None:
        return whole(name, value) or (None if lowest <= value <= highest else errors.VALUE.item(name, value=value))

    return check


def metadata(name: str, value: Any) -> dict[str, Any] | None:
    """An object of at most 8 KB."""
    if not isinstance(value, dict):
        return errors.WRONG_TYPE.item(name, paramType="object")
    return errors.TOO_BIG.item(name, size=_METADATA_BYTES) if len(orjson.dumps(value)) > _METADATA_BYTES else None


def moment(name: str, value: Any) -> dict[str, Any] | None:
    """A time as RFC 3339 writes it, with its zone."""
    if not isinstance(value, str):
        return errors.WRONG_TYPE.item(name, paramType="string")
    try:
        zoned = datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        zoned = False
    return None if zoned else errors.TIME_FORMAT.item(name)


def not_enabled(name: str, value: Any) -> dict[str, Any] | None:
    """A parameter of a feature that this instance has switched off; an empty list or string is let pass."""
    return errors.NOT_ENABLED.item(name, possibleResolution=" It is not enabled on this instance.") if value else None


def milliseconds(value: str) -> int:
    """A checked `moment` as Clerk answers times."""
    return int(datetime.fromisoformat(value).timestamp() * 1000)


flag = _of(bool, "boolean")
whole = _of(int, "integer")
thing = _of(dict, "object")
