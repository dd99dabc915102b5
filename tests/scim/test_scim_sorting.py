"""Sorting (RFC 7644 §3.4.2.3): by any kind of value, in both directions, over pages, users and groups together."""

from collections.abc import Mapping
from typing import Any

import pytest

from scim.keys import fold
from tests.scim.conftest import BADGE, ENTERPRISE, Host

PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "dee": {
        "displayName": "émile",
        "name": {"familyName": "Zoe"},
        "emails": [{"value": "z@x.example"}, {"value": "a@x.example", "primary": True}],
        BADGE: {"number": 10, "weight": 0.5, "issued": "2027-01-31T00:30:00+01:00", "color": "b", "doors": ["z", "a"],
                "valid": True},
    },
    "ada": {
        "displayName": "Zoe",
        "active": False,
        "emails": [{"value": "m@x.example"}, {"value": "b@x.example"}],
        BADGE: {"number": 9, "weight": 10, "issued": "2027-01-30T23:45:00Z", "color": "B", "holder": {"floor": -1}},
    },
    "cyd": {
        "displayName": "EMIL",
        "name": {"familyName": "abel"},
        ENTERPRISE: {"department": "IT"},
        BADGE: {"number": -3, "weight": 9.75, "issued": "2027-01-30T23:45:00.000001Z", "holder": {"floor": 2}},
    },
    "ben": {"title": "x"},
}  # fmt: skip
"""In the order of their creation; who has no value comes last, or first in descending order."""

SORTED = {
    "": "dee ada cyd ben",
    "userName": "ada ben cyd dee",
    "USERNAME": "ada ben cyd dee",
    "externalId": "ada ben cyd dee",
    "displayName": "cyd ada dee ben",
    "name.familyName": "cyd dee ada ben",
    "active": "ada dee cyd ben",
    "emails": "dee ada cyd ben",
    "emails.value": "dee ada cyd ben",
    "meta.created": "dee ada cyd ben",
    "meta.lastModified": "dee ada cyd ben",
    "meta.version": "dee ada cyd ben",
    "meta.resourceType": "dee ada cyd ben",
    f"{BADGE}:number": "cyd ada dee ben",
    f"{BADGE}:weight": "dee cyd ada ben",
    f"{BADGE}:issued": "dee ada cyd ben",
    f"{BADGE}:color": "ada dee cyd ben",
    f"{BADGE}:doors": "dee ada cyd ben",
    f"{BADGE}:valid": "dee ada cyd ben",
    f"{BADGE}:holder.floor": "ada cyd dee ben",
    f"{ENTERPRISE}:department": "cyd dee ada ben",
    "department": "cyd dee ada ben",
    "groups": "dee ada cyd ben",
    "nothing": "dee ada cyd ben",
    f"{BADGE}:pin": "dee ada cyd ben",
}
BACKWARDS = {
    "": "dee ada cyd ben",
    "userName": "dee cyd ben ada",
    "displayName": "ben dee ada cyd",
    "name.familyName": "ada ben dee cyd",
    "active": "dee cyd ben ada",
    "emails": "cyd ben ada dee",
    "meta.created": "ben cyd ada dee",
    "meta.version": "dee ada cyd ben",
    f"{BADGE}:number": "ben dee ada cyd",
    f"{BADGE}:weight": "ben ada cyd dee",
    f"{BADGE}:issued": "ben cyd ada dee",
    f"{BADGE}:color": "cyd ben dee ada",
    f"{BADGE}:holder.floor": "dee ben cyd ada",
    "nothing": "dee ada cyd ben",
}


async def _everybody(host: Host) -> dict[str, str]:
    return {await host.user(name, connection="extended", **keys): name for name, keys in PEOPLE.items()}


@pytest.mark.parametrize(("order", "expected"), [("ascending", SORTED), ("Descending", BACKWARDS)])
async def test_a_list_is_sorted_by_any_attribute(host: Host, order: str, expected: Mapping[str, str]) -> None:
    names = await _everybody(host)
    found = {}
    for by in expected:
        body = await host.get("/Users", connection="extended", sortBy=by, sortOrder=order)
        found[by] = " ".join(names[user["id"]] for user in body["Resources"])
    assert found == expected


@pytest.mark.parametrize("order", ["ascending", "descending"])
@pytest.mark.parametrize("by", ["displayName", "active", f"{BADGE}:number", "name.familyName", "nothing"])
async def test_pages_by_number_cut_one_order(host: Host, by: str, order: str) -> None:
    await _everybody(host)
    asked = {"sortBy": by, "sortOrder": order, "filter": "userName pr"}
    whole = [user["id"] for user in (await host.get("/Users", connection="extended", **asked))["Resources"]]
    pages = [
        await host.get("/Users", connection="extended", startIndex=str(start), count="3", **asked) for start in (1, 4, 7)
    ]
    assert [user["id"] for page in pages for user in page["Resources"]] == whole
    assert [page["totalResults"] for page in pages] == [4, 4, 4]


NASTY = (
    "a",
    "B",
    "ß",
    "ss",
    "st",
    "Ä",
    "z",
    "É",
    "😀",
    "\ue000",
    "\U0010ffff",
    "%",
    "",
    " ",
    "İ",
    "i",
    "Σ",
    "ς",
    "1",
    "10",
    "9",
)


async def test_texts_are_sorted_by_their_folded_letters_on_every_engine(host: Host) -> None:
    ids = [await host.user(f"u{number}", title=title) for number, title in enumerate(NASTY)]
    expected = sorted(range(len(NASTY)), key=lambda number: (fold(NASTY[number]), number))
    body = await host.get("/Users", sortBy="title")
    assert [user["id"] for user in body["Resources"]] == [ids[number] for number in expected]


async def _both(host: Host) -> dict[str, str]:
    ada = await host.user("ada", connection="extended", displayName="Beta", **{BADGE: {"number": 7}})
    team = await host.group("alpha", ada, connection="extended", externalId="b")
    ben = await host.user("ben", connection="extended", displayName="gamma", active=False, **{BADGE: {"number": 5}})
    empty = await host.group("Delta", connection="extended")
    return {ada: "ada", team: "alpha", ben: "ben", empty: "delta"}


TOGETHER = {
    ("displayName", "ascending"): "alpha ada delta ben",
    ("displayName", "descending"): "ben delta ada alpha",
    ("meta.created", "ascending"): "ada alpha ben delta",
    ("meta.lastModified", "descending"): "delta ben alpha ada",
    ("meta.resourceType", "ascending"): "alpha delta ada ben",
    ("userName", "ascending"): "ada ben alpha delta",
    ("userName", "descending"): "alpha delta ben ada",
    ("active", "ascending"): "ben ada alpha delta",
    ("active", "descending"): "alpha delta ada ben",
    (f"{BADGE}:number", "ascending"): "ben ada alpha delta",
    (f"{BADGE}:number", "descending"): "alpha delta ada ben",
    (f"{BADGE}:issued", "descending"): "ada ben alpha delta",
    ("externalId", "ascending"): "alpha ada ben delta",
    ("nothing", "ascending"): "ada ben alpha delta",
    ("", "descending"): "ada ben alpha delta",
}


async def test_users_and_groups_are_sorted_together(host: Host) -> None:
    names, found = await _both(host), {}
    for by, order in TOGETHER:
        body = await host.get("/", connection="extended", sortBy=by, sortOrder=order, excludedAttributes="members")
        assert body["totalResults"] == 4
        found[by, order] = " ".join(names[one["id"]] for one in body["Resources"])
    assert found == TOGETHER


async def test_a_search_by_body_sorts_the_same(host: Host) -> None:
    names = await _everybody(host)
    search = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": f"{BADGE}:number pr",
        "sortBy": f"{BADGE}:weight",
        "sortOrder": "descending",
        "count": 2,
    }
    answer = await host.call("POST", "/Users/.search", search, connection="extended")
    assert [names[user["id"]] for user in answer.body["Resources"]] == ["ada", "cyd"]
    assert answer.body["totalResults"] == 3


async def test_a_value_that_changes_moves_its_user(host: Host) -> None:
    names = await _everybody(host)
    ids = {name: id for id, name in names.items()}
    operation = {"op": "replace", "path": "emails[primary eq true].value", "value": "zz@x.example"}
    assert (await host.patch(f"/Users/{ids['dee']}", operation, connection="extended")).status == 200
    body = await host.get("/Users", connection="extended", sortBy="emails")
    assert [names[user["id"]] for user in body["Resources"]] == ["ada", "dee", "cyd", "ben"]


@pytest.mark.parametrize(
    ("query", "scim_type"),
    [
        ({"sortBy": "userName", "sortOrder": "upwards"}, "invalidValue"),
        ({"sortBy": "user name"}, "invalidPath"),
        ({"sortBy": "emails["}, "invalidPath"),
        ({"sortBy": 'userName eq "x"'}, "invalidPath"),
        ({"sortBy": "'; DROP TABLE scim_user; --"}, "invalidPath"),
    ],
)
async def test_what_is_no_order_is_refused(host: Host, query: dict[str, str], scim_type: str) -> None:
    answer = await host.call("GET", "/Users", query=query)
    assert (answer.status, answer.body["scimType"]) == (400, scim_type)
