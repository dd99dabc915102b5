"""From the form field to the bytes of a document: what can be refused by reading is never given to a parser."""

import re
from collections.abc import Iterator

from bridge.saml.strict64 import decoded
from bridge.saml.untrusted import Untrusted

MOST_BASE64 = 1_400_000
MOST_ELEMENTS = 20_000
MOST_NAMESPACES = 16
"""Declared on one tag. Looking up a prefix costs their number, for every element below."""
MOST_ATTRIBUTES = 256
"""On one tag. Canonical XML sorts them, at a cost that grows with their square."""
MOST_EQUALS = 3 * MOST_ELEMENTS
"""In the document, for the attributes of all tags: each costs hundreds of bytes; three on every value is the most seen."""

_ROOMY = len(' a=""') * (MOST_ATTRIBUTES + 1)
"""For too many attributes."""
_DECLARATION = re.compile(
    r"""\A<\?xml\s+version=["']1\.0["'](?:\s+encoding=["'](?i:utf-8)["'])?(?:\s+standalone=["'](?:yes|no)["'])?\s*\?>"""
)
_FORBIDDEN = re.compile(r"<(?:\?|!(?!--|\[CDATA\[))")


def document(field: str) -> bytes:
    """The UTF-8 document of a SAMLResponse field (SAML bindings §3.5.4), without its XML declaration."""
    if len(field) > MOST_BASE64:
        raise Untrusted("saml_too_large", f"the message has {len(field)} characters, {MOST_BASE64} are allowed")
    try:
        raw = decoded(field)
    except ValueError as problem:
        raise Untrusted("saml_encoding", "the message is not valid base64") from problem
    return plain(raw)


def plain(raw: bytes) -> bytes:
    """UTF-8 and nothing that is more than elements, attributes and text: no DOCTYPE, no entity, no instruction, no bomb."""
    try:
        written = raw.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise Untrusted("saml_encoding", "the message is not UTF-8") from problem
    written = _DECLARATION.sub("", written, count=1)
    if "\0" in written or written.startswith("\ufeff"):
        raise Untrusted("saml_encoding", "the message holds a NUL or begins with a byte order mark")
    if _FORBIDDEN.search(written):
        raise Untrusted("saml_forbidden_markup", "the message holds a DOCTYPE, an entity or a processing instruction")
    _weigh(written)
    return written.encode("utf-8")


def _weigh(written: str) -> None:
    """Before it is parsed: closing tags aside, each `<` is at most one element."""
    tags = written.count("<") if len(written) > MOST_ELEMENTS else 0
    if tags > MOST_ELEMENTS and tags - written.count("</") > MOST_ELEMENTS:
        raise Untrusted("saml_too_large", f"the message has more than {MOST_ELEMENTS} elements")
    if len(written) > MOST_EQUALS and written.count("=") > MOST_EQUALS:
        raise Untrusted("saml_too_large", f"the message has more than {MOST_EQUALS} attributes")
    if _declares_too_much(written) or any(tag.count("=") > MOST_ATTRIBUTES for tag in _long(written)):
        raise Untrusted("saml_too_large", "a tag of the message has more attributes or namespaces than any message needs")


def _declares_too_much(written: str) -> bool:
    """Whether so many declarations stand in a row that no tag begins between any two of them.

    Okta and Keycloak declare two namespaces at each of thousands of values: to look at each tag would cost more.
    """
    between = written.split("xmlns")[1:-1]
    return b"\0" * MOST_NAMESPACES in bytes(["<" in text for text in between])


def _long(written: str) -> Iterator[str]:
    """Each tag with the text behind it (a `>` in an attribute hides nothing), where both together are so long.

    All others are jumped over, from the last that begins within that length to the next.
    """
    begins = written.find("<")
    while begins >= 0:
        follows = written.rfind("<", begins + 1, begins + 1 + _ROOMY)
        if follows < 0:
            follows = written.find("<", begins + 1 + _ROOMY)
            yield written[begins : follows if follows >= 0 else len(written)]
        begins = follows
