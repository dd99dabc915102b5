"""Metadata of users, organizations and memberships: deep merge by PATCH, whole replacement by PUT."""

from typing import Any

import orjson

from bridge.sandbox.clerk import errors

KINDS = ("public_metadata", "private_metadata", "unsafe_metadata")
METADATA_SINCE = "2026-05-12"  # from this API version on, PATCH of the object itself takes no metadata
_MOST_BYTES = 8192


def merged(target: dict[str, Any], given: dict[str, Any]) -> None:
    """Merge each given kind into the target's; null removes a key, an array is replaced."""
    for kind, change in given.items():
        if change is not None:
            target[kind] = _merge(target[kind], change)
            if len(orjson.dumps(target[kind])) > _MOST_BYTES:
                raise errors.TOO_BIG(kind, size=_MOST_BYTES)


def replaced(target: dict[str, Any], given: dict[str, Any]) -> None:
    """Put each given kind in the place of the target's."""
    target.update({kind: value or {} for kind, value in given.items()})


def _merge(old: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    result = dict(old)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            before = result.get(key)
            result[key] = _merge(before if isinstance(before, dict) else {}, value)
        else:
            result[key] = value
    return result
