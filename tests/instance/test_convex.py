"""What Convex and the dashboard are told: issuer, publishable key, auth.config.ts, environment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.instance import issuer
from bridge.instance.convex import (
    Dashboard,
    KeyMalformed,
    auth_config,
    environment,
    issuer_of,
    publishable_key_of,
)
from tests.support.scripted import Scripted, answer


def test_a_publishable_key_names_its_issuer() -> None:
    assert issuer_of("pk_test_Y2xlcmsuYWNtZS5leGFtcGxlJA") == "https://clerk.acme.example"
    assert issuer_of("pk_live_Y2xlcmsuYWNtZS5leGFtcGxlJA==") == "https://clerk.acme.example"


@given(st.from_regex(r"[a-z]{1,12}(-[a-z0-9]{1,9}){0,3}\.[a-z]{2,8}", fullmatch=True), st.booleans())
def test_an_issuer_becomes_the_publishable_key_that_names_it(host: str, live: bool) -> None:
    key = publishable_key_of(f"https://{host}", live=live)
    assert issuer_of(key) == f"https://{host}"
    assert key.startswith("pk_live_" if live else "pk_test_")


@pytest.mark.parametrize(
    "key", ["", "pk_test_", "sk_test_Y2xlcmsuYWNtZS5leGFtcGxlJA", "pk_test_Y2xlcms", "pk_test_%%%", "x"]
)
def test_what_is_no_publishable_key_is_said_to_be_none(key: str) -> None:
    with pytest.raises(KeyMalformed) as caught:
        issuer_of(key)
    assert caught.value.hint


@given(st.text())
def test_no_text_breaks_the_reader_of_publishable_keys(text: str) -> None:
    try:
        found = issuer_of(text)
    except KeyMalformed:
        return
    assert found.startswith("https://")


def test_auth_config_names_the_issuer_and_the_audience() -> None:
    text = auth_config("https://clerk.acme.example")
    assert 'domain: "https://clerk.acme.example"' in text
    assert 'applicationID: "convex"' in text


def test_the_dashboards_environment_has_every_variable_and_no_secret() -> None:
    told = dict(environment(Dashboard("https://clerk.acme.example", "pk_test_x")))
    assert [*told] == ["VITE_CLERK_PUBLISHABLE_KEY", "CLERK_SECRET_KEY", "CLERK_JWT_ISSUER_DOMAIN", "VITE_CONVEX_URL"]
    assert told["CLERK_JWT_ISSUER_DOMAIN"] == "https://clerk.acme.example"
    assert "sk_" not in told["CLERK_SECRET_KEY"]


async def test_what_an_issuer_publishes_is_read_as_convex_would(scripted: Scripted) -> None:
    document = {"issuer": scripted.url, "id_token_signing_alg_values_supported": ["RS256"]}
    scripted.answers = [answer(200, document), answer(200, {"keys": [{"kid": "ins_1"}]})]
    found = await issuer.published(scripted.url)
    assert (found.issuer, found.key_ids, found.algorithms) == (scripted.url, frozenset({"ins_1"}), ("RS256",))
    assert "/.well-known/openid-configuration" in scripted.requests[0]


@pytest.mark.parametrize("body", [b"<html>", {"keys": 3}, [], b""])
async def test_an_issuer_that_publishes_nonsense_is_a_problem_and_no_crash(scripted: Scripted, body: object) -> None:
    scripted.answers = [answer(200, body)]
    assert (await issuer.published(scripted.url)).problem


async def test_an_issuer_that_is_not_there_is_a_problem(scripted: Scripted) -> None:
    scripted.answers = [answer(404, {})]
    assert "404" in str((await issuer.published(scripted.url)).problem)
    assert (await issuer.published("http://127.0.0.1:1")).problem
