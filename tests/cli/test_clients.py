"""`inferpipe-bridge client` beside a running service."""

from collections.abc import Awaitable, Callable

import pytest

from tests.support.asking import Registered, access_token, events, register, token, users
from tests.support.command_line import json, run
from tests.support.entra import OBJECT, TENANT
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
OAUTH = {"scim": {"auth": ["token", "oauth"]}}


async def test_a_client_is_made_listed_rotated_and_revoked(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    address = {"BRIDGE_PUBLIC_URL": "https://bridge.example"}
    made = await json(house, "client", "create", "acme", "--label", "Entra", "--expires", "365d", **address)
    assert set(made) == {"client_id", "client_secret", "token_endpoint", "connection", "secret", "expires"}
    assert made["token_endpoint"] == "https://bridge.example/oauth2/token"
    client = Registered(made["client_id"], made["client_secret"], made["secret"])
    bearer = f"Bearer {await access_token(house, client)}"
    assert (await users(house, bearer)).status == 200
    fresh = await json(house, "client", "rotate", client.id)
    for secret in (client.secret, fresh["client_secret"]):
        assert (await token(house, client_id=client.id, client_secret=secret)).status == 200
    listed = await json(house, "client", "list", "acme")
    assert [(one["id"], one["label"], [kept["state"] for kept in one["secrets"]]) for one in listed] == [
        (client.id, "Entra", ["live", "live"])
    ]
    week = 7 * 86_400_000
    assert 0 < listed[0]["secrets"][0]["expires"] - house.clock() <= week
    assert "is revoked" in await run(house, "client", "revoke", client.id)
    ended = await json(house, "client", "list", "acme")
    assert [kept["state"] for kept in ended[0]["secrets"]] == ["revoked", "revoked"]
    house.clock.jump(1.1)
    assert (await users(house, bearer)).status == 401
    assert "There is no live client or secret" in await run(house, "client", "revoke", client.id, code=1)
    actions = [event.action for event in await events(house) if event.subject == client.id]
    assert actions == ["client.created", "client.rotated", "client.revoked"]


async def test_one_secret_is_revoked_and_the_other_goes_on(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    fresh = await json(house, "client", "rotate", client.id, "--expires", "30d")
    assert "of acme is revoked" in await run(house, "client", "revoke", client.secret_id)
    assert (await token(house, client_id=client.id, client_secret=client.secret)).status == 401
    assert (await token(house, client_id=client.id, client_secret=fresh["client_secret"])).status == 200


async def test_rotate_ends_the_others_at_once_where_told(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    await run(house, "client", "rotate", client.id, "--keep", "0s")
    assert (await token(house, client_id=client.id, client_secret=client.secret)).status == 401


async def test_clients_read_like_a_table_and_secrets_are_shown_once(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    assert "No clients yet" in await run(house, "client", "list")
    text = await run(house, "client", "create", "acme", "--label", "Entra")
    secret = next(line.split()[-1] for line in text.splitlines() if line.startswith("client secret"))
    assert "Shown once" in text or "shown once" in text
    shown = await run(house, "client", "list")
    assert "Entra" in shown
    assert "never" in shown
    assert secret not in shown


async def test_a_federated_client_has_no_secret(houses: Houses) -> None:
    house = await houses(directory={"scim": {"auth": ["oauth"], "entra_tenant": TENANT, "entra": {"object_ids": [OBJECT]}}})
    made = await json(house, "client", "create", "acme", "--federated")
    assert (made["client_secret"], made["secret"]) == (None, None)
    assert "federated" in await run(house, "client", "list")
    assert "Leave one out" in await run(house, "client", "create", "acme", "--federated", "--expires", "1d", code=1)


@pytest.mark.parametrize(
    ("auth", "words", "told"),
    [
        (["token"], ["create", "acme"], "auth: [token, oauth]"),
        (["oauth"], ["create", "acme", "--federated"], "entra_tenant"),
        (["oauth"], ["create", "nowhere"], "There is no connection nowhere"),
        (["oauth"], ["create", "acme", "--expires", "soon"], "such as 10s"),
        (["oauth"], ["rotate", "client_nobody"], "client list"),
        (["oauth"], ["revoke", "secret_nobody"], "client list"),
    ],
)
async def test_what_cannot_be_done_is_a_sentence_that_helps(
    houses: Houses, auth: list[str], words: list[str], told: str
) -> None:
    house = await houses(directory={"scim": {"auth": auth}})
    text = await run(house, "client", *words, code=1)
    assert text.startswith("Error: ")
    assert told in text


async def test_a_token_that_lasts_no_time_is_over_at_once(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    made = await json(house, "token", "create", "acme", "--expires", "0s")
    assert (await users(house, f"Bearer {made['token']}")).status == 401
