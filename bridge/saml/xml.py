"""XML as the gate needs it: a parser that fetches nothing, exact canonical bytes, and text that nothing can split.

What is read as a claim comes from `parse(canonical(…))`: the bytes that were hashed, and no other tree.
"""

import threading
from collections.abc import Sequence
from typing import Any, TypeAlias

from lxml import etree

from bridge.saml.untrusted import Untrusted

SAMLP = "{urn:oasis:names:tc:SAML:2.0:protocol}"
SAML = "{urn:oasis:names:tc:SAML:2.0:assertion}"
DS = "{http://www.w3.org/2000/09/xmldsig#}"
XENC = "{http://www.w3.org/2001/04/xmlenc#}"
XENC11 = "{http://www.w3.org/2009/xmlenc11#}"
EXC_C14N = "{http://www.w3.org/2001/10/xml-exc-c14n#}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"

BLANK = " \t\r\n"
"""What XML takes for white space. A no-break space is a letter: a name that ends in one is another name."""
Element: TypeAlias = Any
"""An element of lxml, whose types nobody has written down."""


class _Plain(etree.ElementBase):  # type: ignore[misc]
    """An element that knows at once when nothing stands in it, or the one child asked for: lxml takes longer to look.

    python3-saml looks into each of thousands of attributes, and into each of their values.
    """

    __slots__ = ()

    def iterchildren(self, tag: Any = None, *tags: Any, **how: Any) -> Any:
        children = len(self)
        if children == 1:
            only = self[0]
            if only.tag == tag:
                return iter((only,))
        return _look(self, tag, *tags, **how) if children else iter(())


_look = etree._Element.iterchildren


class _Parsers(threading.local):
    """One for each thread: a parser has a lock, and threads would wait for each other."""

    def __init__(self) -> None:
        self.parser = etree.XMLParser(
            encoding="utf-8",
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            remove_comments=True,
            remove_pis=False,
            ns_clean=True,
            huge_tree=False,
            collect_ids=False,
            recover=False,
        )
        self.parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=_Plain))


_parsers = _Parsers()


def parse(document: bytes) -> Element:
    """The root. Comments go, and the text around them becomes one; what is not well-formed is refused."""
    try:
        root: Element = etree.fromstring(document, _parsers.parser)
    except (etree.LxmlError, ValueError) as problem:
        raise Untrusted("saml_malformed", f"the message is not well-formed XML: {str(problem)[:200]}") from problem
    return root


def canonical(element: Element, prefixes: Sequence[str] = ()) -> bytes:
    """Exclusive canonical XML without comments (xml-exc-c14n §3), with the namespaces in scope where it stands."""
    try:
        written: bytes = etree.tostring(
            element, method="c14n", exclusive=True, with_comments=False, inclusive_ns_prefixes=list(prefixes) or None
        )
    except (etree.LxmlError, ValueError) as problem:
        raise Untrusted("saml_canonicalisation", f"the message has no canonical form: {str(problem)[:200]}") from problem
    return written


def text(element: Element) -> str:
    """Everything that stands in an element, trimmed; an element among it is refused (`.text` would end there)."""
    if len(element):
        raise Untrusted("saml_shape", f"<{local(element)}> holds elements where text is due")
    return (element.text or "").strip(BLANK)


def local(element: Element) -> str:
    name: str = etree.QName(element).localname
    return name


def qualified(element: Element) -> str:
    """The name with its prefix."""
    return f"{element.prefix}:{local(element)}" if element.prefix else local(element)


def maybe(element: Element, tag: str) -> Element | None:
    """The only child of that name, or None; several are refused."""
    found = list(element.iterchildren(tag))
    if len(found) > 1:
        raise Untrusted(
            "saml_shape", f"<{local(element)}> holds {len(found)} <{etree.QName(tag).localname}>, one is allowed"
        )
    return found[0] if found else None
