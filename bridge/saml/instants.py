"""SAML's times: xs:dateTime in UTC (SAML core §1.3.3), read to epoch milliseconds."""

import re
from datetime import UTC, datetime

from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import Element, local

_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,12}))?(?:Z|\+00:00)")


def instant(element: Element, name: str) -> int | None:
    """Of an attribute that may be absent; what is there must be a time."""
    value: str | None = element.get(name)
    if value is None:
        return None
    found = _INSTANT.fullmatch(value)
    if not found:
        raise _malformed(element, name)
    try:
        whole = datetime.fromisoformat(found[1]).replace(tzinfo=UTC)
    except ValueError as problem:
        raise _malformed(element, name) from problem
    return int(whole.timestamp()) * 1000 + int((found[2] or "0").ljust(3, "0")[:3])


def due(element: Element, name: str) -> int:
    """Of an attribute that must be there."""
    value = instant(element, name)
    if value is None:
        raise Untrusted("saml_time_missing", f"<{local(element)}> has no {name}")
    return value


def _malformed(element: Element, name: str) -> Untrusted:
    return Untrusted("saml_time_malformed", f"{name} of <{local(element)}> is no time in UTC")
