"""The HTTP-Redirect binding (SAML bindings §3.4): a message in a query, deflated, and signed beside the XML."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from bridge.sandbox.idp.keys import Key
from bridge.sandbox.idp.services import is_near
from bridge.sandbox.idp.xml import RSA_SHA256, Element, every, first, parsed, text_of

_MOST = 64 * 1024  # bytes of a message


@dataclass(frozen=True, slots=True)
class Asked:
    """An AuthnRequest. `contexts`: the AuthnContextClassRefs of which one is wanted; `acs` may be empty: the agreed one."""

    id: str
    issuer: str
    acs: str
    force: bool
    contexts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LogoutAsked:
    """A LogoutRequest."""

    id: str
    issuer: str
    name_id: str
    sessions: tuple[str, ...]


def read_login(query: Mapping[str, str]) -> Asked:
    """The AuthnRequest of a query; ValueError says what is wrong with it."""
    message = _message(query.get("SAMLRequest", ""), "AuthnRequest")
    acs = message.get("AssertionConsumerServiceURL", "")
    if acs and not is_near(acs):
        raise ValueError(f"This IdP sends nobody away from this machine, and {acs} is not on it.")
    contexts = every(message, "samlp:RequestedAuthnContext/saml:AuthnContextClassRef")
    return Asked(message.get("ID", ""), first(message, "saml:Issuer"), acs, message.get("ForceAuthn") == "true", contexts)


def read_logout(query: Mapping[str, str]) -> LogoutAsked:
    """The LogoutRequest of a query; ValueError says what is wrong with it."""
    message = _message(query.get("SAMLRequest", ""), "LogoutRequest")
    name_id, sessions = first(message, "saml:NameID"), every(message, "samlp:SessionIndex")
    return LogoutAsked(message.get("ID", ""), first(message, "saml:Issuer"), name_id, sessions)


def read_answer(query: Mapping[str, str]) -> str:
    """The last part of the status that a LogoutResponse tells: `Success`."""
    message = _message(query.get("SAMLResponse", ""), "LogoutResponse")
    code = message.find("{*}Status/{*}StatusCode")
    return str(code.get("Value", "")).rpartition(":")[2] if code is not None else ""


def url(target: str, kind: str, message: Element, key: Key, relay_state: str = "") -> str:
    """Where a browser takes a signed message; `kind` is SAMLRequest or SAMLResponse."""
    packer = zlib.compressobj(wbits=-15)
    packed = packer.compress(text_of(message)) + packer.flush()
    said = {kind: base64.b64encode(packed).decode()} | ({"RelayState": relay_state} if relay_state else {})
    query = urlencode(said | {"SigAlg": RSA_SHA256})
    signature = urlencode({"Signature": base64.b64encode(key.sign(query.encode())).decode()})
    return f"{target}{'&' if '?' in target else '?'}{query}&{signature}"


def _message(text: str, tag: str) -> Element:
    try:
        packed = base64.b64decode(text, validate=True)
        unpacker = zlib.decompressobj(wbits=-15)
        document = unpacker.decompress(packed, _MOST)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"This is no {tag}: a deflated message in base64 is wanted.") from error
    if not packed:
        raise ValueError(f"This is no {tag}: there is none in the address.")
    if not unpacker.eof:
        raise ValueError(f"This {tag} is cut off, or larger than {_MOST} bytes.")
    message = parsed(document)
    if message.tag.rpartition("}")[2] != tag or not message.get("ID"):
        raise ValueError(f"This is no {tag}.")
    return message
