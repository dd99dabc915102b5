"""Lists: pages, totals, and which attributes are answered (RFC 7644 §3.4.2.4, §3.9)."""

import pytest

from tests.scim.conftest import ENTERPRISE, USER, Host

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


async def _five(host: Host) -> list[str]:
    return [await host.user(f"u{number}") for number in range(5)]


async def test_an_empty_directory_is_an_empty_list(host: Host) -> None:
    for path in ("/Users", "/Groups", "/Users/"):
        assert await host.get(path) == {
            "schemas": [LIST],
            "totalResults": 0,
            "startIndex": 1,
            "itemsPerPage": 0,
            "Resources": [],
        }


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"startIndex": "1", "count": "2"}, [0, 1]),
        ({"startIndex": "3", "count": "2"}, [2, 3]),
        ({"startIndex": "5", "count": "2"}, [4]),
        ({"startIndex": "6", "count": "2"}, []),
        ({"startIndex": "99"}, []),
        ({"count": "0"}, []),
        ({"count": "-3"}, []),
        ({"startIndex": "0", "count": "1"}, [0]),
        ({"startIndex": "-7", "count": "1"}, [0]),
        ({"startIndex": "4"}, [3, 4]),
        ({"startIndex": "", "count": ""}, [0, 1, 2, 3, 4]),
        ({"count": "100000"}, [0, 1, 2, 3, 4]),
    ],
)
async def test_a_page_holds_what_was_asked_and_every_page_knows_the_total(
    host: Host, query: dict[str, str], places: list[int]
) -> None:
    ids = await _five(host)
    body = await host.get("/Users", **query)
    assert [user["id"] for user in body["Resources"]] == [ids[place] for place in places]
    assert (body["totalResults"], body["itemsPerPage"]) == (5, len(places))
    assert body["startIndex"] == max(int(query.get("startIndex") or 1), 1)


@pytest.mark.parametrize("filter", ['title eq "x"', "active eq true", 'title eq "x" and active eq true'])
async def test_a_filtered_list_is_paged_the_same(host: Host, filter: str) -> None:
    ids = [await host.user(f"u{number}", title="x" if number else "y", active=bool(number)) for number in range(5)]
    body = await host.get("/Users", filter=filter, startIndex="2", count="2")
    assert [user["id"] for user in body["Resources"]] == ids[2:4]
    assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (4, 2, 2)
    assert (await host.get("/Users", filter=filter, count="0"))["totalResults"] == 4


@pytest.mark.parametrize("query", [{"startIndex": "one"}, {"count": "1.5"}, {"count": "9" * 5000}])
async def test_what_is_no_number_is_refused(host: Host, query: dict[str, str]) -> None:
    answer = await host.call("GET", "/Users", query=query)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")


ADA = {"title": "Dr", "name": {"givenName": "Ada", "familyName": "O"}, "emails": [{"value": "a@x.example", "type": "work"}]}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("userName", {"userName": "ada@acme.example"}),
        ("USERNAME, title", {"userName": "ada@acme.example", "title": "Dr"}),
        (f"{USER}:title", {"title": "Dr"}),
        ("name.givenName", {"name": {"givenName": "Ada"}}),
        ("emails.value", {"emails": [{"value": "a@x.example"}]}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "IT"}}),
        (ENTERPRISE, {ENTERPRISE: {"department": "IT", "division": "West"}}),
        ("id", {}),
        ("nothing", {}),
    ],
)
async def test_only_the_named_attributes_are_answered(host: Host, attributes: str, expected: dict[str, object]) -> None:
    id = await host.user("ada", **ADA, **{ENTERPRISE: {"department": "IT", "division": "West"}})
    bare = {"schemas": [USER, ENTERPRISE], "id": id}
    assert await host.get(f"/Users/{id}", attributes=attributes) == {**bare, **expected}
    (listed,) = (await host.get("/Users", attributes=attributes))["Resources"]
    assert listed == {**bare, **expected}


async def test_the_excluded_attributes_are_left_out(host: Host) -> None:
    id = await host.user("ada", **ADA, **{ENTERPRISE: {"department": "IT", "division": "West"}})
    asked = f"title,name.familyName,meta,id,schemas,emails.type,{ENTERPRISE}:division"
    body = await host.get(f"/Users/{id}", excludedAttributes=asked)
    assert body == {
        "schemas": [USER, ENTERPRISE],
        "id": id,
        "externalId": "ext-ada",
        "userName": "ada@acme.example",
        "active": True,
        "name": {"givenName": "Ada"},
        "emails": [{"value": "a@x.example"}],
        ENTERPRISE: {"department": "IT"},
    }


async def test_writes_answer_what_was_asked_too(host: Host) -> None:
    made = await host.call("POST", "/Users", {"userName": "ada"}, query={"attributes": "userName"})
    assert made.body.keys() == {"schemas", "id", "userName"}
    put = await host.call("PUT", f"/Users/{made.id}", {"userName": "ada"}, query={"excludedAttributes": "meta"})
    assert put.body.keys() == {"schemas", "id", "userName", "active"}
    group = await host.call("POST", "/Groups", {"displayName": "x"}, query={"excludedAttributes": "members"})
    assert group.body.keys() == {"schemas", "id", "displayName", "meta"}


async def test_members_are_left_out_where_they_are_excluded(host: Host) -> None:
    group = await host.group("engineers", await host.user("ada"))
    assert "members" not in await host.get(f"/Groups/{group}", excludedAttributes="members")
    (listed,) = (await host.get("/Groups", excludedAttributes="members"))["Resources"]
    assert "members" not in listed
    assert "members" not in await host.get(f"/Groups/{group}", attributes="displayName")
    assert len((await host.get(f"/Groups/{group}", attributes="members"))["members"]) == 1
