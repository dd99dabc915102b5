"""Users: what is kept, what comes back, and what a write may not do."""

import pytest

from tests.scim.conftest import ENTERPRISE, PATCH, USER, Host

ADA = {
    "schemas": [USER, ENTERPRISE],
    "externalId": "00u1",
    "userName": "Ada@Acme.example",
    "name": {"givenName": "Ada", "familyName": "Okafor"},
    "emails": [{"value": "ada@acme.example", "type": "work", "primary": True}],
    "active": True,
    ENTERPRISE: {"department": "Platform", "manager": {"value": "42"}},
}


async def test_a_created_user_comes_back_as_sent_with_an_id_and_meta(host: Host) -> None:
    answer = await host.call("POST", "/Users", ADA)
    place = f"{host.base()}/Users/{answer.id}"
    assert answer.status == 201
    assert answer.headers["Location"] == place
    assert answer.headers["Content-Type"] == "application/scim+json"
    meta = answer.body.pop("meta")
    assert answer.body == {**ADA, "id": answer.id}
    assert meta["resourceType"] == "User"
    assert meta["location"] == place
    assert meta["version"] == answer.headers["ETag"] == 'W/"1"'
    assert meta["created"] == meta["lastModified"]


async def test_a_read_answers_the_same_as_the_create(host: Host) -> None:
    made = await host.call("POST", "/Users", ADA)
    assert await host.get(f"/Users/{made.id}") == made.body


async def test_a_user_is_active_unless_the_client_says_otherwise(host: Host) -> None:
    assert (await host.get(f"/Users/{await host.user('ada')}"))["active"] is True
    assert (await host.get(f"/Users/{await host.user('ben', active=False)}"))["active"] is False


async def test_a_put_replaces_everything_the_client_left_out(host: Host) -> None:
    made = await host.call("POST", "/Users", ADA)
    answer = await host.call("PUT", f"/Users/{made.id}", {"schemas": [USER], "userName": "ada@acme.example", "title": "Dr"})
    assert answer.status == 200
    assert answer.body.keys() == {"schemas", "id", "userName", "title", "active", "meta"}
    assert answer.body["schemas"] == [USER]
    assert await host.get(f"/Users/{made.id}") == answer.body
    assert await host.found("/Users", 'emails.value eq "ada@acme.example"') == []


async def test_a_put_without_active_neither_deactivates_nor_activates(host: Host) -> None:
    id = await host.user("ada", active=False)
    answer = await host.call("PUT", f"/Users/{id}", {"schemas": [USER], "userName": "ada@acme.example"})
    assert answer.body["active"] is False
    change = host.last_change()
    assert change.was_active is False
    assert change.user is not None
    assert change.user.active is False


async def test_a_put_keeps_the_id_and_the_time_of_creation(host: Host) -> None:
    made = await host.call("POST", "/Users", ADA)
    answer = await host.call("PUT", f"/Users/{made.id}", {**ADA, "id": "another", "title": "Dr"})
    assert answer.id == made.id
    assert answer.body["meta"]["created"] == made.body["meta"]["created"]
    assert answer.body["meta"]["lastModified"] > made.body["meta"]["lastModified"]


async def test_a_deactivation_says_what_was_before(host: Host) -> None:
    id = await host.user("ada")
    answer = await host.patch(f"/Users/{id}", {"op": "replace", "value": {"active": False}})
    assert (answer.status, answer.body["active"]) == (200, False)
    change = host.last_change()
    assert (change.kind, change.was_active, change.fields) == ("user.changed", True, ("active",))
    assert change.user is not None
    assert change.user.active is False


async def test_a_deactivated_user_stays_and_can_be_activated_again(host: Host) -> None:
    id = await host.user("ada")
    await host.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": False})
    assert await host.found("/Users", "active eq false") == [id]
    answer = await host.patch(f"/Users/{id}", {"op": "replace", "path": "active", "value": True})
    assert answer.body["active"] is True


@pytest.mark.parametrize("active", [True, False])
async def test_a_second_post_of_a_user_is_a_clash_and_activates_nobody(host: Host, active: bool) -> None:
    id = await host.user("ada", active=active)
    answer = await host.call("POST", "/Users", {"schemas": [USER], "userName": "ada@acme.example", "active": True})
    assert (answer.status, answer.body["scimType"], answer.body["status"]) == (409, "uniqueness", "409")
    assert (await host.get(f"/Users/{id}"))["active"] is active


@pytest.mark.parametrize(
    ("first", "second"),
    [("ada@acme.example", "ADA@ACME.example"), ("straße", "STRASSE"), ("e\u0301mile", "\u00c9MILE"), ("ΣΊΣΥΦΟΣ", "σίσυφος")],
)
async def test_user_names_that_differ_only_by_case_are_twins(host: Host, first: str, second: str) -> None:
    await host.call("POST", "/Users", {"schemas": [USER], "userName": first})
    answer = await host.call("POST", "/Users", {"schemas": [USER], "userName": second})
    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")


async def test_an_external_id_belongs_to_one_user_and_its_case_matters(host: Host) -> None:
    await host.user("ada", externalId="00U1")
    clash = await host.call("POST", "/Users", {"schemas": [USER], "userName": "ben", "externalId": "00U1"})
    assert (clash.status, clash.body["scimType"]) == (409, "uniqueness")
    assert "externalId" in clash.body["detail"]
    other = await host.call("POST", "/Users", {"schemas": [USER], "userName": "ben", "externalId": "00u1"})
    assert other.status == 201


async def test_users_without_an_external_id_are_no_twins(host: Host) -> None:
    for name in ("ada", "ben"):
        assert await host.user(name, externalId=None)


@pytest.mark.parametrize("path", ["userName", "externalId"])
async def test_nobody_is_renamed_to_somebody_else(host: Host, path: str) -> None:
    ada, taken = await host.user("ada"), {"userName": "BEN@acme.example", "externalId": "ext-ben"}[path]
    await host.user("ben")
    before = await host.get(f"/Users/{ada}")
    answer = await host.patch(f"/Users/{ada}", {"op": "replace", "path": path, "value": taken})
    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")
    assert await host.get(f"/Users/{ada}") == before


async def test_a_user_may_change_the_case_of_their_own_name(host: Host) -> None:
    id = await host.user("ada")
    answer = await host.patch(f"/Users/{id}", {"op": "replace", "path": "userName", "value": "ADA@acme.example"})
    assert (answer.status, answer.body["userName"]) == (200, "ADA@acme.example")


async def test_a_deleted_user_is_gone_and_a_second_delete_finds_nobody(host: Host) -> None:
    id = await host.user("ada", emails=[{"value": "ada@acme.example"}])
    first = await host.call("DELETE", f"/Users/{id}")
    assert (first.status, first.body) == (204, None)
    assert host.last_change().kind == "user.deleted"
    for method, body in (("DELETE", None), ("GET", None), ("PUT", ADA), ("PATCH", {"schemas": [PATCH], "Operations": []})):
        answer = await host.call(method, f"/Users/{id}", body)
        assert answer.status == (400 if method == "PATCH" else 404)
    gone = await host.patch(f"/Users/{id}", {"op": "replace", "path": "title", "value": "Dr"})
    assert gone.status == 404


async def test_a_deleted_user_leaves_their_groups_and_can_come_again(host: Host) -> None:
    ada = await host.user("ada")
    group = await host.group("engineers", ada)
    await host.call("DELETE", f"/Users/{ada}")
    assert await host.members(group) == []
    again = await host.user("ada")
    assert again != ada
    assert await host.members(group) == []


async def test_a_password_is_taken_and_kept_nowhere(host: Host) -> None:
    made = await host.call("POST", "/Users", {**ADA, "password": "correct horse battery"})
    assert "password" not in made.body
    (row,) = await host.rows("SELECT body FROM scim_user WHERE id = :id", id=made.id)
    assert b"battery" not in bytes(row["body"])
    facts = await host.rows("SELECT facts FROM audit WHERE connection = :name", name=host.name())
    assert "battery" not in str([dict(row) for row in facts])


async def test_the_groups_of_a_user_are_shown_and_no_client_can_write_them(host: Host) -> None:
    ada = await host.user("ada")
    group = await host.group("engineers", ada)
    shown = [{"value": group, "$ref": f"{host.base()}/Groups/{group}", "display": "engineers", "type": "direct"}]
    assert (await host.get(f"/Users/{ada}"))["groups"] == shown
    answer = await host.patch(f"/Users/{ada}", {"op": "replace", "value": {"groups": [], "title": "Dr"}})
    assert answer.body["groups"] == shown
    (listed,) = (await host.get("/Users"))["Resources"]
    assert listed["groups"] == shown


async def test_the_new_address_is_found_and_the_old_one_is_not(host: Host) -> None:
    id = await host.user("ada", emails=[{"value": "old@acme.example", "type": "work"}])
    await host.patch(f"/Users/{id}", {"op": "replace", "path": 'emails[type eq "work"].value', "value": "New@acme.example"})
    assert await host.found("/Users", 'emails[type eq "work"].value eq "new@ACME.example"') == [id]
    assert await host.found("/Users", 'emails.value eq "old@acme.example"') == []


async def test_the_host_learns_what_an_account_is_recognised_by(host: Host) -> None:
    made = await host.call("POST", "/Users", {**ADA, "displayName": "Ada O."})
    change = host.last_change()
    assert (change.kind, change.id) == ("user.created", made.id)
    facts = change.user
    assert facts is not None
    assert (facts.external_id, facts.user_name, facts.user_name_key) == ("00u1", "Ada@Acme.example", "ada@acme.example")
    assert (facts.email, facts.display, facts.active) == ("ada@acme.example", "Ada O.", True)


async def test_the_upn_of_a_guest_is_no_address(host: Host) -> None:
    """Entra makes ``ada_x.com#EXT#@…`` of a guest's address; what names a mailbox is in `emails`."""
    guest = {"userName": "ada_home.example#EXT#@acme.onmicrosoft.example", "externalId": "o-1"}
    made = await host.call("POST", "/Users", guest)
    assert host.last_change().user.email is None  # type: ignore[union-attr]
    await host.patch(f"/Users/{made.id}", {"op": "add", "path": "emails", "value": [{"value": "ada@home.example"}]})
    assert host.last_change().user.email == "ada@home.example"  # type: ignore[union-attr]


async def test_a_soft_deleted_upn_does_not_become_the_address(host: Host) -> None:
    """Entra renames ``ada@…`` to ``<32 hex>ada@…`` when it deletes softly."""
    id = await host.user("ada")
    upn = "0123456789ABCDEF0123456789abcdef" + "ada@acme.example"
    operations = [
        {"op": "Replace", "path": "userName", "value": upn},
        {"op": "Replace", "path": "active", "value": "False"},
    ]
    answer = await host.patch(f"/Users/{id}", *operations)
    assert answer.body["userName"] == upn
    facts = host.last_change().user
    assert facts is not None
    assert (facts.user_name, facts.email, facts.active) == (upn, "ada@acme.example", False)
