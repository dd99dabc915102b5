"""Structured logs: one event a line, with the request id and connection that the context carries; secrets never.

JSON when nobody is watching, readable when somebody is (a terminal). A 2xx read is counted, not logged.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_NAMES = re.compile(r"token|secret|authorization|password|cookie|assertion|api_key", re.IGNORECASE)
_VALUES = re.compile(r"(sk_(?:test|live)_|brg_|Bearer\s+|whsec_)[A-Za-z0-9_\-.=+/]+")
REDACTED = "[redacted]"


def configure(level: str = "info", form: str = "auto") -> None:
    """`form`: ``json``, ``text``, or ``auto`` (text on a terminal)."""
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info if as_json else _keep,
            redact,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets out of an event, by name and by shape."""
    for name, value in event.items():
        if _NAMES.search(name) and isinstance(value, str):
            event[name] = REDACTED
        elif isinstance(value, str):
            event[name] = _VALUES.sub(REDACTED, value)
    return event


def _keep(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return event
