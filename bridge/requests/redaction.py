"""What may be kept of a request: no password, token or secret, nothing that a terminal or a database would choke on.

A JSON body is redacted by names, also where a PATCH names the attribute in `path` and brings it in `value`. Text that can't
be read as JSON (malformed, or too long) is kept only where no such name occurs in it.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

import orjson

from bridge.log import REDACTED, printable, scrubbed

_SECRET = re.compile(
    r"pass(?:word|phrase|wd|code)|secret|token|authorization|cookie|assertion|credential|(?:api|private)[_-]?key", re.I
)
_ESCAPED = re.compile(r"\\u00[0-7][0-9a-f]", re.I)  # a letter that JSON need not escape might spell a name
_DEEPEST = 40
_MARGIN = 2000  # so that what is cut through is still known by its shape
LONGEST_TARGET = 1000


def body(raw: bytes, size: int, longest: int) -> str | None:
    """The body in at most `longest` characters; None where there is none or none is to be kept."""
    if not raw or not longest:
        return None
    text = _document(raw) if size == len(raw) else None
    if text is None:
        text = raw.decode("utf-8", "replace")
        if _SECRET.search(text) or _ESCAPED.search(text):
            return f"[{size} bytes that name a secret]"
    text = text[: longest + _MARGIN]
    return cut(printable(scrubbed(text)), longest)


def target(raw: str, *, values: bool) -> str:
    """Path and query, readable. Without `values` the filter is left out: it names people."""
    path, mark, query = raw.partition("?")
    shown = "&".join(_parameter(one, values) for one in query.split("&"))
    return cut(printable(scrubbed(f"{unquote(path)}{mark}{shown}")), LONGEST_TARGET)


def line(text: str | None, longest: int) -> str | None:
    """Any other text of a client or for it."""
    return cut(printable(scrubbed(text)), longest) if text else None


def cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _document(raw: bytes) -> str | None:
    try:
        return orjson.dumps(_clean(orjson.loads(raw), 0)).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return None


def _clean(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return REDACTED
    if isinstance(value, Mapping):
        hidden = _names_a_secret(value)
        return {
            key: REDACTED if _SECRET.search(key) or (hidden and key.lower() == "value") else _clean(inner, depth + 1)
            for key, inner in value.items()
        }
    return [_clean(inner, depth + 1) for inner in value] if isinstance(value, list) else value


def _names_a_secret(operation: Mapping[str, Any]) -> bool:
    return any(key.lower() == "path" and isinstance(path, str) and _SECRET.search(path) for key, path in operation.items())


def _parameter(text: str, values: bool) -> str:
    name, equals, value = text.partition("=")
    name, value = unquote_plus(name), unquote_plus(value)
    if _SECRET.search(name) or _SECRET.search(value) or (name.lower() == "filter" and not values):
        value = REDACTED
    return f"{name}{equals}{value}"
