"""Structured logs: one event a line, with the request id and connection that the context carries; secrets never.

JSON when nobody is watching, readable when somebody is (a terminal). What libraries log takes the same way. A 2xx read is
counted, not logged. ``structlog.contextvars.bound_contextvars(request_id=…, connection=…)`` names a request.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog
from aiohttp.http_exceptions import HttpProcessingError

_NAMES = re.compile(r"(?:token|secret|authorization|password|cookie|assertion|api_key|private_key)(?!_id)", re.IGNORECASE)
_VALUES = re.compile(
    r"(?:sk_(?:test|live)_|brg_|whsec_)[A-Za-z0-9_\-.=+/]+"
    r"|(?<=Bearer )\s*[^\s\"',]+"
    r"|(?<=Basic )\s*[A-Za-z0-9+/=]{8,}"
    r"|eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"  # a JWT: Clerk's tickets and sessions
    r"|(?<=://)[^\s:/@]*:[^\s@/]+(?=@)"  # the login of a URL
)
REDACTED = "[redacted]"


def configure(level: str = "info", form: str = "auto") -> None:
    """`form`: ``json``, ``text``, or ``auto`` (text on a terminal)."""
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer = _renderer(as_json)
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _take_in_libraries(max(number, logging.WARNING), shared, renderer)
    logging.getLogger("aiohttp.server").addFilter(_plainly)


def _plainly(record: logging.LogRecord) -> bool:
    """Whoever can reach the port can send what is no HTTP, or leave midway: one line, not an error with its traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        said, _, _ = str(error.message).partition("\n")
        _warns(record, f"no HTTP: {printable(said)[:200]}")
    elif isinstance(error, ConnectionResetError):
        _warns(record, "a client left before its request had arrived")
    return True


def _warns(record: logging.LogRecord, sentence: str) -> None:
    record.levelno, record.levelname = logging.WARNING, "WARNING"
    record.msg, record.args = "%s", (sentence,)
    record.exc_info = record.exc_text = None


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take secrets out of an event, by name and by shape, however deep they stand."""
    for name, value in event.items():
        event[name] = _clean(name, value)
    return event


def scrubbed(text: str) -> str:
    """Without what has the shape of a secret."""
    return _VALUES.sub(REDACTED, text)


def printable(text: str) -> str:
    """Control characters, lone surrogates and what turns writing around, as escapes: for texts of others."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else f"\\u{ord(one):04x}" for one in text)


def _clean(name: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if _NAMES.search(name):
        return REDACTED
    if isinstance(value, str):
        return scrubbed(value)
    if isinstance(value, Mapping):
        return {key: _clean(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", inner) for inner in value]
    return scrubbed(value.decode(errors="replace") if isinstance(value, bytes) else repr(value))


def _renderer(as_json: bool) -> Any:
    if as_json:
        return structlog.processors.JSONRenderer()
    # a plain traceback: the pretty one shows local variables, secrets among them
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


def _take_in_libraries(level: int, processors: list[Any], renderer: Any) -> None:
    """What aiohttp, asyncio and others log through the standard library, in the same form."""
    handler = logging.StreamHandler(sys.stderr)
    formatter = structlog.stdlib.ProcessorFormatter
    handler.setFormatter(formatter(foreign_pre_chain=processors, processors=[formatter.remove_processors_meta, renderer]))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
