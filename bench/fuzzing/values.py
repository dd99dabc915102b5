"""Hostile JSON: values that break parsers, indexes and comparisons, and a writer that can say what no JSON library would.

A `Raw` goes into the text as it is: numbers out of range, lone surrogates, invalid UTF-8, ten thousand brackets.
"""

import json
import random
from collections.abc import Callable
from typing import Any


class Raw(bytes):
    """JSON text, or what pretends to be."""


Change = Callable[[Any, random.Random], Any]
NUMBERS = tuple(
    Raw(text)
    for text in (
        b"0", b"-0", b"-0.0", b"1e400", b"-1e400", b"1e-400", b"NaN", b"Infinity", b"-Infinity", b"9007199254740993",
        b"9223372036854775807", b"9223372036854775808", b"18446744073709551616", b"1" + b"0" * 400, b"0.1e1", b"01", b"+1",
        b".5", b"1.", b"0x10", b"1_000",
    )
)  # fmt: skip
TEXTS = (
    "", " ", "\x00", "a\x00b", "\x1f", "\x7f", "\u0085", "\u200b", "\u202egpj.exe", "\ufeff", "\ufffe", "\uffff", "é",
    "e\u0301",
    "İ", "ı", "ß", "SS", "ﬁ", "K", "Ａ", "\U0001f469\u200d\U0001f4bb", "𝒳", "مرحبا", "שלום", "a" * 300, "a" * 70_000,
    "é" * 5_000,
    "'; DROP TABLE scim_user; --", "%", "_", "\\", '"', "\r\nX-Injected: yes", "../../etc/passwd", "${jndi:ldap://x}",
    "{{7*7}}",
    "<script>", "true", "False", "null", "NaN", "0", "-1", "1e400", "2026-13-45T25:61:61Z", "9999999999-01-01T00:00:00Z",
    "urn:ietf:params:scim:schemas:core:2.0:User", "a@b", "@", "a@" + "b." * 200 + "c", "user@xn--80ak6aa92e.example",
)  # fmt: skip
BROKEN = tuple(
    Raw(text)
    for text in (
        rb'"\ud800"', rb'"\udfff\ud800"', b'"\xff\xfe"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'"a\x00b"', rb'"\u0000"',
        b'"\t"',
        b'"unended', b"nul", b"'single'", b"{", b"]", b"[,]", b'{"a":}', b'{"a":1,"a":2}', b"/* c */ 1", b"",
    )
)  # fmt: skip


def written(value: Any) -> bytes:
    """The JSON text of a value with Raws in it."""
    match value:
        case Raw():
            return bytes(value)
        case dict():
            return b"{" + b",".join(_text(key) + b":" + written(one) for key, one in value.items()) + b"}"
        case list() | tuple():
            return b"[" + b",".join(map(written, value)) + b"]"
        case str():
            return _text(value)
        case _:
            return json.dumps(value).encode()


def anything(rng: random.Random) -> Any:
    """One hostile value."""
    return rng.choice(_MAKERS)(rng)


def text(rng: random.Random) -> str:
    """One hostile string."""
    found = rng.choice(TEXTS)
    return found if rng.random() < 0.7 else found + rng.choice(TEXTS)[:200]


def _scalar(rng: random.Random) -> Any:
    return rng.choice((None, True, False, [], {}, [[]], [{}], [None], {"": None}, {"value": {"value": []}}))


def _list(rng: random.Random) -> Any:
    return [anything(rng) for _ in range(rng.randrange(4))]


def _object(rng: random.Random) -> Any:
    return {rng.choice(("value", "type", "$ref", "primary", "schemas", "x", "")): anything(rng)}


def _deep(rng: random.Random) -> Any:
    return Raw(nested(rng.choice((2, 50, 300, 1_100, 10_000)), rng))


def nested(depth: int, rng: random.Random) -> bytes:
    """So many arrays or objects in each other; sometimes nobody closes them."""
    opened, closed = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b'{"schemas":[', b"]}")))
    inner = b"1" if rng.random() < 0.8 else b""
    return opened * depth + inner + (closed * depth if rng.random() < 0.8 else b"")


def mutated(value: Any, rng: random.Random) -> Any:
    """The value with one change somewhere in it."""
    if isinstance(value, dict) and value and rng.random() < 0.8:
        key = rng.choice(list(value))
        return rng.choice(_OF_OBJECTS)(value, key, rng) if rng.random() < 0.5 else {**value, key: mutated(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.8:
        at = rng.randrange(len(value))
        if rng.random() < 0.3:
            return rng.choice((value[:at], value * 2, [*value, value[at]], value[at], [value]))
        return [*value[:at], mutated(value[at], rng), *value[at + 1 :]]
    return anything(rng)


def _without(value: dict[str, Any], key: str, rng: random.Random) -> Any:
    return {name: one for name, one in value.items() if name != key}


def _renamed(value: dict[str, Any], key: str, rng: random.Random) -> Any:
    name = rng.choice((key.upper(), key.lower(), f" {key}", f"{key}\x00", f"urn:x:{key}", text(rng)[:300]))
    return {**_without(value, key, rng), name: value[key]}


def _twice(value: dict[str, Any], key: str, rng: random.Random) -> Any:
    """The same key two times, which no dictionary can hold."""
    return Raw(written(value)[:-1] + b"," + _text(key) + b":" + written(anything(rng)) + b"}")


def _more(value: dict[str, Any], key: str, rng: random.Random) -> Any:
    return {
        **value,
        rng.choice(("id", "meta", "schemas", "groups", "password", "__proto__", text(rng)[:300])): anything(rng),
    }


def _wrapped(value: dict[str, Any], key: str, rng: random.Random) -> Any:
    return {**value, key: rng.choice(([value[key]], {"value": value[key]}, {key: value[key]}, str(value[key])[:500]))}


_MAKERS: tuple[Callable[[random.Random], Any], ...] = (
    lambda rng: rng.choice(NUMBERS),
    lambda rng: rng.choice(BROKEN),
    _scalar,
    _list,
    _object,
    _deep,
    *(text for _ in range(5)),
)
_OF_OBJECTS = (_without, _renamed, _twice, _more, _wrapped)


def _text(value: str) -> bytes:
    return json.dumps(value, ensure_ascii=len(value) % 2 == 0).encode("utf-8", "surrogatepass")
