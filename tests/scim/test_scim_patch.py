"""PATCH of users by RFC 7644 §3.5.2: what each operation does to each kind of attribute."""

from typing import Any

import pytest

from tests.scim.conftest import BADGE, ENTERPRISE, USER, Host

WORK = {"value": "work@acme.example", "type": "work", "primary": True}
HOME = {"value": "home@acme.example", "type": "home"}


async def _patched(host: Host, *operations: dict[str, Any]) -> Any:
    """A user with two addresses and a name, after a PATCH."""
    id = await host.user(
        "ada",
        name={"givenName": "Ada", "familyName": "Okafor"},
        emails=[WORK, HOME],
        title="Engineer",
        **{ENTERPRISE: {"department": "Platform", "costCenter": "1"}},
    )
    answer = await host.patch(f"/Users/{id}", *operations)
    assert answer.status == 200, answer.body
    assert answer.body == await host.get(f"/Users/{id}")
    return answer.body


async def test_replace_of_a_simple_attribute(host: Host) -> None:
    assert (await _patched(host, {"op": "replace", "path": "title", "value": "Dr"}))["title"] == "Dr"


async def test_remove_of_a_simple_attribute(host: Host) -> None:
    assert "title" not in await _patched(host, {"op": "remove", "path": "title"})


async def test_replace_of_a_complex_attribute_leaves_unnamed_parts(host: Host) -> None:
    body = await _patched(host, {"op": "replace", "path": "name", "value": {"givenName": "Augusta"}})
    assert body["name"] == {"givenName": "Augusta", "familyName": "Okafor"}


@pytest.mark.parametrize("op", ["add", "replace"])
@pytest.mark.parametrize("value", [{}, {"nothing": "we know"}])
async def test_an_object_that_names_no_part_changes_none(host: Host, op: str, value: Any) -> None:
    for operation in ({"op": op, "path": "name", "value": value}, {"op": op, "value": {"name": value}}):
        id = await host.user(f"u{len(operation)}", name={"givenName": "Ada"})
        assert (await host.patch(f"/Users/{id}", operation)).body["name"] == {"givenName": "Ada"}


async def test_a_part_that_is_null_goes_and_the_others_stay(host: Host) -> None:
    value = {"givenName": None, "middleName": "B", "honorificPrefix": None}
    body = await _patched(host, {"op": "replace", "path": "name", "value": value})
    assert body["name"] == {"familyName": "Okafor", "middleName": "B"}


async def test_replacing_all_of_a_complex_attribute_by_null_removes_it(host: Host) -> None:
    assert "name" not in await _patched(host, {"op": "replace", "path": "name", "value": None})


async def test_several_users_may_lose_their_external_id(host: Host) -> None:
    """An externalId without a letter is none, so it is nobody's twin."""
    for name in ("ada", "ben"):
        id = await host.user(name)
        answer = await host.patch(f"/Users/{id}", {"op": "replace", "path": "externalId", "value": ""})
        assert answer.status == 200
        assert "externalId" not in answer.body


async def test_replace_and_remove_of_one_part(host: Host) -> None:
    body = await _patched(
        host,
        {"op": "replace", "path": "name.givenName", "value": "Augusta"},
        {"op": "remove", "path": "name.familyName"},
        {"op": "remove", "path": "name.middleName"},
    )
    assert body["name"] == {"givenName": "Augusta"}


async def test_add_to_a_list_keeps_what_is_there_and_repeats_nothing(host: Host) -> None:
    other = {"value": "other@acme.example", "type": "other"}
    body = await _patched(host, {"op": "add", "path": "emails", "value": [other, HOME]})
    assert body["emails"] == [WORK, HOME, other]


async def test_what_is_there_in_another_case_is_not_added_again(host: Host) -> None:
    again = {"value": "HOME@acme.example", "type": "Home"}
    assert (await _patched(host, {"op": "add", "path": "emails", "value": [again]}))["emails"] == [WORK, HOME]


async def test_what_is_described_in_another_case_is_removed(host: Host) -> None:
    operation = {"op": "remove", "path": "emails", "value": [{"value": "HOME@Acme.example"}]}
    assert (await _patched(host, operation))["emails"] == [WORK]


DOORS = f"{BADGE}:doors"


@pytest.mark.parametrize(
    ("operation", "left"),
    [
        ({"op": "remove", "path": f'{DOORS}[value eq "LAB"]'}, ["front", "gate"]),
        ({"op": "remove", "path": f'{DOORS}[value sw "f" or value sw "g"]'}, ["Lab"]),
        ({"op": "replace", "path": f'{DOORS}[value eq "lab"]', "value": "lab 2"}, ["front", "lab 2", "gate"]),
        ({"op": "replace", "path": f'{DOORS}[not (value eq "lab")]', "value": ["x"]}, ["x", "Lab", "x"]),
        ({"op": "add", "path": DOORS, "value": ["LAB", "roof"]}, ["front", "Lab", "gate", "roof"]),
        ({"op": "remove", "path": DOORS, "value": ["FRONT"]}, ["Lab", "gate"]),
        ({"op": "remove", "path": f'{DOORS}[value eq "cellar"]'}, ["front", "Lab", "gate"]),
    ],
)
async def test_a_list_of_plain_values_is_changed_by_its_values(host: Host, operation: Any, left: list[str]) -> None:
    id = await host.user("ada", connection="extended", **{BADGE: {"doors": ["front", "Lab", "gate"]}})
    answer = await host.patch(f"/Users/{id}", operation, connection="extended")
    assert answer.body[BADGE]["doors"] == left


async def test_strict_takes_brackets_of_plain_values(host: Host) -> None:
    keys = {"schemas": [USER, BADGE], BADGE: {"doors": ["front", "lab"]}}
    id = await host.user("ada", connection="strictextended", **keys)
    operation = {"op": "replace", "path": f'{DOORS}[value eq "front"]', "value": "back"}
    answer = await host.patch(f"/Users/{id}", operation, connection="strictextended")
    assert (answer.status, answer.healed, answer.body[BADGE]["doors"]) == (200, (), ["back", "lab"])


async def test_plain_values_have_no_parts_and_none_is_made_up(host: Host) -> None:
    id = await host.user("ada", connection="extended", **{BADGE: {"doors": ["front"]}})
    for path, scim_type in ((f'{DOORS}[value eq "front"].more', "invalidPath"), (f'{DOORS}[value eq "lab"]', "noTarget")):
        answer = await host.patch(f"/Users/{id}", {"op": "replace", "path": path, "value": "x"}, connection="extended")
        assert (answer.status, answer.body["scimType"]) == (400, scim_type)


async def test_a_new_primary_value_takes_the_mark_from_the_old_one(host: Host) -> None:
    body = await _patched(host, {"op": "add", "path": "emails", "value": [{"value": "new@acme.example", "primary": True}]})
    assert [email["value"] for email in body["emails"] if email.get("primary")] == ["new@acme.example"]


async def test_an_element_that_becomes_primary_takes_the_mark_too(host: Host) -> None:
    body = await _patched(host, {"op": "replace", "path": 'emails[type eq "home"].primary', "value": True})
    assert [email["value"] for email in body["emails"] if email.get("primary")] == ["home@acme.example"]


async def test_replace_of_a_list_replaces_all_of_it(host: Host) -> None:
    assert (await _patched(host, {"op": "replace", "path": "emails", "value": [HOME]}))["emails"] == [HOME]


@pytest.mark.parametrize("operation", [{"op": "replace", "value": []}, {"op": "replace", "value": None}, {"op": "remove"}])
async def test_a_list_can_be_emptied(host: Host, operation: dict[str, Any]) -> None:
    assert "emails" not in await _patched(host, {**operation, "path": "emails"})


async def test_adding_nothing_to_a_list_takes_nothing_away(host: Host) -> None:
    assert (await _patched(host, {"op": "add", "path": "emails", "value": []}))["emails"] == [WORK, HOME]


async def test_a_filter_chooses_the_elements_to_change(host: Host) -> None:
    body = await _patched(host, {"op": "replace", "path": 'emails[type eq "home"].value', "value": "h@acme.example"})
    assert body["emails"] == [WORK, {"value": "h@acme.example", "type": "home"}]


async def test_a_filter_chooses_the_elements_to_remove(host: Host) -> None:
    body = await _patched(host, {"op": "remove", "path": 'emails[type eq "work" or value co "nobody"]'})
    assert body["emails"] == [HOME]


async def test_a_whole_element_can_be_replaced_by_filter(host: Host) -> None:
    body = await _patched(host, {"op": "replace", "path": 'emails[type eq "home"]', "value": {"value": "h@acme.example"}})
    assert body["emails"] == [WORK, {"value": "h@acme.example", "type": "home"}]


async def test_without_a_path_each_key_is_one(host: Host) -> None:
    body = await _patched(
        host, {"op": "replace", "value": {"title": "Dr", "name": {"givenName": "A"}, "nickName": "Countess"}}
    )
    assert (body["title"], body["nickName"]) == ("Dr", "Countess")
    assert body["name"] == {"givenName": "A", "familyName": "Okafor"}


async def test_the_extension_can_be_written_as_a_whole_or_by_path(host: Host) -> None:
    body = await _patched(
        host,
        {"op": "replace", "value": {ENTERPRISE: {"department": "Research"}}},
        {"op": "add", "path": f"{ENTERPRISE}:manager.value", "value": "42"},
        {"op": "replace", "path": f"{ENTERPRISE}.division", "value": "West"},
    )
    assert body[ENTERPRISE] == {"department": "Research", "costCenter": "1", "manager": {"value": "42"}, "division": "West"}
    emptied = await host.patch(f"/Users/{body['id']}", {"op": "remove", "path": ENTERPRISE})
    assert ENTERPRISE not in emptied.body
    assert ENTERPRISE not in emptied.body["schemas"]


async def test_operations_work_in_their_order(host: Host) -> None:
    body = await _patched(
        host,
        {"op": "replace", "path": "title", "value": "first"},
        {"op": "remove", "path": "title"},
        {"op": "add", "path": "title", "value": "last"},
    )
    assert body["title"] == "last"


async def test_one_bad_operation_undoes_the_good_ones(host: Host) -> None:
    id = await host.user("ada", title="Engineer")
    before = await host.get(f"/Users/{id}")
    answer = await host.patch(
        f"/Users/{id}",
        {"op": "replace", "path": "title", "value": "Dr"},
        {"op": "replace", "path": "active", "value": "maybe"},
    )
    assert (answer.status, answer.body["scimType"]) == (400, "invalidValue")
    assert await host.get(f"/Users/{id}") == before


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "title"}, "invalidValue"),
        ({"op": "replace", "path": "emails[", "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'title eq "x"', "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'name[givenName eq "Ada"].familyName', "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 7, "value": "x"}, "invalidPath"),
        ({"op": "replace", "path": 'emails[value co "nobody"].type', "value": "work"}, "noTarget"),
        ({"op": "replace", "path": 'emails[type eq "other"].type', "value": "fax"}, "noTarget"),
        ({"op": "replace", "path": 'emails[value eq "gone@acme.example"].value', "value": "new@acme.example"}, "noTarget"),
        ({"op": "replace", "value": "x"}, "invalidValue"),
        ({"op": "move", "path": "title", "value": "x"}, "invalidSyntax"),
        ({"path": "title", "value": "x"}, "invalidSyntax"),
        ({"op": "remove", "path": "userName"}, "invalidValue"),
        ({"op": "replace", "path": "title", "value": {"a": 1}}, "invalidValue"),
        ({"op": "replace", "path": "title", "value": ["Dr", "Prof"]}, "invalidValue"),
    ],
)
async def test_an_operation_that_makes_no_sense_is_refused(host: Host, operation: dict[str, Any], scim_type: str) -> None:
    id = await host.user("ada", emails=[WORK])
    before = await host.get(f"/Users/{id}")
    answer = await host.patch(f"/Users/{id}", operation)
    assert (answer.status, answer.body["scimType"]) == (400, scim_type)
    assert await host.get(f"/Users/{id}") == before


@pytest.mark.parametrize("body", [[], {"Operations": []}, {"Operations": {"op": "add"}}, {"Operations": ["add"]}, {}, None])
async def test_a_message_without_operations_is_refused(host: Host, body: Any) -> None:
    id = await host.user("ada")
    answer = await host.call("PATCH", f"/Users/{id}", raw=b"null" if body is None else None, body=body)
    assert (answer.status, answer.body["scimType"]) == (400, "invalidSyntax")


async def test_a_key_of_an_extension_that_is_no_name_is_left_out(host: Host) -> None:
    id = await host.user("ada")
    value = {"": False, "no name": 1, "manager.value": "x", "department": "IT"}
    answer = await host.patch(f"/Users/{id}", {"op": "Replace", "path": ENTERPRISE, "value": value})
    assert (answer.status, answer.body[ENTERPRISE]) == (200, {"department": "IT"})
    assert "unknown-attribute" in answer.healed
