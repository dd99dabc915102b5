"""Who is meant and what is said about them: NameID and attributes, from the proved tree (SAML core §2.2, §2.7.3)."""

from collections.abc import Iterator, Mapping, Set

from lxml import etree

from bridge.saml import xml
from bridge.saml.assertion import NameId
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import BLANK, SAML, XSI, Element

LONGEST_NAME_ID = 1024
_ATTRIBUTE, _VALUE, _NIL = SAML + "Attribute", SAML + "AttributeValue", XSI + "nil"
_WITH_NIL = etree.XPath("descendant::*/@xsi:nil/..", namespaces={"xsi": XSI[1:-1]})
"""Asked once: to ask each of thousands of values costs more than to read it."""


def name_id(subject: Element, entity_id: str) -> NameId:
    """The person. An encrypted one is refused, and one that was made for another service provider."""
    if any(True for _ in subject.iterchildren(SAML + "EncryptedID")):
        raise Untrusted("saml_encrypted_id", "the NameID is encrypted by itself: encrypt the whole assertion instead")
    named = xml.maybe(subject, SAML + "NameID")
    value = xml.text(named) if named is not None else ""
    if named is None or not value or len(value) > LONGEST_NAME_ID:
        raise Untrusted("saml_name_id", "the assertion has no NameID, an empty one, or one too long to be one")
    if named.get("SPNameQualifier", entity_id) != entity_id:
        raise Untrusted("saml_name_qualifier", "the NameID was made for another service provider")
    return NameId(value, named.get("Format"), named.get("NameQualifier"), named.get("SPNameQualifier"))


def attributes(assertion: Element) -> Mapping[str, tuple[str, ...]]:
    """By name, over all statements. A name without a value is not there: it says nothing about the person.

    There may be thousands of values, in one attribute or in as many: children are looked at, not asked for by name.
    """
    found: dict[str, list[str]] = {}
    nil = {element for element in _WITH_NIL(assertion) if element.get(_NIL) in ("true", "1")}
    for statement in assertion.iterchildren(SAML + "AttributeStatement"):
        for attribute in statement:
            if attribute.tag != _ATTRIBUTE:
                raise Untrusted(
                    "saml_encrypted_attribute", "an attribute is encrypted by itself: encrypt the whole assertion instead"
                )
            found.setdefault(_name(attribute), []).extend(_values(attribute, nil))
    return {name: tuple(values) for name, values in found.items() if values}


def _name(attribute: Element) -> str:
    name: str = attribute.get("Name", "")
    if not name:
        raise Untrusted("saml_attribute", "an attribute has no Name")
    return name


def _values(attribute: Element, nil: Set[Element]) -> Iterator[str]:
    """Simple text of any type, or what `_inner` finds; neither the empty nor the nil."""
    values = [
        "" if nil and value in nil else _inner(value) if len(value) else (value.text or "").strip(BLANK)
        for value in attribute
        if value.tag == _VALUE
    ]
    return filter(None, values)


def _inner(value: Element) -> str:
    """A NameID (eduPersonTargetedID); other elements are nothing that a rule can compare."""
    inner = value[0]
    return xml.text(inner) if len(value) == 1 and inner.tag == SAML + "NameID" and not len(inner) else ""
