"""What Okta and Entra are recorded to do when they authenticate, played at the whole service.

The player speaks to one base address and knows only its own variables, so a step's token endpoint, client and assertions are
filled in here; everything else is as recorded.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import orjson
import pytest

from bridge.callers import clients
from bridge.callers.clients import MintedSecret
from bridge.replay import scenario
from bridge.replay.player import play
from bridge.replay.scenario import Scenario, Step
from tests.support.asking import Registered, register
from tests.support.entra import Issuer
from tests.support.house import House
from tests.support.shared import shared

Houses = Callable[..., Awaitable[House]]
ENTRA = "idp-traffic/entra/token-endpoint.json"
OKTA = "idp-traffic/okta/auth-and-limits.json"


def _filled(story: Scenario, values: dict[str, str]) -> Scenario:
    """Every step at the service's root, with these values in its body."""

    def step(one: Step) -> Step:
        body = one.body_raw
        for name, value in values.items():
            body = body.replace(f"{{{{{name}}}}}", value) if body is not None else None
        path = "/oauth2/token" if one.path == "{{token_endpoint}}" else f"/scim/v2/acme{one.path}"
        return replace(one, path=path, body_raw=body)

    return replace(story, steps=tuple(step(one) for one in story.steps))


async def _client(house: House) -> Registered:
    """One client for all steps: federated, and with a secret beside that."""
    client, minted, now = await register(house, federated=True), MintedSecret.new(), house.clock()
    found = await house.parts.database.read(lambda tx: clients.find(tx, client.id))
    assert found is not None
    await house.parts.database.write(
        lambda tx: clients.rotate(tx, found, minted, expires=None, keep=0, now=now, actor="test")
    )
    return Registered(client.id, minted.secret, minted.id)


async def test_entra_gets_its_tokens_as_recorded(houses: Houses, reachable: Issuer) -> None:
    recorded = orjson.loads(shared(ENTRA).read_bytes())["vars"]["entra_jwt_claims"]
    claims = {name: value for name, value in recorded.items() if name not in {"iat", "nbf", "exp", "sub"}}
    directory = reachable.directory("token", "oauth", audiences=[claims["aud"]], app_ids=[claims["appid"]])
    house = await houses(provider="entra", directory=directory)
    client = await _client(house)
    values = {"client_id": client.id, "client_secret": client.secret, "scope": "scim"}
    values |= {"entra_jwt": reachable.token(**claims), "entra_jwt_wrong_aud": reachable.token(**{**claims, "aud": "x"})}
    verdicts = await play(_filled(scenario.load(shared(ENTRA)), values), house.url, "")
    assert [(verdict.step.name, verdict.status) for verdict in verdicts] == [
        ("client credentials: form POST with secret in the body", 200),
        ("SCIM call with that token", 200),
        ("workload identity federation (RFC 7523 section 2.2 client assertion)", 200),
        ("wrong audience is refused", 401),
    ]
    assert [verdict for verdict in verdicts if not verdict.passed or verdict.skipped] == []


@pytest.mark.parametrize(("auth", "bare"), [(["token"], 401), (["token", "raw_token"], 200)])
async def test_okta_authenticates_as_recorded(houses: Houses, auth: list[str], bare: int) -> None:
    story = scenario.load(shared(OKTA))
    house = await houses(directory={"scim": {"auth": auth}})
    verdicts = await play(_filled(story, {}), house.url, house.secrets["acme"])
    assert [verdict.status for verdict in verdicts] == [bare, 401, 401, 200]
    assert [verdict for verdict in verdicts if not verdict.passed or verdict.skipped] == []
