"""The form that an IdP has a browser post: read with a cap, strictly, and before anything is known of the sender."""

from urllib.parse import parse_qsl

from aiohttp import web

from bridge.saml.untrusted import Untrusted

LARGEST = 1_500_000  # bytes: 1.4 MB of base64, percent-encoded +/= included, and a RelayState


async def read(request: web.Request) -> tuple[str, str | None]:
    """(SAMLResponse, RelayState), each at most once (SAML bindings §3.5.4); Untrusted otherwise."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise Untrusted("saml_form", "A response is posted as a form.")
    body = await _body(request)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=20)
    except ValueError as error:
        raise Untrusted("saml_form", "The form can't be read.") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in {"SAMLResponse", "RelayState"} and name in found:
            raise Untrusted("saml_form", f"{name} stands there twice.")
        found[name] = value
    if not found.get("SAMLResponse"):
        raise Untrusted("saml_form", "There is no SAMLResponse.")
    return found["SAMLResponse"], found.get("RelayState")


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > LARGEST:
        raise Untrusted("saml_too_large", f"The form is larger than {LARGEST} bytes.")
    read = bytearray()
    async for piece in request.content.iter_any():
        read += piece
        if len(read) > LARGEST:
            raise Untrusted("saml_too_large", f"The form is larger than {LARGEST} bytes.")
    return bytes(read)
