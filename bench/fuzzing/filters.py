"""Filters (RFC 7644 §3.4.2.2) by grammar, then by accident: what is valid, what almost is, and what never was."""

import json
import random

from bench.fuzzing.values import text

ATTRIBUTES = (
    "userName", "displayName", "externalId", "id", "title", "active", "emails", "emails.value", "emails.type",
    "emails.primary",
    "name.familyName", "name", "meta.created", "meta.lastModified", "meta.version", "members", "members.value", "groups",
    "groups.value", "phoneNumbers.value", "addresses.locality", "roles.value", "schemas", "password", "nobody.knows", "x",
    "USERNAME", "urn:ietf:params:scim:schemas:core:2.0:User:userName",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:example:fuzz:1.0:User:size", "urn:example:fuzz:1.0:User:badges.value", "urn:x:y:z",
)  # fmt: skip
OPERATORS = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "Co", "eqq", "==", "pr", "in")
VALUES = (
    "true", "false", "null", "1", "-0", "1e400", "3.14", "9223372036854775808", '""', '"%"', '"_"', '"a\\u0000b"',
    '"\\ud800"',
    '"2026-01-01T00:00:00Z"', '"not a date"', "unquoted", "'single'", '"unended', "[]", "{}",
)  # fmt: skip


def made(rng: random.Random, known: str = "") -> str:
    """One filter; `known` is a userName that somebody has."""
    found = _valid(rng, rng.randrange(4), known)
    for _ in range(rng.choice((0, 0, 0, 1, 2, 5))):
        found = _damaged(found, rng)
    return found


def enormous(rng: random.Random) -> str:
    """Deep, long or wide: what a parser or a planner may choke on."""
    return rng.choice(
        (
            "(" * 2_000 + 'userName eq "x"' + ")" * 2_000,
            "not (" * 500 + "active pr" + ")" * 500,
            " or ".join(f'userName eq "{number}"' for number in range(300)),
            " and ".join(f'title co "{number}"' for number in range(300)),
            'emails[type eq "work" and ' * 200 + "x" + "]" * 200,
            f'userName eq "{"a" * 7_000}"',
            f'title co "{"%_" * 2_000}"',
            "a." * 3_000 + "b pr",
        )
    )


def _valid(rng: random.Random, depth: int, known: str) -> str:
    if not depth:
        return _comparison(rng, known)
    kind = rng.randrange(4)
    if kind == 0:
        return f"not ({_valid(rng, depth - 1, known)})"
    if kind == 1:
        return f"{rng.choice(('emails', 'members', 'addresses', 'x'))}[{_valid(rng, depth - 1, known)}]"
    word = rng.choice(("and", "or", "AND", "xor"))
    parts = [_valid(rng, depth - 1, known) for _ in range(rng.choice((2, 2, 3)))]
    joined = f" {word} ".join(parts)
    return f"({joined})" if rng.random() < 0.5 else joined


def _comparison(rng: random.Random, known: str) -> str:
    attribute, operator = rng.choice(ATTRIBUTES), rng.choice(OPERATORS)
    if operator == "pr":
        return f"{attribute} pr"
    value = rng.choice(VALUES) if rng.random() < 0.5 else json.dumps(known if rng.random() < 0.4 else text(rng)[:300])
    return f"{attribute} {operator} {value}"


def _damaged(found: str, rng: random.Random) -> str:
    at = rng.randrange(len(found) + 1)
    kind = rng.randrange(4)
    if kind == 0:
        return found[:at] + found[at + 1 :]
    if kind == 1:
        return (
            found[:at]
            + rng.choice(('"', "(", ")", "[", "]", " ", ".", ":", "\x00", "\\", "é", "and", "\u202e"))
            + found[at:]
        )
    if kind == 2:
        return found[:at]
    return found[:at] + found[max(0, at - rng.randrange(20)) :]
