"""Cuts: find, copy, move and rewrite parts of a message, before it is signed or after."""

import copy
from collections.abc import Callable
from typing import Any

from lxml import etree

from bridge.saml.party import Party
from tests.support.saml import names
from tests.support.saml.messages import document, make, posted, sealed, unsigned

Cut = Callable[[etree._Element], object]


def saml(tag: str) -> str:
    return f"{{{names.SAML}}}{tag}"


def samlp(tag: str) -> str:
    return f"{{{names.SAMLP}}}{tag}"


def ds(tag: str) -> str:
    return f"{{{names.DS}}}{tag}"


def find(tree: etree._Element, tag: str) -> etree._Element:
    """The first descendant of that local name, whatever its namespace."""
    return next(one for one in tree.iter(f"{{*}}{tag}") if one is not tree)


def copied(element: etree._Element) -> etree._Element:
    """A copy that stands alone."""
    made = copy.deepcopy(element)
    made.tail = None
    return made


def without_signature(element: etree._Element) -> etree._Element:
    """The element, its own Signature taken out."""
    for one in element.findall(ds("Signature")):
        element.remove(one)
    return element


def evil(element: etree._Element, *, id: str | None = "_" + "e7" * 16, name: str = "mallory@evil.test") -> etree._Element:
    """A copy of a Response or Assertion that says somebody else and owners, unsigned; `id` None: the original's."""
    made = without_signature(copied(element))
    for assertion in made.iter(saml("Assertion")):
        without_signature(assertion)
    if id is not None:
        made.set("ID", id)
    for one in made.iter(saml("NameID")):
        one.text = name
    for one in made.iter(saml("AttributeValue")):
        one.text = "owners"
    return made


def drop(element: etree._Element) -> None:
    """Takes an element out of its parent."""
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def element(text: str) -> etree._Element:
    """A piece of XML; the prefixes saml, samlp, ds and xenc are known in it."""
    declared = " ".join(f'xmlns:{prefix}="{name}"' for prefix, name in names.NAMESPACES.items())
    return etree.fromstring(f"<x {declared}>{text}</x>")[0]


def under(parent: etree._Element, text: str, at: int | None = None) -> etree._Element:
    """A new child of the parent, at that place or last."""
    made = element(text)
    parent.insert(len(parent) if at is None else at, made)
    return made


def before(cut: Cut, *, look: str = "generic", to: Party | None = None, **changes: Any) -> str:
    """A message that the IdP signed after the cut: its word, odd as it is."""
    answer = make(look, to=to, **changes)
    tree = unsigned(answer)
    cut(tree)
    return posted(sealed(tree, answer))


def after(cut: Cut, *, look: str = "generic", to: Party | None = None, **changes: Any) -> str:
    """A message cut by somebody on its way."""
    tree = document(make(look, to=to, **changes))
    cut(tree)
    return posted(tree)


def text_after(*pairs: tuple[str, str], look: str = "generic", to: Party | None = None, **changes: Any) -> str:
    """A message in whose text each (old, new) was exchanged on its way; it must be there."""
    return posted(exchanged(etree.tostring(document(make(look, to=to, **changes))).decode(), *pairs))


def text_before(*pairs: tuple[str, str], look: str = "generic", to: Party | None = None, **changes: Any) -> str:
    """The same, done by the IdP before it signed."""
    answer = make(look, to=to, **changes)
    text = exchanged(etree.tostring(unsigned(answer)).decode(), *pairs)
    return posted(sealed(etree.fromstring(text, etree.XMLParser(huge_tree=True)), answer))


def exchanged(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text
