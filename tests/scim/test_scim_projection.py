"""`attributes` and `excludedAttributes` (RFC 7644 §3.9) wherever a resource is answered, and what `returned` means there."""

from typing import Any

import pytest

from tests.scim.conftest import BADGE, ENTERPRISE, GROUP, USER, Host

ADA: dict[str, Any] = {
    "schemas": [USER, ENTERPRISE],
    "userName": "ada@acme.example",
    "externalId": "ext-ada",
    "title": "Boss",
    "active": True,
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [
        {"value": "ada@acme.example", "type": "work", "primary": True},
        {"value": "ada@home.example", "display": "At home"},
    ],
    ENTERPRISE: {"department": "Research", "costCenter": "7", "manager": {"value": "m-1"}},
}
USER_PLACES = ("POST", "GET", "PUT", "PATCH", "Me", "Me PATCH", "list", "found", "search", "root", "root search")
GROUP_PLACES = ("POST", "GET", "PUT", "PATCH", "list", "found", "search", "root", "root search")
LISTS = {"list": "GET", "found": "GET", "search": "POST", "root": "GET", "root search": "POST"}


async def _user(host: Host, place: str, **names: str) -> dict[str, Any]:
    """Ada as an endpoint answers her."""
    if place == "POST":
        return await _one(host, "POST", "/Users", ADA, names)
    made = await host.call("POST", "/Users", ADA)
    if place in LISTS:
        return await _listed(host, place, "/Users", 'userName eq "ada@acme.example"', names)
    change = {"Operations": [{"op": "replace", "path": "nickName", "value": "x"}, {"op": "remove", "path": "nickName"}]}
    method = place.removeprefix("Me ") if place != "Me" else "GET"
    path = "/Me" if place.startswith("Me") else f"/Users/{made.id}"
    return await _one(host, method, path, {"PUT": ADA, "PATCH": change}.get(method), names, X_Subject=made.id)


async def _group(host: Host, place: str, *members: str, connection: str = "acme", **names: str) -> dict[str, Any]:
    """The Engineers as an endpoint answers them."""
    values = [{"value": one} for one in members]
    body = {"schemas": [GROUP], "displayName": "Engineers", "externalId": "g-1", "members": values}
    if place == "POST":
        return await _one(host, "POST", "/Groups", body, names, connection=connection)
    made = await host.call("POST", "/Groups", body, connection=connection)
    if place in LISTS:
        return await _listed(host, place, "/Groups", 'displayName eq "engineers"', names)
    change = {"Operations": [{"op": "replace", "path": "externalId", "value": "g-1"}]}
    sent = {"PUT": body, "PATCH": change}.get(place)
    return await _one(host, place, f"/Groups/{made.id}", sent, names, connection=connection)


async def _one(host: Host, method: str, path: str, body: Any, names: dict[str, str], **given: str) -> dict[str, Any]:
    answer = await host.call(method, path, body, query=names, **given)
    assert answer.status in {200, 201}, answer.body
    found: dict[str, Any] = answer.body
    return found


async def _listed(host: Host, place: str, path: str, filter: str, names: dict[str, str]) -> dict[str, Any]:
    path = "" if place.startswith("root") else path
    if LISTS[place] == "GET":
        body = await host.get(path, **names, **({"filter": filter} if place != "list" else {}))
    else:
        told = {key: value.split(",") for key, value in names.items()}
        body = (await host.call("POST", f"{path}/.search", {**told, "filter": filter})).body
    (found,) = body["Resources"]
    assert body["totalResults"] == body["itemsPerPage"] == 1
    shown: dict[str, Any] = found
    return shown


def _always(shown: dict[str, Any], *schemas: str) -> dict[str, Any]:
    return {"schemas": list(schemas), "id": shown["id"]}


@pytest.mark.parametrize("place", USER_PLACES)
async def test_only_what_is_asked_for_is_answered_of_a_user(host: Host, place: str) -> None:
    shown = await _user(host, place, attributes="title,name.familyName")
    assert shown == {**_always(shown, USER, ENTERPRISE), "title": "Boss", "name": {"familyName": "Lovelace"}}


@pytest.mark.parametrize("place", USER_PLACES)
async def test_what_is_excluded_is_not_answered_of_a_user(host: Host, place: str) -> None:
    whole = {**ADA, "id": "", "meta": {}}
    shown = await _user(host, place, excludedAttributes=f"title,emails.display,{ENTERPRISE}:manager,meta.location")
    assert set(shown) == set(whole) - {"title"}
    assert [set(email) for email in shown["emails"]] == [{"value", "type", "primary"}, {"value"}]
    assert shown[ENTERPRISE] == {"department": "Research", "costCenter": "7"}
    assert set(shown["meta"]) == {"resourceType", "created", "lastModified", "version"}


@pytest.mark.parametrize("place", GROUP_PLACES)
async def test_only_what_is_asked_for_is_answered_of_a_group(host: Host, place: str) -> None:
    shown = await _group(host, place, "later", attributes="displayName")
    assert shown == {**_always(shown, GROUP), "displayName": "Engineers"}
    shown = await host.get(f"/Groups/{shown['id']}", attributes="members")
    assert shown == {**_always(shown, GROUP), "members": [{"value": "later"}]}


@pytest.mark.parametrize("place", [place for place in GROUP_PLACES if place != "PATCH"])
async def test_what_is_excluded_is_not_answered_of_a_group(host: Host, place: str) -> None:
    shown = await _group(host, place, "later", excludedAttributes="members,externalId")
    assert set(shown) == {"schemas", "id", "displayName", "meta"}


async def test_a_patch_of_a_group_answers_what_is_asked_for_by_name(host: Host) -> None:
    """And else nothing; where the group is answered, without what is excluded."""
    ada = await host.user("ada")
    shown = await _group(host, "PATCH", ada, attributes="members.value,externalId")
    assert shown == {**_always(shown, GROUP), "externalId": "g-1", "members": [{"value": ada}]}
    group = await host.group("owners", "later", connection="bodies")
    change = {"Operations": [{"op": "replace", "path": "externalId", "value": "g-2"}]}
    for excluded, keys in (
        ("members", {"displayName", "externalId", "meta"}),
        ("meta", {"displayName", "externalId", "members"}),
    ):
        query = {"excludedAttributes": excluded}
        answer = await host.call("PATCH", f"/Groups/{group}", change, connection="bodies", query=query)
        assert (answer.status, set(answer.body)) == (200, {"schemas", "id"} | keys)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("userName", {"userName": "ada@acme.example"}),
        ("USERNAME", {"userName": "ada@acme.example"}),
        (" userName , title ", {"userName": "ada@acme.example", "title": "Boss"}),
        (f"{USER}:userName", {"userName": "ada@acme.example"}),
        (f"{USER.upper()}:UserName", {"userName": "ada@acme.example"}),
        ("name", {"name": ADA["name"]}),
        ("name.givenName,name.familyName", {"name": ADA["name"]}),
        (f"{USER}:name.givenName", {"name": {"givenName": "Ada"}}),
        ("name,name.givenName", {"name": ADA["name"]}),
        ("emails.value", {"emails": [{"value": "ada@acme.example"}, {"value": "ada@home.example"}]}),
        ("emails.display", {"emails": [{"display": "At home"}]}),
        ('emails[type eq "work"]', {"emails": ADA["emails"]}),
        (ENTERPRISE, {ENTERPRISE: ADA[ENTERPRISE]}),
        (f"{ENTERPRISE}:department", {ENTERPRISE: {"department": "Research"}}),
        (f"{ENTERPRISE}:manager.value", {ENTERPRISE: {"manager": {"value": "m-1"}}}),
        ("department", {ENTERPRISE: {"department": "Research"}}),
        ("externalId", {"externalId": "ext-ada"}),
        ("id", {}),
        ("schemas", {}),
        ("password", {}),
        ("nickName", {}),
        ("phoneNumbers.value", {}),
        ("favouriteColour", {}),
        ("favouriteColour.shade", {}),
        ("title.shade", {}),
        ("emails.shade", {}),
        ("name.givenName.first", {}),
        ("urn:nothing:User:title", {}),
        (":", {}),
        (",", {}),
    ],
)
async def test_a_name_is_known_as_clients_write_it(host: Host, name: str, expected: dict[str, Any]) -> None:
    shown = await _user(host, "GET", attributes=name)
    assert shown == {**_always(shown, USER, ENTERPRISE), **expected}


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("title", {"title"}),
        (f"{USER}:TITLE,active", {"title", "active"}),
        ("name", {"name"}),
        ("name.givenName,name.familyName", {"name"}),
        (ENTERPRISE, {ENTERPRISE}),
        (f"{ENTERPRISE}:department,costCenter,{ENTERPRISE}:manager.value", {ENTERPRISE}),
        ("emails.value,emails.type,emails.primary,emails.display", {"emails"}),
        ("meta", {"meta"}),
        (USER, {"userName", "title", "active", "name", "emails"}),
        ("id,schemas", set()),
        ("favouriteColour,title.shade", set()),
    ],
)
async def test_what_is_excluded_is_left_out_and_leaves_nothing_empty(host: Host, name: str, gone: set[str]) -> None:
    shown = await _user(host, "GET", excludedAttributes=name)
    assert set(shown) == {*ADA, "id", "meta"} - gone


async def test_an_element_with_nothing_left_is_left_out(host: Host) -> None:
    shown = await _user(host, "GET", excludedAttributes="emails.value,emails.type,emails.primary")
    assert shown["emails"] == [{"display": "At home"}]


async def test_the_whole_core_schema_may_be_asked_for_by_its_urn(host: Host) -> None:
    ada = (await host.call("POST", "/Users", ADA)).id
    await host.group("engineers", ada)
    shown = await host.get(f"/Users/{ada}", attributes=USER)
    assert set(shown) == {"schemas", "id", "userName", "title", "active", "name", "emails", "groups"}


async def test_both_at_once_are_what_is_asked_for(host: Host) -> None:
    """They exclude each other (RFC 7644 §3.9); `attributes` is the narrower."""
    shown = await _user(host, "GET", attributes="title", excludedAttributes="title,userName")
    assert set(shown) == {"schemas", "id", "title"}


async def test_empty_parameters_are_none(host: Host) -> None:
    shown = await _user(host, "GET", attributes="", excludedAttributes=" ")
    assert set(shown) == {*ADA, "id", "meta"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"attributes": "groups"}, {"value", "$ref", "display", "type"}),
        ({"attributes": "groups.value"}, {"value"}),
        ({"attributes": "groups.$ref,groups.display"}, {"$ref", "display"}),
        ({"excludedAttributes": "groups.$ref"}, {"value", "display", "type"}),
        ({"excludedAttributes": "title"}, {"value", "$ref", "display", "type"}),
    ],
)
@pytest.mark.parametrize("path", ["/Users/{}", "/Users", ""])
async def test_groups_of_a_user_are_projected(host: Host, path: str, names: dict[str, str], expected: set[str]) -> None:
    ada = await host.user("ada")
    await host.group("engineers", ada)
    body = await host.get(path.format(ada), **names)
    shown = body if path == "/Users/{}" else body["Resources"][0]
    assert [set(one) for one in shown["groups"]] == [expected]


@pytest.mark.parametrize("names", [{"attributes": "userName"}, {"excludedAttributes": "groups"}, {"attributes": "groups.x"}])
@pytest.mark.parametrize("path", ["/Users/{}", "/Users", ""])
async def test_groups_that_are_not_asked_for_are_not_read(host: Host, path: str, names: dict[str, str]) -> None:
    ada = await host.user("ada")
    host.door.statements.clear()
    body = await host.get(path.format(ada), **names)
    assert "groups" not in (body if path == "/Users/{}" else body["Resources"][0])
    assert host.door.statements
    assert not [one for one in host.door.statements if "scim_member" in one]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({}, {"value", "$ref", "type"}),
        ({"attributes": "members"}, {"value", "$ref", "type"}),
        ({"attributes": "members.display"}, {"display"}),
        ({"attributes": "members,members.display"}, {"value", "$ref", "type", "display"}),
        ({"attributes": f"{GROUP}:members.value,MEMBERS.TYPE"}, {"value", "type"}),
        ({"attributes": GROUP}, {"value", "$ref", "type"}),
        ({"excludedAttributes": "members.$ref"}, {"value", "type"}),
        ({"excludedAttributes": "meta"}, {"value", "$ref", "type"}),
    ],
)
@pytest.mark.parametrize("place", ["GET", "list", "search", "root"])
@pytest.mark.parametrize("few", [1000, 1])
async def test_members_are_projected_whether_they_are_few_or_many(
    host: Host, monkeypatch: pytest.MonkeyPatch, names: dict[str, str], expected: set[str], place: str, few: int
) -> None:
    """`display` is returned by request: only by its own name."""
    monkeypatch.setattr("scim.web.member_pieces.FEW", few)
    monkeypatch.setattr("scim.web.member_pieces.PAGE", 2)
    inner = await host.group("Inner")
    users = [await host.user(f"u{number}") for number in range(3)]
    outer = await host.group("Outer", inner, *users)
    filter = f'id eq "{outer}"'
    if place == "GET":
        shown = await host.get(f"/Groups/{outer}", **names)
    else:
        shown = await _listed(host, place if place != "list" else "found", "/Groups", filter, names)
    assert [set(one) for one in shown["members"]] == [expected] * 4
    if "display" in expected:
        assert {one["display"] for one in shown["members"]} == {"Inner", *(f"u{n}@acme.example" for n in range(3))}


async def test_a_member_part_that_nobody_knows_is_not_answered(host: Host) -> None:
    group = await host.group("engineers", "later")
    shown = await host.get(f"/Groups/{group}", attributes="members.shade")
    assert shown == _always(shown, GROUP)


BADGE_OF_ADA = {
    "number": 7,
    "color": "Blue",
    "notes": "fragile",
    "pin": "1234",
    "doors": ["a", "b"],
    "holder": {"place": "lobby", "floor": 1},
}


async def _badge(host: Host, place: str = "GET", **names: str) -> dict[str, Any]:
    body = {"schemas": [USER, BADGE], "userName": "ada", BADGE: BADGE_OF_ADA}
    if place == "POST":
        return await _one(host, "POST", "/Users", body, names, connection="extended")
    made = await host.call("POST", "/Users", body, connection="extended")
    change = {"Operations": [{"op": "replace", "path": "title", "value": "x"}]}
    if place in {"list", "root"}:
        listed = await host.get("/Users" if place == "list" else "", connection="extended", **names)
        found: dict[str, Any] = listed["Resources"][0]
        return found
    sent = {"PUT": {**body, "title": "x"}, "PATCH": change}.get(place)
    return await _one(host, place, f"/Users/{made.id}", sent, names, connection="extended")


@pytest.mark.parametrize("place", ["POST", "GET", "PUT", "PATCH", "list", "root"])
async def test_request_is_answered_by_name_alone_and_never_never(host: Host, place: str) -> None:
    usual = {key: value for key, value in BADGE_OF_ADA.items() if key not in {"notes", "pin"}}
    assert (await _badge(host, place))[BADGE] == usual
    host.suffix += "x"  # another directory
    assert (await _badge(host, place, attributes=f"{BADGE}:notes,{BADGE}:pin,pin"))[BADGE] == {"notes": "fragile"}


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ({"attributes": BADGE}, {"number", "color", "doors", "holder"}),
        ({"attributes": f"{BADGE},{BADGE}:notes"}, {"number", "color", "doors", "holder", "notes"}),
        ({"attributes": f"{BADGE}:pin"}, set()),
        ({"attributes": "number,holder.floor"}, {"number", "holder"}),
        ({"excludedAttributes": "number"}, {"color", "doors", "holder"}),
        ({"excludedAttributes": f"{BADGE}:notes"}, {"number", "color", "doors", "holder"}),
        ({"excludedAttributes": BADGE}, set()),
        ({"excludedAttributes": f"number,color,doors,{BADGE}:holder"}, set()),
    ],
)
async def test_an_extension_of_ones_own_is_projected(host: Host, names: dict[str, str], expected: set[str]) -> None:
    shown = await _badge(host, **names)
    assert set(shown.get(BADGE, {})) == expected
    assert (BADGE in shown) == bool(expected)
    assert BADGE in shown["schemas"]


async def test_nothing_is_left_of_an_extension_that_is_never_shown(host: Host) -> None:
    body = {"schemas": [USER, BADGE], "userName": "ada", BADGE: {"pin": "1234"}}
    answer = await host.call("POST", "/Users", body, connection="extended")
    assert BADGE not in answer.body
    assert "1234" not in str(await host.get("/Users", connection="extended"))


async def test_a_projection_of_a_write_changes_nothing_that_is_kept(host: Host) -> None:
    shown = await _user(host, "PUT", attributes="userName")
    assert set(await host.get(f"/Users/{shown['id']}")) == {*ADA, "id", "meta"}
