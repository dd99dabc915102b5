"""Workload identity federation: a client of ours that proves itself with what Entra signs (RFC 7523 §2.2)."""

from collections.abc import Awaitable, Callable
from typing import Any

from tests.support.asking import Answer, Registered, events, register, token, users
from tests.support.entra import OBJECT, Issuer, private_key
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
OTHER = "00000000-1111-2222-3333-444444444444"


async def _assert(house: House, client: Registered, assertion: str, **form: str) -> Answer:
    given = {"client_id": client.id, "client_assertion_type": JWT_BEARER, "client_assertion": assertion, "scope": "scim"}
    return await token(house, **{**given, **form})


async def _reasons(house: House) -> dict[str, int]:
    """Why authentications failed, as the audit trail has it."""
    await house.parts.gate.note_failures(all=True)
    found: dict[str, int] = {}
    for event in await events(house):
        if event.action == "authentication.failed":
            found |= event.facts["reasons"]
    return found


async def test_what_entra_signs_gets_a_token_and_the_token_lets_it_in(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("oauth"))
    client = await register(house, federated=True)
    for _ in range(2):  # Entra may send one assertion again for as long as it is valid
        answer = await _assert(house, client, reachable.token())
        assert answer.status == 200, answer.body
        assert 3600 <= answer.body["expires_in"] <= 21600
        assert (await users(house, f"Bearer {answer.body['access_token']}")).status == 200
    assert reachable.fetches == 1


async def test_an_assertion_that_is_wrong_in_anything_is_refused(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("oauth"))
    client = await register(house, federated=True)
    wrong: dict[str, dict[str, Any]] = {
        "wrong_audience": {"aud": "api://other"},
        "wrong_tenant": {"tid": OTHER},
        "not_pinned": {"oid": OTHER, "sub": OTHER},
        "not_now": {"exp": 1_000_000},
        "delegated": {"scp": "user_impersonation"},
        "bad_signature": {"key": private_key("stranger")},
        "unknown_key": {"kid": "stranger"},
    }
    for claims in wrong.values():
        answer = await _assert(house, client, reachable.token(**claims))
        assert (answer.status, answer.body["error"]) == (401, "invalid_client")
    assert await _reasons(house) == dict.fromkeys(wrong, 1)


async def test_an_assertion_with_a_jti_is_good_for_once(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("oauth"))
    client = await register(house, federated=True)
    once = reachable.token(jti="a1")
    assert [(await _assert(house, client, once)).status for _ in range(2)] == [200, 401]
    assert (await _assert(house, client, reachable.token(jti="a2"))).status == 200
    assert await _reasons(house) == {"replayed": 1}


async def test_a_client_that_was_not_made_for_it_is_not_believed(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("oauth"))
    plain, federated = await register(house), await register(house, federated=True)
    assert (await _assert(house, plain, reachable.token())).status == 401
    assert (await token(house, client_id=federated.id, client_secret=federated.secret)).status == 401
    both = await _assert(house, plain, reachable.token(), client_secret=plain.secret)
    assert (both.status, both.body["error"]) == (400, "invalid_request")


async def test_without_a_client_id_or_its_type_an_assertion_says_nothing(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("oauth"))
    client = await register(house, federated=True)
    assert (await _assert(house, client, reachable.token(), client_assertion_type="saml")).status == 400
    assert (await _assert(house, client, reachable.token(), client_id="")).status == 401


async def test_while_microsoft_is_away_the_client_is_told_to_come_again(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("oauth"))
    client = await register(house, federated=True)
    reachable.status = 500
    answer = await _assert(house, client, reachable.token())
    assert (answer.status, answer.body["error"]) == (503, "temporarily_unavailable")
    assert answer.headers["Retry-After"].isdigit()
    assert (await _assert(house, client, reachable.token(tid=OTHER))).status == 401
    assert await _reasons(house) == {"wrong_tenant": 1}


async def test_the_refusal_of_somebody_not_pinned_names_them(houses: Houses, reachable: Issuer) -> None:
    house = await houses(provider="entra", directory=reachable.directory("oauth", object_ids=[OTHER]))
    client = await register(house, federated=True)
    await _assert(house, client, reachable.token())
    await house.parts.gate.note_failures(all=True)
    event = next(event for event in await events(house) if event.action == "authentication.failed")
    assert f"oid {OBJECT}" in event.facts["about"]
