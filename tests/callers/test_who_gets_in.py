"""The door of /scim: each way of authenticating where the connection lists it, and what becomes of everybody else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.audit import seal
from bridge.audit.events import Event
from bridge.audit.key import sealing_key
from bridge.audit.sealer import seal_all
from bridge.callers.throttle import A_MINUTE
from tests.support.asking import access_token, events, register, token, users
from tests.support.entra import OBJECT, Issuer
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
RAW = {"scim": {"auth": ["token", "raw_token"]}}
OTHER = "00000000-1111-2222-3333-444444444444"


async def _failures(house: House) -> list[Event]:
    await house.parts.gate.note_failures(all=True)
    return [event for event in await events(house) if event.action == "authentication.failed"]


async def test_a_bare_token_is_let_in_only_where_the_connection_allows_it(houses: Houses) -> None:
    house = await houses(directory=RAW)
    secret = house.secrets["acme"]
    assert (await users(house, secret)).status == 200
    assert (await users(house, f"Bearer {secret}")).status == 200
    await house.stop()
    house.connection(directory={"scim": {"auth": ["token"]}})
    await house.start()
    assert (await users(house, secret)).status == 401
    assert (await users(house, f"Bearer {secret}")).status == 200


async def test_where_only_bare_tokens_are_listed_the_word_bearer_is_refused(houses: Houses) -> None:
    house = await houses(directory={"scim": {"auth": ["raw_token"]}})
    secret = house.secrets["acme"]
    assert ((await users(house, secret)).status, (await users(house, f"Bearer {secret}")).status) == (200, 401)


async def test_a_token_of_entra_is_let_in_only_where_the_connection_allows_it(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("token", "entra"))
    assert (await users(house, f"Bearer {reachable.token()}")).status == 200
    assert (await users(house, f"Bearer {reachable.token(oid=OTHER, sub=OTHER)}")).status == 401
    status, _ = await house.scim("POST", "/Users", {"userName": "mia@acme.example"}, secret=reachable.token())
    assert status == 201
    assert f"idp:entra:{OBJECT}" in {event.actor for event in await events(house)}
    await house.stop()
    house.connection(provider="entra", directory=reachable.directory("token", "oauth"))
    await house.start()
    assert (await users(house, f"Bearer {reachable.token()}")).status == 401


async def test_a_token_of_entra_that_was_let_in_ends_with_its_time(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("entra"))
    bearer = f"Bearer {reachable.token()}"
    assert (await users(house, bearer)).status == 200
    house.clock.jump(3900 + 121)
    assert (await users(house, bearer)).status == 401


async def test_while_microsoft_is_away_its_caller_is_told_to_come_again_and_others_notice_nothing(
    houses: Houses, reachable: Issuer
) -> None:
    house = await houses(provider="entra", directory=reachable.directory("token", "entra"))
    reachable.status = 500
    answer = await users(house, f"Bearer {reachable.token()}")
    assert (answer.status, answer.body["status"]) == (503, "503")
    assert answer.headers["Retry-After"].isdigit()
    assert (await users(house, f"Bearer {house.secrets['acme']}")).status == 200
    assert await _failures(house) == []
    reachable.status = 200
    house.clock.jump(11)
    assert (await users(house, f"Bearer {reachable.token()}")).status == 200


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        "Basic dXNlcjpwYXNz",
        "Negotiate x",
        "Bearer x",
        "brg_at.x",
        "nonsense",
        "Bearer \xe9.\xe9.\xe9",
    ],
)
async def test_what_is_no_credential_of_ours_is_a_challenge(houses: Houses, authorization: str | None) -> None:
    house = await houses(directory={"scim": {"auth": ["token", "raw_token", "oauth"]}})
    answer = await users(house, authorization)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scim"'
    assert answer.body["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert answer.body["detail"]


async def test_a_credential_that_is_not_believed_is_an_invalid_token(houses: Houses) -> None:
    house = await houses()
    for wrong in ("Bearer brg_wrong", "Bearer brg_at.wrong", "Bearer a.b.c", "brg_wrong"):
        answer = await users(house, wrong)
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="scim", error="invalid_token"'


async def test_a_connection_without_scim_lets_nobody_in(houses: Houses) -> None:
    house = await houses(directory="none")
    assert (await users(house, f"Bearer {house.secrets['acme']}")).status == 401


async def test_a_known_caller_costs_no_look_up(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    house = await houses()
    secret = house.secrets["acme"]
    assert (await users(house, f"Bearer {secret}")).status == 200
    gate, at = house.parts.gate, house.clock()
    monkeypatch.setattr(gate, "_clock", lambda: at)
    assert await gate.caller(f"Bearer {secret}", "acme") == gate.known(f"Bearer {secret}", "acme")
    assert gate.known(f"Bearer {secret}", "other") is None
    assert gate.known(f"bearer {secret}", "acme") is None
    monkeypatch.setattr(gate, "_clock", lambda: at + 1_000)
    assert gate.known(f"Bearer {secret}", "acme") is None


async def test_an_address_that_fails_too_often_waits_and_a_right_token_from_it_does_not(houses: Houses) -> None:
    house = await houses(directory={"scim": {"auth": ["token", "oauth"]}})
    house.clock.next_minute()
    client = await register(house)
    answers = [await users(house, "Bearer brg_wrong") for _ in range(A_MINUTE)]
    assert {answer.status for answer in answers} == {401}
    refused = await users(house, "Bearer brg_wrong")
    assert (refused.status, refused.body["status"]) == (429, "429")
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    wrong = await token(house, client_id=client.id, client_secret="wrong")
    assert (wrong.status, wrong.body["error"]) == (429, "invalid_client")
    assert 1 <= int(wrong.headers["Retry-After"]) <= 60
    assert (await users(house, f"Bearer {house.secrets['acme']}")).status == 200
    assert (await users(house, f"Bearer {await access_token(house, client)}")).status == 200
    house.clock.jump(60)
    assert (await users(house, "Bearer brg_wrong")).status == 401


async def test_the_audit_trail_gets_one_event_for_an_address_and_minute(houses: Houses) -> None:
    house = await houses()
    house.clock.next_minute()
    for secret in ["Bearer brg_wrong"] * 5 + ["Basic eDp5", house.secrets["acme"]]:
        await users(house, secret)
    await users(house, f"Bearer {house.secrets['acme']}", connection="nowhere")
    events = await _failures(house)
    told = {event.connection: (event.subject, event.actor, event.facts["count"], event.facts["reasons"]) for event in events}
    reasons = {"unknown_token": 5, "no_credentials": 1, "method_not_listed": 1}
    assert told == {
        "acme": ("127.0.0.1", "system", 7, reasons),
        "-": ("127.0.0.1", "system", 1, {"unknown_connection": 1}),
    }
    assert house.secrets["acme"] not in str(events)


async def test_failures_are_written_when_their_minute_is_over(houses: Houses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bridge.callers.gate.NOTED_SECONDS", 0.01)
    house = await houses()
    house.clock.next_minute()
    await users(house, "Bearer brg_wrong")
    assert not [event for event in await events(house) if event.action == "authentication.failed"]
    house.clock.jump(60)

    async def written() -> Any:
        return [event for event in await events(house) if event.action == "authentication.failed"]

    await house.until(written)


async def test_failures_of_the_last_minute_are_written_at_the_end(houses: Houses) -> None:
    house = await houses()
    await users(house, "Bearer brg_wrong")
    await house.stop()
    await house.start()
    assert [event.facts["count"] for event in await events(house) if event.action == "authentication.failed"] == [1]


async def test_the_trail_with_failures_in_it_verifies(houses: Houses) -> None:
    house = await houses()
    await users(house, "Bearer brg_wrong")
    await users(house, "Bearer brg_wrong", connection="nowhere")
    assert len(await _failures(house)) == 2
    key = sealing_key(None, house.folder / "data")
    await seal_all(house.parts.database, key, now=house.clock())
    verified = await house.parts.database.read(lambda tx: seal.verify(tx, key))
    assert {one.connection: one.problem for one in verified} == {"-": None, "acme": None}


async def test_a_trusted_proxy_names_the_address_that_counts(houses: Houses, reachable: Issuer) -> None:
    """`reachable` writes a bridge.yaml that trusts 127.0.0.1."""
    house = await houses()
    house.clock.next_minute()
    for _ in range(A_MINUTE + 1):
        answer = await users(house, "Bearer brg_wrong", X_Forwarded_For="198.51.100.7, 203.0.113.9")
    assert answer.status == 429
    assert (await users(house, "Bearer brg_wrong", X_Forwarded_For="203.0.113.10")).status == 401
    assert {event.subject for event in await _failures(house)} == {"203.0.113.9", "203.0.113.10"}


async def test_without_a_trusted_proxy_nobody_chooses_their_address(houses: Houses) -> None:
    house = await houses()
    await asyncio.gather(*(users(house, "Bearer x", X_Forwarded_For=f"203.0.113.{n}") for n in range(5)))
    assert {event.subject for event in await _failures(house)} == {"127.0.0.1"}
