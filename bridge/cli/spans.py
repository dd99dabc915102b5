"""Spans of time that people type, and moments that they read."""

from bridge.cli import desk
from bridge.errors import BridgeError
from bridge.settings.durations import seconds


def span(text: str | None) -> int | None:
    """The seconds of ``365d``; None stays None."""
    if text is None:
        return None
    try:
        return seconds(text)
    except ValueError as error:
        sentence, _, hint = str(error).partition(" | ")
        raise BridgeError("span_malformed", f"{sentence}.", hint=hint or None) from error


def moment(at: int | None) -> str:
    """As people in this timezone read it."""
    return desk.clock_of(at) if at is not None else "never"
