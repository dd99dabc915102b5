"""Searches in a body (RFC 7644 §3.4.3) and over all resource types at once: what GET finds, told by POST."""

from typing import Any

import pytest

from scim.rfc import LONGEST
from tests.scim.conftest import GROUP, USER, Answer, Host

REQUEST = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PLACES = ("/Users/.search", "/Groups/.search", "/.search")


async def _some(host: Host) -> dict[str, str]:
    """Ids by name: Ada and Ben, the Engineers with Ada, and the Owners."""
    ids = {name: await host.user(name, displayName=name.title()) for name in ("ada", "ben")}
    ids["engineers"] = await host.group("engineers", ids["ada"])
    return ids | {"owners": await host.group("owners")}


async def _search(host: Host, path: str = "/.search", /, *, connection: str = "acme", **keys: Any) -> Answer:
    return await host.call("POST", path, {"schemas": [REQUEST], **keys}, connection=connection)


async def _found(host: Host, path: str = "/.search", /, **keys: Any) -> list[str]:
    answer = await _search(host, path, **keys)
    assert answer.status == 200, answer.body
    return [one["id"] for one in answer.body["Resources"]]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"filter": 'displayName sw "e" or displayName sw "A"'},
        {"filter": 'displayName eq "nobody"'},
        {"sortBy": "displayName", "sortOrder": "descending"},
        {"startIndex": 2, "count": 1},
        {"count": 0},
        {"attributes": ["displayName"]},
        {"attributes": ["displayName", "meta.location", "members.display"]},
        {"excludedAttributes": ["meta", "members", "groups"]},
        {"sortBy": "meta.created", "count": 3, "filter": "id pr", "attributes": ["id"]},
    ],
)
@pytest.mark.parametrize("path", ["/Users", "/Groups", ""])
async def test_a_search_answers_what_the_same_get_answers(host: Host, path: str, query: dict[str, Any]) -> None:
    await _some(host)
    told = {key: ",".join(value) if isinstance(value, list) else str(value) for key, value in query.items()}
    answer = await _search(host, f"{path}/.search", **query)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/scim+json")
    assert answer.body == await host.get(path, **told)
    assert answer.body["schemas"] == [LIST]


async def test_the_root_has_users_and_groups(host: Host) -> None:
    ids = await _some(host)
    for path in ("", "/"):
        body = await host.get(path)
        assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (4, 4, 1)
        assert [one["id"] for one in body["Resources"]] == list(ids.values())
    for one in body["Resources"]:
        path = f"/{one['meta']['resourceType']}s/{one['id']}"
        assert one == await host.get(path)
        assert one["meta"]["location"] == host.base() + path


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        ('meta.resourceType eq "User"', ["ada", "ben"]),
        ('meta.resourceType eq "Group"', ["engineers", "owners"]),
        ('meta.resourceType eq "Device"', []),
        ('displayName co "e"', ["ben", "engineers", "owners"]),
        ('userName sw "ada"', ["ada"]),  # groups have none
        ("not (userName pr)", ["engineers", "owners"]),
        ("members pr", ["engineers"]),
        ("groups pr", ["ada"]),
        ('displayName eq "Ada" or displayName eq "owners"', ["ada", "owners"]),
        ('(meta.resourceType eq "User" and displayName eq "Ben") or members pr', ["ben", "engineers"]),
        ('schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"', ["engineers", "owners"]),
    ],
)
async def test_the_root_is_filtered(host: Host, filter: str, names: list[str]) -> None:
    ids = await _some(host)
    assert await _found(host, filter=filter) == [ids[name] for name in names]
    assert await host.found("", filter) == [ids[name] for name in names]


@pytest.mark.parametrize(
    ("order", "names"),
    [("ascending", ["ada", "ben", "engineers", "owners"]), ("descending", ["owners", "engineers", "ben", "ada"])],
)
async def test_the_root_is_sorted_across_types(host: Host, order: str, names: list[str]) -> None:
    ids = await _some(host)
    assert await _found(host, sortBy="displayName", sortOrder=order) == [ids[name] for name in names]


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("by", ["number", "cursor"])
async def test_pages_of_a_search_hold_everybody_once(host: Host, path: str, by: str) -> None:
    await _some(host)
    everybody = await _found(host, path)
    seen: list[str] = []
    place: dict[str, Any] = {"cursor": ""} if by == "cursor" else {"startIndex": 1}
    while place:
        body = (await _search(host, path, count=1, sortBy="displayName", **place)).body
        assert body["totalResults"] == len(everybody)
        seen += [one["id"] for one in body["Resources"]]
        if by == "cursor":
            place = {"cursor": body["nextCursor"]} if "nextCursor" in body else {}
        else:
            place = {"startIndex": len(seen) + 1} if len(seen) < body["totalResults"] else {}
    assert seen == await _found(host, path, sortBy="displayName")


async def test_a_cursor_belongs_to_its_question_and_place(host: Host) -> None:
    await _some(host)
    cursor = (await _search(host, "/Users/.search", count=1, cursor="")).body["nextCursor"]
    assert (await _search(host, "/Users/.search", count=1, cursor=cursor)).status == 200
    for path, keys, connection in (
        ("/.search", {}, "acme"),
        ("/Groups/.search", {}, "acme"),
        ("/Users/.search", {"filter": "active eq true"}, "acme"),
        ("/Users/.search", {"sortBy": "userName"}, "acme"),
        ("/Users/.search", {"sortOrder": "descending"}, "acme"),
        ("/Users/.search", {}, "globex"),
    ):
        answer = await _search(host, path, count=1, cursor=cursor, connection=connection, **keys)
        assert (answer.status, answer.body["scimType"]) == (400, "invalidCursor"), (path, keys, connection)


async def test_nothing_of_another_connection_is_found(host: Host) -> None:
    await _some(host)
    await host.user("ada", connection="globex")
    for path in PLACES:
        body = (await _search(host, path, connection="globex", filter="id pr")).body
        assert body["totalResults"] == (0 if path == "/Groups/.search" else 1)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize(
    ("keys", "scim_type"),
    [
        ({"filter": "userName eq"}, "invalidFilter"),
        ({"filter": 7}, "invalidSyntax"),
        ({"filter": ["a"]}, "invalidSyntax"),
        ({"sortBy": 7}, "invalidSyntax"),
        ({"sortOrder": "sideways"}, "invalidValue"),
        ({"sortOrder": True}, "invalidSyntax"),
        ({"count": "many"}, "invalidValue"),
        ({"count": 1.5}, "invalidValue"),
        ({"count": True}, "invalidValue"),
        ({"startIndex": {}}, "invalidValue"),
        ({"cursor": 7}, "invalidSyntax"),
        ({"cursor": "made up"}, "invalidCursor"),
        ({"cursor": "", "count": -1}, "invalidCount"),
        ({"attributes": 7}, "invalidSyntax"),
        ({"attributes": [7]}, "invalidSyntax"),
        ({"attributes": {"a": 1}}, "invalidSyntax"),
        ({"excludedAttributes": [None]}, "invalidSyntax"),
        ({"attributes": ["a" * (LONGEST + 1)]}, "invalidValue"),
        ({"excludedAttributes": ["a"] * LONGEST}, "invalidValue"),
    ],
)
async def test_a_search_that_is_wrong_is_refused(host: Host, path: str, keys: dict[str, Any], scim_type: str) -> None:
    answer = await _search(host, path, **keys)
    assert (answer.status, answer.body["scimType"]) == (400, scim_type)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("raw", [b"", b"[]", b'"userName pr"', b"null", b"{"])
async def test_a_body_that_is_no_search_is_refused(host: Host, path: str, raw: bytes) -> None:
    answer = await host.call("POST", path, raw=raw)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidSyntax")


@pytest.mark.parametrize("path", PLACES)
async def test_a_search_is_posted_as_json(host: Host, path: str) -> None:
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        answer = await host.call(method, path, {})
        assert (answer.status, answer.headers["Allow"]) == (405, "POST")
    assert (await host.call("POST", path, {}, Content_Type="text/plain")).status == 415


async def test_an_empty_search_and_empty_keys_find_everybody(host: Host) -> None:
    ids = await _some(host)
    for keys in ({}, {"attributes": [], "excludedAttributes": None, "filter": None, "cursor": None, "count": None}):
        assert await _found(host, **keys) == list(ids.values())


async def test_names_in_one_text_are_taken_as_a_list(host: Host) -> None:
    await host.user("ada", title="Boss")
    (one,) = (await _search(host, attributes="userName, title")).body["Resources"]
    assert set(one) == {"schemas", "id", "userName", "title"}


async def test_a_search_asks_only_of_its_own_type(host: Host) -> None:
    ids = await _some(host)
    assert await _found(host, "/Users/.search", filter="id pr") == [ids["ada"], ids["ben"]]
    assert await _found(host, "/Groups/.search", filter="id pr") == [ids["engineers"], ids["owners"]]
    for path, schema in (("/Users/.search", USER), ("/Groups/.search", GROUP)):
        body = (await _search(host, path)).body
        assert all(one["schemas"] == [schema] for one in body["Resources"])


@pytest.mark.parametrize("cursor", [None, ""])
async def test_more_than_a_page_may_hold_is_not_given(host: Host, cursor: str | None) -> None:
    await _some(host)
    body = (await _search(host, count=10**12, cursor=cursor)).body
    assert body["itemsPerPage"] == 4
