"""Bodies: those a connector would send, which the fuzzer then damages, and those so big that nobody would."""

import random
from collections.abc import Callable
from typing import Any

from bench.directory import USER
from bench.fuzzing import filters
from bench.fuzzing.values import Raw, anything, nested, text
from bench.onboarding import GROUP, PATCH

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
CUSTOM = "urn:example:fuzz:1.0:User"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
Body = dict[str, Any]
_PATHS = (
    "userName", "active", "title", "displayName", "name.familyName", "name", "emails", 'emails[type eq "work"].value',
    "members",
    'emails[type eq "work"]', "emails[primary eq true].type", f"{ENTERPRISE}:department", f"{ENTERPRISE}:manager",
    ENTERPRISE,
    "externalId", "id", "meta", "schemas", "groups", "password", "nobody", "", 'members[value eq "x"]', "members[",
    "a.b.c.d",
    f"{CUSTOM}:size", f"{CUSTOM}:badges", f"{CUSTOM}:since", "addresses.locality", "x509Certificates",
)  # fmt: skip


def user(rng: random.Random, mark: str, number: int) -> Body:
    """A user as Okta or Entra would make one. `mark` names the connection in everything that only it has."""
    name = f"{mark}-{number}@fuzz.example"
    return {
        "schemas": [USER, ENTERPRISE],
        "userName": name,
        "externalId": f"{mark}-{number}",
        "name": {"givenName": mark, "familyName": f"{number}"},
        "displayName": f"{mark} {number}",
        "title": rng.choice(("Engineer", text(rng)[:200])),
        "active": rng.random() < 0.8,
        "emails": [{"value": name, "type": "work", "primary": True}, {"value": f"home-{name}", "type": "home"}],
        ENTERPRISE: {"department": mark, "manager": {"value": f"{mark}-0"}},
        **(_quirk(rng, mark, number) if rng.random() < 0.3 else {}),
    }


def _quirk(rng: random.Random, mark: str, number: int) -> Body:
    """What some provider sends and the RFC does not know, or an extension that only one connection has."""
    quirks: tuple[Body, ...] = (
        {"active": rng.choice(("True", "False"))},
        {ENTERPRISE: {"manager": {"value": "", "displayName": mark}}},
        {"schemas": [USER, CUSTOM], CUSTOM: _custom(number)},
        {"schemas": [USER, CUSTOM], CUSTOM: _custom(number)},
        {"profileUrl": "", "groups": [], "meta": {"resourceType": "User"}, "password": "secret"},
        {"emails": {"value": f"{mark}-{number}@fuzz.example"}},
    )
    return rng.choice(quirks)


def _custom(number: int) -> Body:
    badges = [{"value": f"b{number}", "valid": True}]
    return {"size": number, "color": "blue", "since": "2026-01-01T00:00:00Z", "share": 0.5, "badges": badges}


def group(rng: random.Random, mark: str, number: int, ids: list[str]) -> Body:
    """A group with some members that are there and some that aren't."""
    members = [{"value": id} for id in rng.sample(ids, min(len(ids), rng.randrange(5)))]
    return {
        "schemas": [GROUP],
        "displayName": f"{mark} team {number}",
        "externalId": f"{mark}-g{number}",
        "members": [*members, {"value": f"{mark}-nobody-{rng.randrange(50)}"}],
    }


def patch(rng: random.Random, mark: str, ids: list[str]) -> Body:
    """One to four operations on whatever comes."""
    operations = [_operation(rng, mark, ids) for _ in range(rng.choice((1, 1, 2, 4)))]
    return {"schemas": [PATCH], "Operations": operations}


def search(rng: random.Random, mark: str) -> Body:
    """A query in a body (RFC 7644 §3.4.3), with pages by index or by cursor (RFC 9865)."""
    asked: Body = {
        "schemas": [SEARCH],
        "filter": filters.made(rng, f"{mark}-1@fuzz.example"),
        "count": rng.choice((0, 5, 5000)),
    }
    extra: tuple[Body, ...] = (
        {"sortBy": rng.choice(filters.ATTRIBUTES), "sortOrder": rng.choice(("ascending", "descending", "sideways"))},
        {"attributes": ["userName", "emails.value"]},
        {"excludedAttributes": ["members", "groups", "meta"]},
        {"cursor": rng.choice(("", "x", text(rng)[:300]))},
        {"startIndex": rng.choice((1, 0, -5, 2**40))},
        {},
    )
    return asked | rng.choice(extra) | rng.choice(extra)


def bulk(rng: random.Random, mark: str, number: int, ids: list[str]) -> Body:
    """Operations that name each other (RFC 7644 §3.7), some of them in a circle."""
    operations: list[Body] = []
    for place in range(rng.choice((1, 3, 10))):
        kind = rng.randrange(4)
        if kind == 0:
            operations.append(_bulk("POST", "/Users", f"u{place}", user(rng, mark, number * 100 + place)))
        elif kind == 1:
            made = group(rng, mark, number * 100 + place, ids)
            made["members"].append({"value": f"bulkId:{rng.choice(('u', 'g'))}{rng.randrange(10)}"})
            operations.append(_bulk("POST", "/Groups", f"g{place}", made))
        elif kind == 2 and ids:
            operations.append(_bulk("PATCH", f"/Users/{rng.choice(ids)}", "", patch(rng, mark, ids)))
        else:
            operations.append(_bulk(rng.choice(("DELETE", "PUT", "GET")), f"/Users/bulkId:u{rng.randrange(10)}", "", {}))
    return {"schemas": [BULK], "failOnErrors": rng.choice((1, 0, 1000, -1, "x")), "Operations": operations}


def enormous(rng: random.Random, mark: str, number: int) -> bytes | Body:
    """Up to 10 MB, or 10,000 levels, or a hundred thousand of something."""
    makers: tuple[Callable[[], bytes | Body], ...] = (
        lambda: user(rng, mark, number) | {"title": "x" * 10_000_000},
        lambda: user(rng, mark, number) | {"userName": "x" * 1_000_000},
        lambda: user(rng, mark, number) | {"emails": [{"value": f"{n}@x.example", "type": "work"} for n in range(50_000)]},
        lambda: user(rng, mark, number) | {"nobody": Raw(nested(10_000, rng))},
        lambda: user(rng, mark, number) | {f"key{n}": n for n in range(100_000)},
        lambda: user(rng, mark, number) | {"schemas": [USER] * 100_000},
        lambda: group(rng, mark, number, []) | {"members": [{"value": f"{mark}-{n}"} for n in range(100_000)]},
        lambda: group(rng, mark, number, []) | {"members": [f"{n}" for n in range(500_000)]},
        lambda: {
            "schemas": [PATCH],
            "Operations": [{"op": "replace", "path": "title", "value": f"{n}"} for n in range(50_000)],
        },
        lambda: {"schemas": [PATCH], "Operations": [{"op": "add", "path": f"x{n}.y", "value": n} for n in range(20_000)]},
        lambda: {"schemas": [PATCH], "Operations": [{"op": "add", "path": "emails", "value": [{"value": "a@b"}] * 100_000}]},
        lambda: {"schemas": [PATCH], "Operations": [_removal(n) for n in range(3_000)]},
        lambda: {"schemas": [SEARCH], "filter": filters.enormous(rng)},
        lambda: {
            "schemas": [BULK],
            "Operations": [_bulk("POST", "/Users", f"b{n}", {"userName": f"b{n}"}) for n in range(20_000)],
        },
        lambda: b"[" * 10_000_000,
        lambda: nested(10_000, rng),
        lambda: b" " * 10_000_000 + b"{}",
        lambda: b'{"schemas":["' + b"\\u0041" * 1_600_000 + b'"]}',
        lambda: b"[" + b"1e308," * 1_600_000 + b"1]",
        lambda: b"\x00" * 10_000_000,
    )
    return rng.choice(makers)()


def _operation(rng: random.Random, mark: str, ids: list[str]) -> Body:
    path = rng.choice(_PATHS)
    if path == "members":
        value: Any = [{"value": id} for id in rng.sample(ids, min(len(ids), rng.randrange(4)))]
    else:
        value = rng.choice(
            (f"{mark} {rng.randrange(9)}", "True", True, "", None, {"value": mark}, [{"value": mark}], anything(rng))
        )
    operation: Body = {"op": rng.choice(("add", "replace", "remove", "Add", "Replace", "Remove", "copy", ""))}
    if rng.random() < 0.85:
        operation["path"] = path
    elif rng.random() < 0.7:
        value = {path: value, "displayName": mark}
    return operation | ({"value": value} if rng.random() < 0.85 else {})


def _removal(number: int) -> Body:
    return {"op": "remove", "path": f'members[value eq "{number}" or display co "{number}"]'}


def _bulk(method: str, path: str, name: str, data: Body) -> Body:
    return {"method": method, "path": path, **({"bulkId": name} if name else {}), "data": data}
