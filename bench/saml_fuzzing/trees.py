"""Damage to the tree: elements that go, come twice, move, change places or names; assertions that are somebody's."""

from collections.abc import Callable
from random import Random
from typing import Any

from lxml import etree

from tests.support.saml import names
from tests.support.saml.surgery import copied, element, evil, saml, without_signature

Tree = Any
Damage = Callable[[Random, Tree, Tree], object]
NAMESPACES = (names.SAML, names.SAMLP, names.DS, names.XENC, names.XS, "urn:oasis:names:tc:SAML:1.0:assertion", "urn:x", "")
NEW = (
    *(
        "<samlp:Extensions/>",
        "<saml:Advice/>",
        "<ds:Object/>",
        "<saml:Subject/>",
        "<saml:NameID>mallory@evil.test</saml:NameID>",
    ),
    *(
        '<saml:Attribute Name="groups"><saml:AttributeValue>owners</saml:AttributeValue></saml:Attribute>',
        "<saml:OneTimeUse/>",
    ),
    *(
        "<saml:AttributeStatement/>",
        "<saml:Conditions/>",
        "<saml:AudienceRestriction/>",
        "<saml:SubjectConfirmation/>",
        "<x/>",
    ),
)
VALUES = ("", "x", "2.0", "1.1", "owners", "mallory@evil.test", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z", "#", "_0")
VALUES += (
    names.ENVELOPED,
    names.EXCLUSIVE,
    names.EXCLUSIVE_COMMENTS,
    names.INCLUSIVE,
    names.SIGNATURES["rsa-sha1"],
    names.BEARER,
)
VALUES += (names.DIGESTS["sha1"], names.STATUS + "Success", "https://bridge.test/saml/acme/acs", "https://evil.test/")


def damage(random: Random, octets: bytes, other: bytes) -> bytes:
    """One to three of these, on the tree that the octets are; `other`: another valid document, to take parts from."""
    try:
        tree, theirs = etree.fromstring(octets), etree.fromstring(other)
    except etree.XMLSyntaxError:
        return octets  # it was damaged before, beyond a tree
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        try:
            random.choice(DAMAGES)(random, tree, theirs)
        except (ValueError, TypeError):
            continue  # what lxml itself does not let happen
    return etree.tostring(tree)


def _any(random: Random, tree: Tree, *, root: bool = False) -> Tree:
    found = [one for one in tree.iter(etree.Element) if root or one is not tree]
    return random.choice(found or [tree])


def _inside(one: Tree, of: Tree) -> bool:
    while one is not None:
        if one is of:
            return True
        one = one.getparent()
    return False


def remove(random: Random, tree: Tree, theirs: Tree) -> None:
    one = _any(random, tree)
    if one is not tree:
        one.getparent().remove(one)


def twice(random: Random, tree: Tree, theirs: Tree) -> None:
    one = _any(random, tree)
    if one is not tree:
        one.addnext(copied(one))


def copy_elsewhere(random: Random, tree: Tree, theirs: Tree) -> None:
    _insert(random, _any(random, tree, root=True), copied(_any(random, tree)))


def move(random: Random, tree: Tree, theirs: Tree) -> None:
    one, into = _any(random, tree), _any(random, tree, root=True)
    if one is not tree and not _inside(into, one):
        _insert(random, into, one)


def swap(random: Random, tree: Tree, theirs: Tree) -> None:
    one, other = _any(random, tree), _any(random, tree)
    if tree in (one, other) or _inside(one, other) or _inside(other, one):
        return
    place = etree.Element("place")
    one.getparent().replace(one, place)
    other.getparent().replace(other, one)
    place.getparent().replace(place, other)


def take_theirs(random: Random, tree: Tree, theirs: Tree) -> None:
    """A part of another genuine message in the place of ours."""
    one = _any(random, tree)
    same = list(theirs.iter(one.tag)) if isinstance(one.tag, str) else []
    if one is not tree and same:
        one.getparent().replace(one, copied(random.choice(same)))


def put(random: Random, tree: Tree, theirs: Tree) -> None:
    _insert(random, _any(random, tree, root=True), element(random.choice(NEW)))


def rename(random: Random, tree: Tree, theirs: Tree) -> None:
    one, other = _any(random, tree, root=True), _any(random, tree)
    one.tag = random.choice((other.tag, f"{{{etree.QName(one).namespace}}}{random.choice(('x', 'Assertion', 'NameID'))}"))


def other_namespace(random: Random, tree: Tree, theirs: Tree) -> None:
    one, namespace = _any(random, tree, root=True), random.choice(NAMESPACES)
    one.tag = f"{{{namespace}}}{etree.QName(one).localname}" if namespace else etree.QName(one).localname


def wrap(random: Random, tree: Tree, theirs: Tree) -> None:
    one, around = _any(random, tree), element(random.choice(NEW))
    if one is not tree:
        one.getparent().replace(one, around)
        around.append(one)


def unwrap(random: Random, tree: Tree, theirs: Tree) -> None:
    one = _any(random, tree)
    if one is not tree:
        for child in list(one):
            one.addprevious(child)
        one.getparent().remove(one)


def empty(random: Random, tree: Tree, theirs: Tree) -> None:
    one = _any(random, tree)
    del one[:]
    one.text = random.choice((None, "", " ", "x"))


def shuffle(random: Random, tree: Tree, theirs: Tree) -> None:
    one = _any(random, tree, root=True)
    children = list(one)
    random.shuffle(children)
    one[:] = children


def attribute(random: Random, tree: Tree, theirs: Tree) -> None:
    """One attribute goes, is said otherwise, renamed, put into a namespace, or comes from another element."""
    one = _any(random, tree, root=True)
    have = list(one.attrib)
    if not have:
        one.set(random.choice(("ID", "Id", "id", "URI", "Algorithm", "{%s}id" % _XML, "Version")), random.choice(VALUES))  # noqa: UP031
        return
    name = random.choice(have)
    value = one.attrib[name]
    kind = random.randrange(5)
    if kind in (1, 2):
        del one.attrib[name]
    if kind == 0:
        one.set(name, random.choice((*VALUES, value + "0", value[:-1], value.upper(), " " + value, value + "\n")))
    if kind == 2:
        one.set(f"{{{random.choice(NAMESPACES[:3])}}}{etree.QName(name).localname}", value)
    if kind == 3:
        one.set(name, _any(random, tree, root=True).get(name, random.choice(VALUES)))
    if kind == 4:
        _any(random, tree, root=True).set(name, value)


_XML = "http://www.w3.org/XML/1998/namespace"


def text(random: Random, tree: Tree, theirs: Tree) -> None:
    one = _any(random, tree, root=True)
    old = one.text or ""
    one.text = random.choice((old + "x", old[:-1], old.upper(), f" {old} ", old + "\u00a0", random.choice(VALUES), old * 2))


def comment(random: Random, tree: Tree, theirs: Tree) -> None:
    """Often within what says who it is."""
    telling = [*tree.iter(saml("NameID"), saml("AttributeValue"))]
    one = random.choice(telling) if telling and random.random() < 0.4 else _any(random, tree, root=True)
    made = random.choice((etree.Comment(" x "), etree.ProcessingInstruction("x", "y")))
    if one.text and len(one.text) > 1:
        at = random.randrange(len(one.text))
        one.text, made.tail = one.text[:at], one.text[at:]
    one.insert(0, made)


def wrapping(random: Random, tree: Tree, theirs: Tree) -> None:
    """The genuine assertion (or response) goes somewhere, and one that says somebody else stands in its place."""
    genuine = next(iter(tree.iter(saml("Assertion"))), None)
    if genuine is None or genuine is tree:
        return
    fake = evil(genuine, id=random.choice((None, "_" + "e7" * 16)))
    if random.random() < 0.5:
        fake.insert(1, copied(next(iter(genuine.iter(f"{{{names.DS}}}Signature")), etree.Element("x"))))
    if random.random() < 0.3:
        without_signature(genuine)
    kept = copied(genuine)
    genuine.getparent().replace(genuine, fake)
    _insert(random, _any(random, tree, root=True), kept)


def evil_beside(random: Random, tree: Tree, theirs: Tree) -> None:
    genuine = next(iter(tree.iter(saml("Assertion"))), None)
    if genuine is not None:
        _insert(random, _any(random, tree, root=True), evil(genuine, id=random.choice((None, "_" + "e7" * 16))))


def evil_response(random: Random, tree: Tree, theirs: Tree) -> None:
    """The whole genuine tree inside itself, somebody else's words outside."""
    kept, fake = copied(tree), evil(tree)
    signature = next(iter(kept.iter(f"{{{names.DS}}}Signature")), None)
    tree[:] = list(fake)
    tree.set("ID", fake.get("ID", ""))
    if signature is not None and random.random() < 0.7:
        tree.insert(1, copied(signature))
    _insert(random, _any(random, tree, root=True), kept)


def _insert(random: Random, into: Tree, one: Tree) -> None:
    into.insert(random.randrange(len(into) + 1), one)


DAMAGES: tuple[Damage, ...] = (
    *(remove, twice, copy_elsewhere, move, move, swap, take_theirs, take_theirs, put, rename, other_namespace, wrap, unwrap),
    *(
        empty,
        shuffle,
        attribute,
        attribute,
        attribute,
        text,
        text,
        comment,
        comment,
        wrapping,
        wrapping,
        evil_beside,
        evil_response,
    ),
)
