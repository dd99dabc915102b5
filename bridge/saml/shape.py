"""The outline of a response, by what is allowed and not by what is known to be an attack (SAML core §3.3.3, §3.2.2).

With one assertion, one place for a signature and ids that are unique, there is nothing to wrap a signature around.
"""

import re
from dataclasses import dataclass

from lxml import etree

from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import DS, SAML, SAMLP, Element, local

MOST_DEPTH = 32

_ID = re.compile(r"[^\W\d][\w.\-]{0,255}")
_RESPONSE = (
    SAML + "Issuer",
    DS + "Signature",
    SAMLP + "Extensions",
    SAMLP + "Status",
    SAML + "Assertion",
    SAML + "EncryptedAssertion",
)
_TOO_DEEP = etree.XPath("boolean(" + "/*" * (MOST_DEPTH + 1) + ")")
_SHORT = etree.XPath("//*/@*[string-length(local-name()) = 2]")


@dataclass(frozen=True, slots=True)
class Outline:
    """Where the parts of one response stand. Nothing of it is proved."""

    root: Element
    status: Element
    signature: Element | None
    assertion: Element | None
    encrypted: Element | None


def outline(root: Element) -> Outline:
    """Of what came: a Response of the shape that `parts` asks for, and what holds for every tree."""
    if root.tag != SAMLP + "Response":
        raise Untrusted("saml_not_a_response", f"the message is <{local(root)}>, not a SAML 2.0 Response")
    document(root)
    return parts(root)


def parts(root: Element) -> Outline:
    """A Response with its parts in the order of the schema, and at most one assertion in the whole document.

    By itself this is for a response that was read again from its canonical form: that changes neither ids nor depth.
    """
    found = _in_order(root)
    assertions = list(root.iter("{*}Assertion", "{*}EncryptedAssertion"))
    theirs = [part for part in (found.get(SAML + "Assertion"), found.get(SAML + "EncryptedAssertion")) if part is not None]
    if len(assertions) > 1 or len(assertions) != len(theirs):
        raise Untrusted("saml_assertions", f"the response holds {len(assertions)} assertions, or one that is out of place")
    status = found.get(SAMLP + "Status")
    if status is None:
        raise Untrusted("saml_shape", "the response has no Status")
    _versioned(root)
    outlined = Outline(
        root, status, found.get(DS + "Signature"), found.get(SAML + "Assertion"), found.get(SAML + "EncryptedAssertion")
    )
    _signatures(root, {outlined.root, outlined.assertion})
    return outlined


def alone(assertion: Element) -> None:
    """The same of an assertion that was decrypted, a document of its own."""
    if assertion.tag != SAML + "Assertion":
        raise Untrusted("saml_shape", "what was encrypted is no assertion")
    document(assertion)
    if sum(1 for _ in assertion.iter("{*}Assertion", "{*}EncryptedAssertion")) != 1:
        raise Untrusted("saml_assertions", "the encrypted assertion holds another one")
    _signatures(assertion, {assertion})


def document(root: Element) -> None:
    """What holds for every tree: not too deep, and ids that name one element each."""
    if _TOO_DEEP(root):
        raise Untrusted("saml_too_large", f"the message is nested more than {MOST_DEPTH} deep")
    ids = [one for one in _SHORT(root) if one.attrname[-2:].lower() == "id"]
    if any(len(one.attrname) > 2 for one in ids):
        raise Untrusted("saml_ids", "the message has an id in a namespace")
    if len({str(one) for one in ids}) != len(ids):
        raise Untrusted("saml_ids", "two elements of the message have the same id")


def identity(element: Element) -> str:
    """The ID of a response or an assertion."""
    value: str = element.get("ID", "")
    if not _ID.fullmatch(value):
        raise Untrusted("saml_ids", f"<{local(element)}> has no usable ID")
    return value


def _versioned(root: Element) -> None:
    identity(root)
    if root.get("Version") != "2.0":
        raise Untrusted("saml_version", "the response is not of SAML 2.0")


def _in_order(root: Element) -> dict[str, Element]:
    parts: dict[str, Element] = {}
    last = -1
    for child in root.iterchildren():
        place = _RESPONSE.index(child.tag) if child.tag in _RESPONSE else -1
        if place <= last:
            raise Untrusted("saml_shape", f"<{local(child)}> stands where a response has none")
        parts[child.tag], last = child, place
    return parts


def _signatures(root: Element, signable: set[Element | None]) -> None:
    """A Signature is the second child of what it signs, right after the Issuer, and nowhere else."""
    for found in root.iter("{*}Signature"):
        parent = found.getparent()
        if (
            found.tag != DS + "Signature"
            or parent not in signable
            or parent.index(found) != 1
            or parent[0].tag != SAML + "Issuer"
        ):
            raise Untrusted("saml_signature_place", "the message has a signature in a place where none is allowed")
