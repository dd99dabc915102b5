"""The times that a message's elements carry; one that is missing where it is due, or is none, makes it untrusted."""

from bridge.saml import instants
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import Element, local


def instant(element: Element, name: str) -> int | None:
    """Of an attribute that may be absent; what is there must be a time."""
    value: str | None = element.get(name)
    try:
        return None if value is None else instants.read(value)
    except ValueError as problem:
        raise Untrusted("saml_time_malformed", f"{name} of <{local(element)}> is no time in UTC") from problem


def due(element: Element, name: str) -> int:
    """Of an attribute that must be there."""
    value = instant(element, name)
    if value is None:
        raise Untrusted("saml_time_missing", f"<{local(element)}> has no {name}")
    return value
