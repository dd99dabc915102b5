"""The form that an IdP has a browser post: read with a cap, strictly, and before anything is known of the sender.

A response with thousands of groups is hundreds of kilobytes of base64, in which browsers escape three characters and the
ends of lines; taken apart by the standard library that alone costs milliseconds. So those are put back at once, and it gets
the rest, if that is short: a megabyte of escapes would hold up everybody.
"""

from urllib.parse import unquote_to_bytes

from aiohttp import web

from bridge.errors import BridgeError
from bridge.saml.untrusted import Untrusted

LARGEST = 1_500_000  # bytes: 1.4 MB of base64, percent-encoded +/= included, and a RelayState
MOST_FIELDS = 20
_OURS = {"SAMLResponse", "RelayState"}
_ESCAPES = ((b"%2B", b"+"), (b"%2F", b"/"), (b"%3D", b"="), (b"%0D", b"\r"), (b"%0A", b"\n"))
_OF_BASE64 = (*_ESCAPES, *((escape.lower(), char) for escape, char in _ESCAPES))
_LONG = 8_192  # bytes of what is escaped otherwise, as base64 never is


class Room:
    """So many bytes of forms are held at once, however slowly they come; a form that would be one too many is refused."""

    def __init__(self, most: int = 64 * 1024 * 1024) -> None:
        self._left = most

    def take(self, size: int) -> None:
        if size > self._left:
            raise BridgeError("saml_busy", "Too many sign-ins are being read.", hint="Try again in a moment.")
        self._left -= size

    def give_back(self, size: int) -> None:
        self._left += size


async def read(request: web.Request, room: Room) -> tuple[str, str | None]:
    """(SAMLResponse, RelayState), each at most once (SAML bindings §3.5.4); Untrusted otherwise, BridgeError `saml_busy`."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Untrusted("saml_form", "A response is posted as a form.")
    found = fields(await _body(request, room))
    if not found.get("SAMLResponse"):
        raise Untrusted("saml_form", "There is no SAMLResponse.")
    return found["SAMLResponse"], found.get("RelayState")


def fields(body: bytes) -> dict[str, str]:
    """Those of a form that are ours (application/x-www-form-urlencoded, as the URL standard parses it)."""
    found: dict[str, str] = {}
    parts = body.split(b"&", MOST_FIELDS)
    if len(parts) > MOST_FIELDS:
        raise Untrusted("saml_form", f"The form has more than {MOST_FIELDS} fields.")
    for part in parts:
        name, _, value = part.partition(b"=")
        known = _text(name)
        if known in found:
            raise Untrusted("saml_form", f"{known} stands there twice.")
        if known in _OURS:
            found[known] = _text(value)
    return found


def _text(escaped: bytes) -> str:
    plain = escaped.replace(b"+", b" ")
    for escape, char in _OF_BASE64:
        if b"%" not in plain:  # after three of them, as browsers write it
            break
        plain = plain.replace(escape, char)
    if b"%" in plain:
        if len(escaped) > _LONG:
            raise Untrusted("saml_form", f"More than {_LONG} bytes are escaped as no browser escapes base64.")
        plain = unquote_to_bytes(escaped.replace(b"+", b" "))
    try:
        return plain.decode()
    except UnicodeDecodeError as error:
        raise Untrusted("saml_form", "The form can't be read.") from error


async def _body(request: web.Request, room: Room) -> bytes:
    if (request.content_length or 0) > LARGEST:
        raise Untrusted("saml_too_large", f"The form is larger than {LARGEST} bytes.")
    read = bytearray()
    try:
        async for piece in request.content.iter_any():
            room.take(len(piece))
            read += piece
            if len(read) > LARGEST:
                raise Untrusted("saml_too_large", f"The form is larger than {LARGEST} bytes.")
        return bytes(read)
    finally:
        room.give_back(len(read))
