"""Damage to the octets of a document, and to the base64 around it: what a parser may stumble over."""

import base64
import re
from collections.abc import Callable
from random import Random

Damage = Callable[[Random, bytes], bytes]

PIECES = (
    *(
        b"\0",
        b"\xff",
        b"\xc0\xbc",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xef\xbf\xbf",
        b"\x0b",
        b"\x7f",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
    ),
    *(b"<!---->", b"<!-- x -->", b"<?x?>", b"<![CDATA[", b"]]>", b"<![CDATA[]]>", b"<!DOCTYPE a>", b"<!ENTITY a 'b'>"),
    *(
        b"&#0;",
        b"&#x41;",
        b"&amp;",
        b"&lt;",
        b"&a;",
        b"&#13;",
        b"<",
        b">",
        b'"',
        b"'",
        b"/",
        b"&",
        b"=",
        b" ",
        b"\n",
        b"\t",
        b"\r\n",
    ),
    *(
        b"<x/>",
        b"</x>",
        b"<saml:NameID>mallory@evil.test</saml:NameID>",
        b' ID="x"',
        b' xmlns="urn:x"',
        b' xml:base="file:///"',
    ),
    *(
        b"ada@acme.test",
        b"owners",
        b"https://bridge.test/saml/acme",
        b"9999-12-31T23:59:59Z",
        b"-1",
        b"1e9",
        b"%00",
        b"\xc3\xbc",
    ),
)
TEXT = re.compile(rb">([^<>]+)<")
NAME = re.compile(rb"NameID[^<>]*>([^<>]+)<")
VALUE = re.compile(rb'="([^"<>]*)"')
TAG = re.compile(rb"<[^<>]+>")


def flip(random: Random, octets: bytes) -> bytes:
    made = bytearray(octets)
    made[random.randrange(len(made))] ^= 1 << random.randrange(8)
    return bytes(made)


def put(random: Random, octets: bytes) -> bytes:
    at = random.randrange(len(octets))
    return octets[:at] + random.choice(PIECES) + octets[at:]


def overwrite(random: Random, octets: bytes) -> bytes:
    at, piece = random.randrange(len(octets)), random.choice(PIECES)
    return octets[:at] + piece + octets[at + len(piece) :]


def cut(random: Random, octets: bytes) -> bytes:
    first, last = _slice(random, octets)
    return octets[:first] + octets[last:]


def repeat(random: Random, octets: bytes) -> bytes:
    first, last = _slice(random, octets)
    return octets[:last] + octets[first:last] + octets[last:]


def move(random: Random, octets: bytes) -> bytes:
    first, last = _slice(random, octets)
    rest = octets[:first] + octets[last:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + octets[first:last] + rest[at:]


def end(random: Random, octets: bytes) -> bytes:
    return octets[: random.randrange(1, len(octets))]


def _found(pattern: re.Pattern[bytes], random: Random, octets: bytes) -> tuple[int, int] | None:
    found = [match.span(1 if pattern.groups else 0) for match in pattern.finditer(octets)]
    return random.choice(found) if found else None


def split_text(random: Random, octets: bytes) -> bytes:
    """A comment, CDATA or a reference within some text: canonical bytes don't show them."""
    span = _found(NAME if random.random() < 0.4 else TEXT, random, octets)
    if span is None:
        return octets
    at = random.randrange(span[0], span[1] + 1)
    return octets[:at] + random.choice((b"<!-- -->", b"<![CDATA[]]>", b"<?x?>", b"<x/>", b"<!-->", b"&#8203;")) + octets[at:]


def spell_text(random: Random, octets: bytes) -> bytes:
    """One letter of some text as a reference, or all of it as CDATA: the same text."""
    span = _found(TEXT, random, octets)
    if span is None:
        return octets
    at = random.randrange(*span)
    if random.random() < 0.5:
        return octets[: span[0]] + b"<![CDATA[" + octets[slice(*span)] + b"]]>" + octets[span[1] :]
    return octets[:at] + b"&#%d;" % octets[at] + octets[at + 1 :] if octets[at] < 128 else octets


def exchange_values(random: Random, octets: bytes) -> bytes:
    """One text or value gets the place of another."""
    pattern = random.choice((TEXT, VALUE))
    one, other = _found(pattern, random, octets), _found(random.choice((TEXT, VALUE)), random, octets)
    if one is None or other is None:
        return octets
    return octets[: one[0]] + octets[slice(*other)] + octets[one[1] :]


def change_case(random: Random, octets: bytes) -> bytes:
    span = _found(random.choice((TEXT, VALUE, TAG)), random, octets)
    return octets if span is None else octets[: span[0]] + octets[slice(*span)].swapcase() + octets[span[1] :]


def repeat_tag(random: Random, octets: bytes) -> bytes:
    one, other = _found(TAG, random, octets), _found(TAG, random, octets)
    if one is None or other is None:
        return octets
    return octets[: other[1]] + octets[slice(*one)] + octets[other[1] :]


def encode(random: Random, octets: bytes) -> bytes:
    """Another character set, declared or not."""
    text = octets.decode("utf-8", "replace")
    charset = random.choice(("utf-16", "utf-16-le", "utf-7", "latin-1", "utf-8-sig", "cp037", "utf-32"))
    declared = random.choice(
        ("", f'<?xml version="1.0" encoding="{charset}"?>', '<?xml version="1.0"?>', '<?xml version="1.1"?>')
    )
    return (declared + text).encode(charset, "replace")


def surround(random: Random, octets: bytes) -> bytes:
    first, last = random.choice((b"", b"\n", b"<!-- -->", *PIECES)), random.choice((b"", b"\n", b"<!-- -->", *PIECES))
    return first + octets + last


DAMAGES: tuple[Damage, ...] = (
    *(flip, put, overwrite, cut, repeat, move, end, split_text, split_text, spell_text, spell_text),
    *(exchange_values, exchange_values, change_case, repeat_tag, encode, surround),
)


def field(random: Random, octets: bytes) -> str:
    """The document as a form field, now and then in base64 that isn't quite."""
    message = base64.b64encode(octets).decode()
    if random.random() > 0.03:
        return message
    at = random.randrange(len(message) + 1)
    piece = random.choice(("\n", " ", "=", "==", "!", "-", "_", "\0", "А", "%2B", "AAAA", "A"))  # one of them Cyrillic
    return random.choice((message[:at] + piece + message[at:], message[:at], message + piece, message[at:]))


def _slice(random: Random, octets: bytes) -> tuple[int, int]:
    first = random.randrange(len(octets))
    return first, min(len(octets), first + int(2 ** random.uniform(0, 11)))
