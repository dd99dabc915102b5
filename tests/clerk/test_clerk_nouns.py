"""Every verb of the client, against the sandbox: what it does there, and what it says when that can't be."""

from collections.abc import Callable

import pytest

from bridge.clerk import memberships, organizations, roles, sessions, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import AlreadyMember, IdentifierTaken, LastGovernor, LastMembership, Missing, Quota, RoleMissing
from bridge.sandbox.testing import RunningSandbox
from bridge.settings import Secret
from tests.support.clerk_sandbox import client

N = Lane.NORMAL


async def _user(clerk: Api, name: str = "mia") -> users.User:
    return await users.create(clerk, f"person-{name}", f"{name}@acme.example", (name.capitalize(), "Chen"), lane=N)


async def _workspace(clerk: Api, name: str = "Production") -> str:
    return (await organizations.create(clerk, name, f"acme/{name}", lane=N)).id


async def test_a_created_user_is_found_by_each_of_its_names(clerk: Api) -> None:
    made = await _user(clerk)
    assert (made.external_id, made.first_name, made.last_name) == ("person-mia", "Mia", "Chen")
    assert (made.primary, made.banned, made.locked, made.last_sign_in_at) == ("mia@acme.example", False, False, None)
    assert [one.verified for one in made.addresses] == [True]
    assert await users.get(clerk, made.id, lane=N) == made
    assert await users.by_external_id(clerk, "person-mia", lane=N) == made
    assert await users.by_addresses(clerk, ["nobody@acme.example", "mia@acme.example"], lane=N) == [made]


async def test_a_person_without_names_is_created(clerk: Api) -> None:
    made = await users.create(clerk, "person-1", "x@acme.example", ("", ""), lane=N)
    assert (made.first_name, made.last_name) == ("", "")


async def test_an_address_with_a_plus_is_found_as_it_is_written(clerk: Api) -> None:
    made = await users.create(clerk, "person-1", "mia+test@acme.example", ("Mia", ""), lane=N)
    assert await users.by_addresses(clerk, ["mia+test@acme.example"], lane=N) == [made]


async def test_who_is_not_there_is_none(clerk: Api) -> None:
    assert await users.get(clerk, "user_nobody", lane=N) is None
    assert await users.by_external_id(clerk, "person-nobody", lane=N) is None
    assert await users.by_addresses(clerk, ["nobody@acme.example"], lane=N) == []
    assert await organizations.get(clerk, "org_nothing", lane=N) is None
    assert await organizations.find(clerk, "Nothing", "acme/nothing", lane=N) is None


@pytest.mark.parametrize("taken", [("person-mia", "other@acme.example"), ("person-other", "mia@acme.example")])
async def test_a_taken_address_or_external_id_is_told(clerk: Api, taken: tuple[str, str]) -> None:
    await _user(clerk)
    with pytest.raises(IdentifierTaken):
        await users.create(clerk, *taken, ("Mia", "Chen"), lane=N)


async def test_a_user_is_renamed_and_gets_our_id(clerk: Api) -> None:
    made = await _user(clerk)
    await users.update(clerk, made.id, names=("Maria", "Chen-Ito"), lane=N)
    await users.set_external_id(clerk, made.id, "person-new", lane=N)
    now = await users.get(clerk, made.id, lane=N)
    assert now is not None
    assert (now.first_name, now.last_name, now.external_id) == ("Maria", "Chen-Ito", "person-new")


async def test_a_new_address_becomes_primary_and_the_old_one_can_go(clerk: Api) -> None:
    made = await _user(clerk)
    await users.add_address(clerk, made.id, "maria@acme.example", lane=N)
    await users.drop_address(clerk, made.addresses[0].id, lane=N)
    now = await users.get(clerk, made.id, lane=N)
    assert now is not None
    assert [(one.value, one.verified) for one in now.addresses] == [("maria@acme.example", True)]
    assert now.primary == "maria@acme.example"


async def test_an_address_somebody_has_already_becomes_the_primary_one_again(clerk: Api) -> None:
    made = await _user(clerk)
    await users.add_address(clerk, made.id, "maria@acme.example", lane=N)
    await users.make_primary(clerk, made.addresses[0].id, lane=N)
    now = await users.get(clerk, made.id, lane=N)
    assert now is not None
    assert now.primary == "mia@acme.example"


async def test_a_ban_and_a_lock_are_seen_and_lifted(clerk: Api) -> None:
    made = await _user(clerk)
    await users.ban(clerk, made.id, lane=N)
    await users.lock(clerk, made.id, lane=N)
    now = await users.get(clerk, made.id, lane=N)
    assert now is not None
    assert (now.banned, now.locked) == (True, True)
    await users.unban(clerk, made.id, lane=N)
    await users.unlock(clerk, made.id, lane=N)
    assert await users.get(clerk, made.id, lane=N) == made


async def test_a_deleted_user_is_gone_and_may_be_deleted_again(clerk: Api) -> None:
    made = await _user(clerk)
    await users.delete(clerk, made.id, lane=N)
    await users.delete(clerk, made.id, lane=N)
    assert await users.get(clerk, made.id, lane=N) is None


async def test_an_organization_is_got_by_id_and_slug_and_found_by_our_own_mark(clerk: Api) -> None:
    made = await organizations.create(clerk, "Production", "acme/Production", lane=N)
    assert (made.name, made.reference) == ("Production", "acme/Production")
    assert await organizations.get(clerk, made.id, lane=N) == made
    assert await organizations.get(clerk, made.slug, lane=N) == made
    assert await organizations.find(clerk, "Production", "acme/Production", lane=N) == made
    assert await organizations.find(clerk, "Production", "other/Production", lane=N) is None


async def test_an_organization_somebody_else_made_has_no_mark(clerk: Api) -> None:
    made = await clerk.post("/organizations", {"name": "By hand"}, lane=N)
    found = await organizations.get(clerk, made["id"], lane=N)
    assert found is not None
    assert found.reference is None


async def test_a_membership_is_added_changed_and_removed(clerk: Api) -> None:
    mia, production = await _user(clerk), await _workspace(clerk)
    made = await memberships.add(clerk, production, mia.id, "org:editor", lane=N)
    assert (made.organization, made.user, made.role, made.banned) == (production, mia.id, "org:editor", False)
    changed = await memberships.change(clerk, production, mia.id, "org:admin", lane=N)
    assert (changed.id, changed.role) == (made.id, "org:admin")
    await _owner(clerk, production)
    await memberships.remove(clerk, production, mia.id, lane=N)
    assert await memberships.of_user(clerk, mia.id, lane=N) == []


async def _owner(clerk: Api, workspace: str) -> str:
    ada = await _user(clerk, "ada")
    await memberships.add(clerk, workspace, ada.id, "org:owner", lane=N)
    return ada.id


async def test_members_are_read_by_person_and_by_role(clerk: Api) -> None:
    mia, first, second = await _user(clerk), await _workspace(clerk), await _workspace(clerk, "Research")
    one = await memberships.add(clerk, first, mia.id, "org:editor", lane=N)
    two = await memberships.add(clerk, second, mia.id, "org:viewer", lane=N)
    ada = await _owner(clerk, first)
    await users.ban(clerk, ada, lane=N)
    assert sorted(await memberships.of_user(clerk, mia.id, lane=N), key=lambda item: item.role) == [one, two]
    owners = await memberships.with_role(clerk, first, "org:owner", lane=N)
    assert [(owner.user, owner.banned) for owner in owners] == [(ada, True)]


async def test_a_second_membership_in_one_place_is_told(clerk: Api) -> None:
    mia, production = await _user(clerk), await _workspace(clerk)
    await memberships.add(clerk, production, mia.id, "org:editor", lane=N)
    with pytest.raises(AlreadyMember):
        await memberships.add(clerk, production, mia.id, "org:admin", lane=N)


async def test_what_is_not_there_cannot_be_changed_but_may_be_removed(clerk: Api) -> None:
    mia, production = await _user(clerk), await _workspace(clerk)
    with pytest.raises(Missing):
        await memberships.change(clerk, production, mia.id, "org:admin", lane=N)
    with pytest.raises(Missing):
        await memberships.add(clerk, "org_nothing", mia.id, "org:admin", lane=N)
    with pytest.raises(Missing):
        await memberships.of_user(clerk, "user_nobody", lane=N)
    with pytest.raises(Missing):
        await users.update(clerk, "user_nobody", names=("A", "B"), lane=N)
    await memberships.remove(clerk, production, mia.id, lane=N)
    await sessions.revoke(clerk, "sess_nothing", lane=N)


async def test_the_last_one_who_may_govern_is_neither_lowered_nor_removed(clerk: Api) -> None:
    production = await _workspace(clerk)
    ada = await _owner(clerk, production)
    with pytest.raises(LastGovernor):
        await memberships.change(clerk, production, ada, "org:viewer", lane=N)
    with pytest.raises(LastGovernor):
        await memberships.remove(clerk, production, ada, lane=N)


async def test_where_everybody_needs_a_workspace_the_last_membership_stays(
    sandboxes: Callable[..., RunningSandbox],
) -> None:
    sandbox = sandboxes(membership_required=True)
    clerk = Api(sandbox.url, Secret(sandbox.secret_key, "test"), 1000)
    mia, production = await _user(clerk), await _workspace(clerk)
    await _owner(clerk, production)
    await memberships.add(clerk, production, mia.id, "org:editor", lane=N)
    with pytest.raises(LastMembership):
        await memberships.remove(clerk, production, mia.id, lane=N)
    await clerk.close()


async def test_a_full_workspace_is_told(clerk: Api) -> None:
    production = await _workspace(clerk)
    await clerk.patch("/organizations/{it}", {"max_allowed_memberships": 1}, it=production, lane=N)
    await _owner(clerk, production)
    with pytest.raises(Quota):
        await memberships.add(clerk, production, (await _user(clerk)).id, "org:editor", lane=N)


async def test_a_role_the_instance_lacks_is_told(clerk: Api) -> None:
    mia, production = await _user(clerk), await _workspace(clerk)
    with pytest.raises(RoleMissing):
        await memberships.add(clerk, production, mia.id, "org:nonsense", lane=N)
    await memberships.add(clerk, production, mia.id, "org:editor", lane=N)
    with pytest.raises(RoleMissing):
        await memberships.change(clerk, production, mia.id, "org:nonsense", lane=N)


async def test_the_roles_of_the_instance_are_known_by_their_keys(clerk: Api) -> None:
    assert {"org:owner", "org:admin", "org:editor", "org:viewer"} <= await roles.keys(clerk, lane=N)


async def test_live_sessions_are_found_and_ended(clerk: Api) -> None:
    mia, production = await _user(clerk), await _workspace(clerk)
    await memberships.add(clerk, production, mia.id, "org:editor", lane=N)
    first = await clerk.post("/sessions", {"user_id": mia.id, "active_organization_id": production}, lane=N)
    second = await clerk.post("/sessions", {"user_id": mia.id}, lane=N)
    live = {one.id: one.organization for one in await sessions.live(clerk, mia.id, lane=N)}
    assert live == {first["id"]: production, second["id"]: None}
    await sessions.revoke(clerk, first["id"], lane=N)
    assert [one.id for one in await sessions.live(clerk, mia.id, lane=N)] == [second["id"]]


async def test_a_list_longer_than_a_page_is_read_to_its_end(clerk: Api, sandbox: RunningSandbox) -> None:
    mia = await _user(clerk)
    with client(sandbox) as raw:
        made = [raw.post("/sessions", json={"user_id": mia.id}).json()["id"] for _ in range(501)]
    sandbox.reset_calls()
    assert {one.id for one in await sessions.live(clerk, mia.id, lane=N)} == set(made)
    assert sandbox.calls() == {"GET /v1/sessions": 2}
