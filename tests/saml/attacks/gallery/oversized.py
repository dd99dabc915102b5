"""Too much of everything: in the part that nobody signed, in a signature, and in a signed part that somebody swelled."""

from collections.abc import Callable

from tests.saml.attacks.attack import Gallery
from tests.support.saml import Seal, say
from tests.support.saml import names as n
from tests.support.saml.surgery import text_after

oversized = Gallery("oversized")
MEGABYTE = 990_000
Heap = Callable[[], str]


def many(count: int, one: str) -> str:
    """The text that often; `%` in it is the number."""
    return "".join(one.replace("%", str(at)) for at in range(count)) if "%" in one else one * count


def nested(depth: int, inside: str, declared: int = 15) -> str:
    """Elements within each other, each with namespaces of its own, and something in the middle."""
    opened = "".join(f"<x {many(declared, f'xmlns:a{at}_%=' + quoted('urn:u') + ' ')}>" for at in range(depth))
    return opened + inside + "</x>" * depth


def _declared(at: int) -> str:
    return "".join(f"xmlns:a{at + more}={quoted(f'urn:u{at}')} " for more in range(15))


def quoted(value: str) -> str:
    return f'"{value}"'


def used(depth: int = 25) -> str:
    """Namespaces that are all in use, so that none can be left out."""
    opened = "".join(f"<a{at}:x {_declared(at)}>" for at in range(depth))
    inside = "".join(f"<a{at % depth}:y a{(at + 7) % depth}:z={quoted('1')}/>" for at in range(15_000))
    return opened + inside + "".join(f"</a{at}:x>" for at in reversed(range(depth)))


HEAPS: dict[str, Heap] = {
    "a megabyte of text": lambda: f"<x>{'a' * MEGABYTE}</x>",
    "a megabyte of references": lambda: f"<x>{'&#13;' * (MEGABYTE // 5)}</x>",
    "a megabyte in an attribute": lambda: f"<x a={quoted('&#13;' * (MEGABYTE // 5))}/>",
    "ninety thousand attributes": lambda: f"<x {many(90_000, 'a%=' + quoted('') + ' ')}/>",
    "attributes that begin alike": lambda: f"<x {many(4_500, 'a' * 200 + '%=' + quoted('') + ' ')}/>",
    "two hundred and fifty attributes of each of two hundred elements": lambda: (
        f"<x {many(250, 'a%=' + quoted('') + ' ')}/>" * 200
    ),
    "two hundred and fifty attributes of each of five hundred elements": lambda: (
        f"<x {many(250, 'a%=' + quoted('') + ' ')}/>" * 500
    ),
    "two hundred and fifty attributes that begin alike, of each of seventeen elements": lambda: (
        f"<x {many(250, 'a' * 200 + '%=' + quoted('') + ' ')}/>" * 17
    ),
    "eighteen thousand elements": lambda: "<x/>" * 18_000,
    "eighteen thousand elements with a namespace each": lambda: many(18_000, f"<x xmlns={quoted('urn:u%')}/>"),
    "fifteen namespaces of each of two thousand elements": lambda: many(
        2_000, f"<x {many(15, 'xmlns:a%=' + quoted('urn:u') + ' ')}/>"
    ),
    "namespaces at twenty depths": lambda: nested(20, "<y/>" * 15_000),
    "namespaces that are all in use": used,
    "many comments": lambda: f"<x>{'a<!---->' * 15_000}</x>",
    "many pieces of CDATA": lambda: f"<x>{'a<![CDATA[]]>' * 15_000}</x>",
    "fifteen thousand ids": lambda: many(15_000, f"<x ID={quoted('i%')}/>"),
}


@oversized.control
def two_thousand_groups() -> str:
    return say(groups=tuple(f"A group of some length, number {at}" for at in range(2_000)))


def padded(inside: str) -> str:
    """Ballast in the unsigned part."""
    return text_after(("<samlp:Status>", f"<samlp:Extensions>{inside}</samlp:Extensions><samlp:Status>"))


def swollen(before: str, inside: str) -> str:
    """Ballast before an end tag of a genuine message."""
    return text_after((before, inside + before))


CANONICAL = f'<ds:CanonicalizationMethod Algorithm="{n.EXCLUSIVE}"/>'


def method(inside: str) -> str:
    """Something in CanonicalizationMethod: it says how SignedInfo is written before anybody has signed anything."""
    return text_after((CANONICAL, CANONICAL[:-2] + f">{inside}</ds:CanonicalizationMethod>"))


def blank(message: str) -> str:
    return message[:50] + " " * MEGABYTE + message[50:]


for sentence, heap in HEAPS.items():
    oversized.row(f"extensions of {sentence}", lambda heap=heap: padded(heap()), harmless=True)
    oversized.row(f"the signed assertion, swollen by {sentence}", lambda heap=heap: swollen("</saml:Assertion>", heap()))
    oversized.row(f"the signed name, swollen by {sentence}", lambda heap=heap: swollen("</saml:NameID>", heap()))
    oversized.row(f"SignedInfo, swollen by {sentence}", lambda heap=heap: swollen("</ds:SignedInfo>", heap()))
    oversized.row(f"KeyInfo, swollen by {sentence}", lambda heap=heap: swollen("</ds:KeyInfo>", heap()), harmless=True)
    oversized.row(f"canonicalisation, swollen by {sentence}", lambda heap=heap: method(heap()))

TOO_MUCH: dict[str, Heap] = {
    "two megabytes of text": lambda: f"<x>{'a' * 2 * MEGABYTE}</x>",
    "twenty-five thousand elements": lambda: "<x/>" * 25_000,
    "two hundred and fifty thousand elements": lambda: "<x/>" * 250_000,
    "forty deep": lambda: "<x>" * 40 + "</x>" * 40,
    "a thousand deep": lambda: "<x>" * 1_000 + "</x>" * 1_000,
    "a hundred thousand deep": lambda: "<x>" * 100_000 + "</x>" * 100_000,
    "ten thousand deep and never closed": lambda: "<x>" * 10_000,
    "fifty thousand namespaces of one element": lambda: f"<x {many(50_000, 'xmlns:a%=' + quoted('urn:u') + ' ')}/>",
    "comments that never end": lambda: "<!-- " * 1_000,
    "an attribute that never ends": lambda: '<x a="' + "a" * MEGABYTE,
    "a tag that never ends": lambda: "<" + "x" * MEGABYTE,
    "a reference that never ends": lambda: "&" + "x" * MEGABYTE,
    "ten thousand signatures": lambda: f"<y xmlns:ds={quoted(n.DS)}>{'<ds:Signature/>' * 10_000}</y>",
    "ten thousand assertions": lambda: f"<y xmlns:s={quoted(n.SAML)}>{'<s:Assertion/>' * 10_000}</y>",
    "fifteen thousand ids, one of them twice": lambda: many(15_000, f"<x ID={quoted('i%')}/>") + '<x ID="i1"/>',
    "fifteen thousand ids that are all the same": lambda: '<x ID="i"/>' * 15_000,
}
for sentence, heap in TOO_MUCH.items():
    oversized.row(f"too much in extensions: {sentence}", lambda heap=heap: padded(heap()))

oversized.row("a name of a hundred thousand letters", lambda: say(name_id="a" * 100_000))
oversized.row("an id of a hundred thousand letters", lambda: say(assertion_id="_" + "a" * 100_000))
oversized.row("a megabyte of base64 that is none", lambda: "A" * (MEGABYTE + 1))
oversized.row("twenty megabytes of base64", lambda: "A" * 20 * MEGABYTE)
oversized.row("twenty megabytes of blanks", lambda: " " * 20 * MEGABYTE)
oversized.row("a megabyte of blanks in base64", lambda: blank(say()), harmless=True)


def prefixes(count: int) -> str:
    return f'<e:InclusiveNamespaces xmlns:e="{n.EXCLUSIVE}" PrefixList="{many(count, "p% ")}"/>'


for count in (17, 1_000, 100_000):
    oversized.row(f"SignedInfo with a list of {count} prefixes", lambda count=count: method(prefixes(count)))


@oversized
def prefixes_over_a_swollen_assertion() -> str:
    seal = Seal(prefixes=tuple(f"p{at}" for at in range(16)))
    heap = many(15_000, f"<a:x xmlns:a={quoted('urn:u%')}/>")
    return text_after(("</saml:Assertion>", f"{heap}</saml:Assertion>"), seal=seal)


@oversized
def groups_that_nobody_signed() -> str:
    group = '<saml:Attribute Name="groups"><saml:AttributeValue>owners</saml:AttributeValue></saml:Attribute>'
    return swollen("</saml:AttributeStatement>", group * 5_000)
