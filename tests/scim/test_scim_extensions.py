"""Extension schemas of ones own: every kind of attribute written, kept, patched, filtered and published as declared."""

from typing import Any

import pytest

from tests.scim.badges import HIDDEN, SHOWN, WHOLE, ada_with, badge_of, patched, posted
from tests.scim.conftest import BADGE, ENTERPRISE, GROUP, USER, Host

COST = "urn:acme:params:scim:schemas:cost:2.0:Group"


@pytest.mark.parametrize("connection", ["extended", "strictextended"])
async def test_every_kind_of_attribute_is_kept_as_it_came(host: Host, connection: str) -> None:
    answer = await posted(host, WHOLE, connection=connection)
    assert (answer.status, answer.healed) == (201, ())
    assert (answer.body["schemas"], answer.body[BADGE]) == ([USER, BADGE], SHOWN)
    assert await badge_of(host, answer.id, connection=connection) == SHOWN
    named = await host.get(f"/Users/{answer.id}", connection=connection, attributes=f"{BADGE}:notes")
    assert named[BADGE] == {"notes": "fragile"}


async def test_what_is_declared_is_published(host: Host) -> None:
    schema = await host.get(f"/Schemas/{BADGE}", connection="extended")
    published = {one["name"]: one for one in schema["attributes"]}
    assert set(published) == set(WHOLE)
    kinds = {name: one["type"] for name, one in published.items() if one["type"] != "string"}
    assert kinds == {
        "number": "integer", "weight": "decimal", "issued": "dateTime", "valid": "boolean", "holder": "complex"
    }  # fmt: skip
    assert published["serial"]["mutability"] == "immutable"
    assert {name: published[name]["returned"] for name in HIDDEN} == {"notes": "request", "pin": "never"}
    assert [name for name, one in published.items() if one["caseExact"]] == ["color"]
    assert [name for name, one in published.items() if one["multiValued"]] == ["doors"]
    assert [part["name"] for part in published["holder"]["subAttributes"]] == ["place", "floor"]


async def test_a_resource_type_names_its_extensions_at_its_connection_alone(host: Host) -> None:
    for path, urns in (("User", [ENTERPRISE, BADGE]), ("Group", [COST])):
        body = await host.get(f"/ResourceTypes/{path}", connection="extended")
        assert [one["schema"] for one in body["schemaExtensions"]] == urns
    assert BADGE not in str(await host.get("/ResourceTypes"))
    assert (await host.call("GET", f"/Schemas/{BADGE}")).status == 404


async def test_a_connection_without_the_schema_keeps_nothing_of_it(host: Host) -> None:
    answer = await posted(host, WHOLE, connection="acme")
    assert (answer.body["schemas"], answer.healed) == ([USER], ("unknown-attribute", "unknown-schema"))
    assert BADGE not in answer.body
    assert (await posted(host, WHOLE, connection="strict")).body["scimType"] == "invalidSyntax"


async def test_a_user_without_the_extension_does_not_list_it(host: Host) -> None:
    for badge in ({}, {"number": None}, {"doors": []}):
        answer = await posted(host, badge)
        assert (answer.status, answer.body["schemas"]) == (201, [USER])
        assert BADGE not in answer.body
        await host.call("DELETE", f"/Users/{answer.id}", connection="extended")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("number", "seven"), ("number", 7.5), ("number", True), ("number", {}), ("number", [1, 2]), ("number", 2**60),
        ("weight", "heavy"), ("weight", False),
        ("issued", "yesterday"), ("issued", 7), ("issued", "2026-13-01T00:00:00Z"),
        ("color", {"a": 1}), ("color", True),
        ("valid", "perhaps"), ("valid", 2),
        ("doors", [{"value": {}}]), ("doors", [["front"]]),
        ("holder", ["a", "b"]), ("holder", {"floor": "first"}), ("holder", True),
    ],
)  # fmt: skip
async def test_a_value_that_does_not_fit_its_kind_is_refused(host: Host, key: str, value: Any) -> None:
    created = await posted(host, {key: value})
    ada = await ada_with(host)
    changed = await patched(host, ada, {"op": "replace", "path": f"{BADGE}:{key}", "value": value})
    for answer in (created, changed):
        assert (answer.status, answer.body["scimType"]) == (400, "invalidValue"), answer.body
    assert await badge_of(host, ada) == SHOWN


@pytest.mark.parametrize(
    ("given", "kept", "healer"),
    [
        ({"number": "7"}, {"number": 7}, "text-number"),
        ({"weight": "12.5"}, {"weight": 12.5}, "text-number"),
        ({"valid": "True"}, {"valid": True}, "text-boolean"),
        ({"doors": "front"}, {"doors": ["front"]}, "single-for-list"),
        ({"color": ["Blue"]}, {"color": "Blue"}, "list-for-single"),
        ({"color": 7}, {"color": "7"}, "number-for-text"),
        ({"NUMBER": 7}, {"number": 7}, "key-case"),
        ({"number": 7, "shade": "x"}, {"number": 7}, "unknown-attribute"),
        ({"holder": {"place": "Lobby", "shade": "x"}}, {"holder": {"place": "Lobby"}}, "unknown-attribute"),
    ],
)
async def test_odd_values_are_healed_or_in_strict_refused(host: Host, given: Any, kept: Any, healer: str) -> None:
    answer = await posted(host, given)
    assert (answer.body[BADGE], answer.healed) == (kept, (healer,))
    strict = await posted(host, given, connection="strictextended")
    assert strict.status == (201 if healer == "key-case" else 400)


@pytest.mark.parametrize(
    ("keys", "healers"),
    [
        ({f"{BADGE}:number": 7}, {"urn-key"}),
        ({"number": 7}, {"top-level-enterprise"}),
        ({f"{BADGE.upper()}": {"number": 7}}, set()),
        ({"holder.floor": 1}, {"dotted-key"}),
    ],
)
async def test_attributes_are_known_by_the_names_that_clients_use(host: Host, keys: Any, healers: set[str]) -> None:
    answer = await posted(host, **keys)
    assert answer.body[BADGE] == ({"holder": {"floor": 1}} if "holder.floor" in keys else {"number": 7})
    assert set(answer.healed) >= healers


@pytest.mark.parametrize(
    ("operation", "changed"),
    [
        ({"op": "replace", "path": f"{BADGE}:number", "value": 8}, {"number": 8}),
        ({"op": "add", "path": f"{BADGE}:weight", "value": 1}, {"weight": 1}),
        ({"op": "remove", "path": f"{BADGE}:color"}, {"color": None}),
        ({"op": "add", "path": f"{BADGE}:doors", "value": ["front", "roof"]}, {"doors": ["front", "Lab", "roof"]}),
        ({"op": "replace", "path": f"{BADGE}:doors", "value": ["roof"]}, {"doors": ["roof"]}),
        ({"op": "remove", "path": f"{BADGE}:doors", "value": ["front"]}, {"doors": ["Lab"]}),
        ({"op": "remove", "path": f"{BADGE}:doors"}, {"doors": None}),
        ({"op": "replace", "path": f"{BADGE}:holder.floor", "value": 2}, {"holder": {"place": "Lobby", "floor": 2}}),
        ({"op": "remove", "path": f"{BADGE}:holder.place"}, {"holder": {"floor": 1}}),
        ({"op": "replace", "path": f"{BADGE}:holder", "value": {"floor": 3}}, {"holder": {"place": "Lobby", "floor": 3}}),
        ({"op": "replace", "path": f"{BADGE}.number", "value": 8}, {"number": 8}),
        ({"op": "replace", "path": BADGE, "value": {"number": 8, "valid": False}}, {"number": 8, "valid": False}),
        ({"op": "add", "value": {BADGE: {"number": 8}}}, {"number": 8}),
        ({"op": "add", "value": {f"{BADGE}:number": 8, f"{BADGE}:color": "Red"}}, {"number": 8, "color": "Red"}),
    ],
)
async def test_a_patch_reaches_into_the_extension(host: Host, operation: dict[str, Any], changed: dict[str, Any]) -> None:
    ada = await ada_with(host)
    answer = await patched(host, ada, operation)
    expected = {key: value for key, value in (SHOWN | changed).items() if value is not None}
    assert (answer.status, answer.body[BADGE], answer.headers["ETag"]) == (200, expected, 'W/"2"')
    assert await badge_of(host, ada) == expected
    assert host.last_change().fields == (BADGE,)


@pytest.mark.parametrize("path", ["notes", "pin"])
async def test_what_is_not_shown_is_written_all_the_same(host: Host, path: str) -> None:
    ada = await ada_with(host)
    answer = await patched(host, ada, {"op": "replace", "path": f"{BADGE}:{path}", "value": "new"})
    assert (answer.headers["ETag"], answer.body[BADGE]) == ('W/"2"', SHOWN)
    rows = await host.rows("SELECT body FROM scim_user WHERE connection = :name", name=host.name("extended"))
    assert b'"new"' in bytes(rows[0]["body"])


async def test_the_last_attribute_takes_the_extension_with_it(host: Host) -> None:
    ada = await ada_with(host, {"number": 7})
    answer = await patched(host, ada, {"op": "remove", "path": f"{BADGE}:number"})
    assert (BADGE in answer.body, answer.body["schemas"]) == (False, [USER])


async def test_put_replaces_the_extension(host: Host) -> None:
    ada = await ada_with(host, {"number": 7, "color": "Blue"})
    body = {"schemas": [USER, BADGE], "userName": "ada", BADGE: {"number": 8}}
    answer = await host.call("PUT", f"/Users/{ada}", body, connection="extended")
    assert (answer.status, answer.body[BADGE]) == (200, {"number": 8})


@pytest.mark.parametrize(
    ("filter", "fits"),
    [
        ("{}:number eq 7", True), ("{}:number gt 6.5", True), ("{}:number gt 10", False), ("{}:number lt 10", True),
        ("{}:weight eq 12.5", True), ("{}:weight le 12", False),
        ('{}:issued eq "2026-05-01T08:00:00Z"', True), ('{}:issued gt "2026-05-01T09:59:59Z"', False),
        ('{}:color eq "Blue"', True), ('{}:color eq "blue"', False), ('{}:color sw "Bl"', True),
        ('{}:serial eq "s-1"', True), ('{}:serial co "-"', True),
        ('{}:notes eq "Fragile"', True),
        ('{}:pin eq "1234"', False), ("{}:pin pr", False), ('{}:pin sw "1"', False),
        ('{}:doors eq "lab"', True), ('{}:doors ew "nt"', True), ('{}:doors eq "roof"', False), ("{}:doors pr", True),
        ("{}:valid eq true", True), ("{}:valid eq false", False),
        ('{}:holder.place eq "LOBBY"', True), ("{}:holder.floor ge 2", False), ("{}:holder pr", True),
        ('{}:number eq 7 and {}:color eq "Blue"', True), ("not ({}:number eq 7)", False),
        ("{}:nothing pr", False),
    ],
)  # fmt: skip
async def test_filters_see_the_extension_as_it_is_declared(host: Host, filter: str, fits: bool) -> None:
    """Nothing that is never returned can be guessed by filters (RFC 7643 §7)."""
    ada = await ada_with(host)
    await host.user("ben", connection="extended")
    found = await host.found("/Users", f'userName eq "ada" and ({filter.replace("{}", BADGE)})', connection="extended")
    assert found == ([ada] if fits else [])


@pytest.mark.parametrize("filter", ['{}:number eq "seven"', '{}:issued gt "soon"', "{}:valid gt true", '{}:number co "7"'])
async def test_a_filter_that_does_not_fit_the_kind_is_refused(host: Host, filter: str) -> None:
    await ada_with(host)
    query = {"filter": filter.replace("{}", BADGE)}
    answer = await host.call("GET", "/Users", connection="extended", query=query)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidFilter")


async def test_lists_sort_by_the_extension(host: Host) -> None:
    ids = [await ada_with(host, {"number": number}, userName=f"u{number}") for number in (10, 9, 100)]
    nobody = await host.user("ben", connection="extended")
    for order, expected in (
        ("ascending", [ids[1], ids[0], ids[2], nobody]),
        ("descending", [nobody, ids[2], ids[0], ids[1]]),
    ):
        body = await host.get("/Users", connection="extended", sortBy=f"{BADGE}:number", sortOrder=order)
        assert [one["id"] for one in body["Resources"]] == expected


@pytest.mark.parametrize("by", ["pin", "notes"])
async def test_what_is_never_returned_sorts_nobody(host: Host, by: str) -> None:
    """Else an order would tell it; what is returned by request does."""
    ids = [await ada_with(host, {"pin": value, "notes": value}, userName=f"u{value}") for value in ("b", "a")]
    body = await host.get("/Users", connection="extended", sortBy=f"{BADGE}:{by}")
    found = [one["id"] for one in body["Resources"]]
    assert found == (ids if by == "pin" else ids[::-1])


async def test_groups_have_extensions_as_well(host: Host) -> None:
    body = {"schemas": [GROUP, COST], "displayName": "engineers", COST: {"center": "C-1"}, "members": [{"value": "later"}]}
    made = await host.call("POST", "/Groups", body, connection="extended")
    assert (made.body["schemas"], made.body[COST]) == ([GROUP, COST], {"center": "C-1"})
    assert await host.found("/Groups", f'{COST}:center eq "c-1"', connection="extended") == [made.id]
    change = {"op": "replace", "path": f"{COST}:center", "value": "C-2"}
    await host.patch(f"/Groups/{made.id}", change, connection="extended")
    shown = await host.get(f"/Groups/{made.id}", connection="extended")
    assert (shown[COST], shown["members"]) == ({"center": "C-2"}, [{"value": "later"}])
    put = {"schemas": [GROUP], "displayName": "engineers"}
    answer = await host.call("PUT", f"/Groups/{made.id}", put, connection="extended")
    assert (COST in answer.body, answer.body["members"]) == (False, [])


async def test_an_extension_of_groups_is_none_of_users(host: Host) -> None:
    answer = await posted(host, None, **{COST: {"center": "C-1"}})
    assert COST not in answer.body
    assert "unknown-attribute" in answer.healed
