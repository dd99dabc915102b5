"""Users through our own client: what each verb does on any Clerk, and what it says when that can't be."""

import time

import pytest

from bridge.clerk import activity, sessions, users
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.clerk.errors import IdentifierTaken, Missing
from tests.support.clerk_peer import Peer

N = Lane.NORMAL


@pytest.fixture
async def mia(clerk: Api, peer: Peer) -> users.User:
    return await users.create(clerk, peer.keyed("mia"), peer.email("mia"), ("Mia", "Chen"), lane=N)


async def again(clerk: Api, user: users.User) -> users.User:
    found = await users.get(clerk, user.id, lane=N)
    assert found is not None
    return found


async def test_a_created_user_is_found_by_each_of_its_names(clerk: Api, peer: Peer, mia: users.User) -> None:
    assert (mia.external_id, mia.first_name, mia.last_name) == (peer.keyed("mia"), "Mia", "Chen")
    assert (mia.primary, mia.banned, mia.locked, mia.last_sign_in_at) == (peer.email("mia"), False, False, None)
    assert [one.verified for one in mia.addresses] == [True]
    assert await users.get(clerk, mia.id, lane=N) == mia
    assert await users.by_external_id(clerk, peer.keyed("mia"), lane=N) == mia
    assert await users.by_addresses(clerk, [peer.email("nobody"), peer.email("mia")], lane=N) == [mia]
    assert await users.by_ids(clerk, ["user_nobody", mia.id], lane=N) == [mia]


async def test_a_person_without_names_is_created(clerk: Api, peer: Peer) -> None:
    made = await users.create(clerk, peer.keyed("x"), peer.email("x"), ("", ""), lane=N)
    assert (made.first_name, made.last_name) == ("", "")


async def test_who_is_not_there_is_none(clerk: Api, peer: Peer) -> None:
    assert await users.get(clerk, "user_nobody", lane=N) is None
    assert await users.by_external_id(clerk, peer.keyed("nobody"), lane=N) is None
    assert await users.by_addresses(clerk, [peer.email("nobody")], lane=N) == []
    with pytest.raises(Missing):
        await users.update(clerk, "user_nobody", names=("A", "B"), lane=N)


async def test_a_taken_address_or_external_id_is_told(clerk: Api, peer: Peer, mia: users.User) -> None:
    for taken in ((peer.keyed("mia"), peer.email("other")), (peer.keyed("other"), peer.email("mia"))):
        with pytest.raises(IdentifierTaken):
            await users.create(clerk, *taken, ("Mia", "Chen"), lane=N)


async def test_a_user_is_renamed_and_gets_our_id(clerk: Api, peer: Peer, mia: users.User) -> None:
    await users.update(clerk, mia.id, names=("Maria", "Chen-Ito"), locale="de-DE", lane=N)
    await users.set_external_id(clerk, mia.id, peer.keyed("new"), lane=N)
    now = await again(clerk, mia)
    assert (now.names, now.locale, now.external_id) == (("Maria", "Chen-Ito"), "de-DE", peer.keyed("new"))


async def test_a_new_address_becomes_primary_and_the_old_one_can_go(clerk: Api, peer: Peer, mia: users.User) -> None:
    await users.add_address(clerk, mia.id, peer.email("maria"), lane=N)
    await users.drop_address(clerk, mia.addresses[0].id, lane=N)
    now = await again(clerk, mia)
    assert [(one.value, one.verified) for one in now.addresses] == [(peer.email("maria"), True)]
    assert now.primary == peer.email("maria")


async def test_an_address_somebody_has_already_becomes_the_primary_one_again(
    clerk: Api, peer: Peer, mia: users.User
) -> None:
    await users.add_address(clerk, mia.id, peer.email("maria"), lane=N)
    await users.make_primary(clerk, mia.addresses[0].id, lane=N)
    assert (await again(clerk, mia)).primary == peer.email("mia")


async def test_an_address_that_nobody_proved_is_vouched_for(clerk: Api, peer: Peer, mia: users.User) -> None:
    body = {"user_id": mia.id, "email_address": peer.email("maria"), "verified": False}
    made = await clerk.post("/email_addresses", body, lane=N)
    assert [one.verified for one in (await again(clerk, mia)).addresses] == [True, False]
    await users.verify_address(clerk, made["id"], lane=N)
    assert [one.verified for one in (await again(clerk, mia)).addresses] == [True, True]


async def test_a_ban_and_a_lock_are_seen_and_lifted(clerk: Api, mia: users.User) -> None:
    await users.ban(clerk, mia.id, lane=N)
    await users.lock(clerk, mia.id, lane=N)
    now = await again(clerk, mia)
    assert (now.banned, now.locked) == (True, True)
    await users.unban(clerk, mia.id, lane=N)
    await users.unlock(clerk, mia.id, lane=N)
    assert await again(clerk, mia) == mia


async def test_a_ban_ends_every_session(clerk: Api, mia: users.User) -> None:
    await clerk.post("/sessions", {"user_id": mia.id}, lane=N)
    await users.ban(clerk, mia.id, lane=N)
    assert await sessions.live(clerk, mia.id, lane=N) == []


async def test_a_deleted_user_is_gone_and_may_be_deleted_again(clerk: Api, mia: users.User) -> None:
    await users.delete(clerk, mia.id, lane=N)
    await users.delete(clerk, mia.id, lane=N)
    assert await users.get(clerk, mia.id, lane=N) is None


async def test_who_was_active_of_late_is_told(clerk: Api, peer: Peer, mia: users.User) -> None:
    idle = await users.create(clerk, peer.keyed("idle"), peer.email("idle"), ("", ""), lane=N)
    await clerk.post("/sessions", {"user_id": mia.id}, lane=N)
    yesterday = (int(time.time()) - 86_400) * 1000
    active = [one.user async for page in activity.since(clerk, yesterday, lane=N) for one in page]
    assert mia.id in active
    assert idle.id not in active
