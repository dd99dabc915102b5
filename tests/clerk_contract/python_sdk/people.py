"""Users and their addresses, by the Python SDK."""

from clerk_backend_api import Clerk

from tests.clerk_contract.python_sdk.cast import person
from tests.support.clerk_peer import Peer


def users_are_created_found_counted_changed_and_deleted(sdk: Clerk, peer: Peer) -> None:
    ada, mia = person(sdk, peer), person(sdk, peer, "mia")
    assert sdk.users.get(user_id=ada.id).email_addresses[0].email_address == peer.email("ada")
    assert [user.id for user in sdk.users.list(request={"email_address": [peer.email("mia")]})] == [mia.id]
    assert [user.id for user in sdk.users.list(request={"external_id": [peer.keyed("ada")]})] == [ada.id]
    assert sdk.users.count(request={"query": peer.mark}).total_count == 2
    assert sdk.users.update(user_id=mia.id, first_name="Maria").first_name == "Maria"
    assert sdk.users.update_metadata(user_id=mia.id, public_metadata={"a": 1}).public_metadata == {"a": 1}
    assert sdk.users.replace_metadata(user_id=mia.id, public_metadata={"b": 1}).public_metadata == {"b": 1}
    assert sdk.users.delete(user_id=mia.id).deleted is True
    assert sdk.users.count(request={"query": peer.mark}).total_count == 1


def users_are_banned_and_locked(sdk: Clerk, peer: Peer) -> None:
    ada, mia = person(sdk, peer).id, person(sdk, peer, "mia").id
    assert sdk.users.ban(user_id=ada).banned is True
    assert sdk.users.unban(user_id=ada).banned is False
    assert sdk.users.lock(user_id=ada).locked is True
    assert sdk.users.unlock(user_id=ada).locked is False
    assert {(user.id, user.banned) for user in sdk.users.bulk_ban(user_ids=[ada, mia])} == {(ada, True), (mia, True)}
    assert {(user.id, user.banned) for user in sdk.users.bulk_unban(user_ids=[ada, mia])} == {(ada, False), (mia, False)}


def addresses_are_added_made_primary_and_removed(sdk: Clerk, peer: Peer) -> None:
    ada = person(sdk, peer)
    (first,) = ada.email_addresses
    request = {"user_id": ada.id, "email_address": peer.email("okafor"), "verified": True}
    second = sdk.email_addresses.create(request=request)
    assert sdk.email_addresses.get(email_address_id=second.id) == second
    sdk.email_addresses.update(email_address_id=second.id, primary=True)
    assert sdk.users.get(user_id=ada.id).primary_email_address_id == second.id
    assert sdk.email_addresses.delete(email_address_id=first.id).deleted is True
    sdk.email_addresses.replace_for_user(user_id=ada.id, email_address=peer.email("only"))
    assert [item.email_address for item in sdk.users.get(user_id=ada.id).email_addresses] == [peer.email("only")]


STORIES = (
    users_are_created_found_counted_changed_and_deleted,
    users_are_banned_and_locked,
    addresses_are_added_made_primary_and_removed,
)
