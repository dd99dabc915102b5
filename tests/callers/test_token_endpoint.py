"""POST /oauth2/token: client credentials as RFC 6749 writes them, and what becomes of a token afterwards."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.callers import access, clients
from bridge.callers.clients import MintedSecret
from bridge.store.errors import StoreError
from tests.support.asking import Answer, access_token, ask, basic, events, register, token, users
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
OAUTH = {"scim": {"auth": ["oauth"]}}


def _told(answer: Answer) -> tuple[int, str]:
    """Status and error; no answer of the endpoint may be kept by anybody."""
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status, answer.body.get("error", "")


async def test_a_client_gets_a_token_and_the_token_lets_it_in(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    answer = await token(house, client_id=client.id, client_secret=client.secret, scope="scim")
    assert _told(answer) == (200, "")
    assert {**answer.body, "access_token": "…"} == {
        "access_token": "…",
        "token_type": "Bearer",
        "expires_in": 3600,
        "scope": "scim",
    }
    assert (await users(house, f"Bearer {answer.body['access_token']}")).status == 200


async def test_basic_is_as_good_as_the_body(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    answer = await token(house, basic(client.id, client.secret))
    assert _told(answer) == (200, "")
    assert (await token(house, basic(client.id, client.secret), client_id=client.id)).status == 200


async def test_who_does_not_prove_to_be_a_client_is_told_nothing_more(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client, other = await register(house), await register(house)
    wrong = [
        await token(house, client_id=client.id, client_secret="brg_cs.wrong"),
        await token(house, client_id=client.id, client_secret=other.secret),
        await token(house, client_id="client_nobody", client_secret=client.secret),
        await token(house, client_id=client.id),
        await token(house),
        await token(house, basic(client.id, "wrong")),
        await token(house, "Basic !!!"),
        await token(house, "Basic Y29sb25sZXNz"),
        await token(house, f"Bearer {client.secret}"),
    ]
    assert {_told(answer) for answer in wrong} == {(401, "invalid_client")}
    assert len({str(answer.body) for answer in wrong}) == 1
    assert {answer.headers["WWW-Authenticate"].split()[0] for answer in wrong} == {"Basic"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"scope": "scim admin"}, "invalid_scope"),
        ({"scope": "SCIM"}, "invalid_scope"),
        ({"client_assertion": "x"}, "invalid_request"),
        ({"client_assertion": "x", "client_secret": "", "client_assertion_type": "saml2-bearer"}, "invalid_request"),
    ],
)
async def test_a_request_that_asks_for_something_else_is_told_what_is_wrong(
    houses: Houses, form: dict[str, str], error: str
) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    answer = await token(house, **{"client_id": client.id, "client_secret": client.secret, **form})
    assert _told(answer) == (400, error)


async def test_only_a_modest_form_is_read(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    good = f"grant_type=client_credentials&client_id={client.id}&client_secret={client.secret}"
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    async def post(data: bytes | str, headers: dict[str, str] = form, query: str = "") -> tuple[int, str]:
        return _told(await ask(house, f"/oauth2/token{query}", method="POST", data=data, headers=headers))

    assert await post(good) == (200, "")
    assert await post(good, {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}) == (200, "")
    assert await post(good, {"Content-Type": "application/json"}) == (400, "invalid_request")
    assert await post(good, form, "?client_secret=x") == (400, "invalid_request")
    assert await post(f"{good}&scope=scim&scope=scim") == (400, "invalid_request")
    assert await post(f"{good}&more={'x' * 40_000}") == (400, "invalid_request")
    assert await post(f"{good}&{'&'.join(f'a{number}=1' for number in range(60))}") == (400, "invalid_request")
    assert await post(good.encode() + b"&scope=%ff") == (400, "invalid_request")
    assert await post(f"{good}&unknown=ignored&scope=") == (200, "")


async def test_two_ways_of_proving_at_once_are_refused(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    twice = await token(house, basic(client.id, client.secret), client_id=client.id, client_secret=client.secret)
    assert _told(twice) == (400, "invalid_request")
    assert _told(await token(house, basic(client.id, client.secret), client_id="client_other")) == (400, "invalid_request")


async def test_other_methods_are_not_offered(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    answer = await ask(house, "/oauth2/token")
    assert _told(answer) == (405, "invalid_request")
    assert answer.headers["Allow"] == "POST"


async def test_a_token_of_one_connection_is_refused_on_another(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    await house.stop()
    house.connection("other", directory=OAUTH)
    house.mapping("other")
    await house.start()
    mine, theirs = await register(house), await register(house, connection="other")
    access = await access_token(house, theirs)
    assert (await users(house, f"Bearer {access}")).status == 401
    assert (await users(house, f"Bearer {access}", connection="other")).status == 200
    assert (await users(house, f"Bearer {await access_token(house, mine)}")).status == 200


async def test_a_token_ends_with_its_time_and_its_row_with_the_next_one(houses: Houses) -> None:
    house = await houses(directory={"scim": {"auth": ["oauth"], "token_lasts": "5m"}})
    client = await register(house)
    answer = await token(house, client_id=client.id, client_secret=client.secret)
    assert answer.body["expires_in"] == 300
    bearer = f"Bearer {answer.body['access_token']}"
    house.clock.jump(270)
    assert (await users(house, bearer)).status == 200
    house.clock.jump(30)
    assert (await users(house, bearer)).status == 401
    await access_token(house, client)
    assert await _rows(house, "SELECT count(*) AS n FROM oauth_token") == [(1,)]


async def test_revoking_a_client_ends_its_tokens_within_a_second(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client, other = await register(house), await register(house)
    bearer, spared = [f"Bearer {await access_token(house, one)}" for one in (client, other)]
    assert (await users(house, bearer)).status == 200
    await house.parts.database.write(lambda tx: clients.revoke(tx, client.id, now=house.clock(), actor="test"))
    house.clock.jump(1.1)
    assert ((await users(house, bearer)).status, (await users(house, spared)).status) == (401, 200)
    assert _told(await token(house, client_id=client.id, client_secret=client.secret)) == (401, "invalid_client")


async def test_a_secret_replaces_another_while_both_live(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client, fresh = await register(house), MintedSecret.new()
    await _rotate(house, client.id, fresh, keep=60_000)
    for secret in (client.secret, fresh.secret):
        assert (await token(house, client_id=client.id, client_secret=secret)).status == 200
    house.clock.jump(61)
    assert [
        (await token(house, client_id=client.id, client_secret=secret)).status for secret in (client.secret, fresh.secret)
    ] == [401, 200]


async def test_a_secret_that_leaked_ends_with_the_tokens_it_was_used_for(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client, fresh = await register(house), MintedSecret.new()
    leaked = f"Bearer {await access_token(house, client)}"
    await _rotate(house, client.id, fresh, keep=0)
    answer = await token(house, client_id=client.id, client_secret=fresh.secret)
    assert (await users(house, f"Bearer {answer.body['access_token']}")).status == 200
    assert (await users(house, leaked)).status == 401


async def test_one_secret_can_be_revoked_alone(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client, fresh = await register(house), MintedSecret.new()
    await _rotate(house, client.id, fresh, keep=60_000)
    await house.parts.database.write(lambda tx: clients.revoke(tx, client.secret_id, now=house.clock(), actor="test"))
    assert (await token(house, client_id=client.id, client_secret=client.secret)).status == 401
    assert (await token(house, client_id=client.id, client_secret=fresh.secret)).status == 200


async def test_a_secret_ends_when_it_expires(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house, expires=house.clock() + 60_000)
    assert (await token(house, client_id=client.id, client_secret=client.secret)).status == 200
    house.clock.jump(60)
    assert (await token(house, client_id=client.id, client_secret=client.secret)).status == 401


async def test_where_oauth_is_not_listed_no_client_gets_in(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    bearer = f"Bearer {await access_token(house, client)}"
    await house.stop()
    house.connection(directory={"scim": {"auth": ["token"]}})
    await house.start()
    assert (await users(house, bearer)).status == 401
    assert _told(await token(house, client_id=client.id, client_secret=client.secret)) == (401, "invalid_client")


async def test_the_audit_trail_names_the_client_that_wrote_and_its_last_use_is_kept(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    bearer = await access_token(house, client)
    made = await house.scim("POST", "/Users", {"userName": "mia@acme.example"}, secret=bearer)
    assert made[0] == 201
    assert f"idp:{client.id}" in {event.actor for event in await events(house)}
    house.clock.jump(5)
    await users(house, f"Bearer {bearer}")
    await house.parts.gate.note_uses()
    found = await house.parts.database.read(lambda tx: clients.find(tx, client.id))
    assert found is not None
    assert found.last_used is not None
    assert house.clock() - found.last_used < 5_000


async def test_only_hashes_of_secrets_and_tokens_are_kept(houses: Houses) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)
    bearer = await access_token(house, client)
    rows = [
        await _rows(house, f"SELECT * FROM {table}") for table in ("oauth_client", "oauth_secret", "oauth_token", "audit")
    ]
    assert client.secret not in str(rows)
    assert bearer.removeprefix(access.PREFIX) not in str(rows)


async def test_a_database_that_refuses_is_an_answer_to_be_repeated(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)

    async def full(*_: Any) -> None:
        raise StoreError("database_full", "There is no room left to write.")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.parts.database), "write", full)
        answer = await token(house, client_id=client.id, client_secret=client.secret)
    assert _told(answer) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"].isdigit()


async def test_a_fault_of_ours_is_told_without_details(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await houses(directory=OAUTH)
    client = await register(house)

    async def broken(*_: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(type(house.parts.database), "write", broken)
        answer = await token(house, client_id=client.id, client_secret=client.secret)
    assert _told(answer) == (500, "server_error")
    assert "bug" not in str(answer.body)


async def _rotate(house: House, id: str, minted: MintedSecret, *, keep: int) -> None:
    def work(tx: Any) -> None:
        found = clients.find(tx, id)
        assert found is not None
        clients.rotate(tx, found, minted, expires=None, keep=keep, now=house.clock(), actor="test")

    await house.parts.database.write(work)


async def _rows(house: House, sql: str) -> list[tuple[Any, ...]]:
    from sqlalchemy import text

    statement = text(sql)
    return [tuple(row) for row in await house.parts.database.read(lambda tx: [[*row] for row in tx.all(statement)])]
