"""Which tokens of Microsoft Entra are believed, and why others are not."""

import hmac
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization

from bridge.callers import entra
from bridge.callers.entra import Proof
from bridge.callers.jwks import KeyRings, KeysUnreached
from bridge.callers.visitor import Refusal
from tests.support.entra import APPLICATION, AUDIENCE, ISSUER, OBJECT, TENANT, Issuer, private_key

OTHER = "00000000-1111-2222-3333-444444444444"
SECOND = 1_000


def now() -> int:
    return int(time.time() * 1000)


@pytest.fixture
async def rings(issuer: Issuer) -> AsyncIterator[KeyRings]:
    rings = KeyRings(issuer.guard, now)
    yield rings
    await rings.close()


async def _reason(issuer: Issuer, rings: KeyRings, token: str, **keys: Any) -> str:
    found = await entra.judge(token, issuer.entra(**keys), rings, now())
    return found.reason if isinstance(found, Refusal) else "believed"


async def test_the_provisioning_service_is_believed(issuer: Issuer, rings: KeyRings) -> None:
    proof = await entra.judge(issuer.token(jti="once"), issuer.entra(), rings, now())
    assert isinstance(proof, Proof)
    assert (proof.subject, proof.jti) == (OBJECT, "once")
    assert 3890 * SECOND < proof.expires - now() <= 3900 * SECOND


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": f"https://sts.windows.net/{TENANT}/"}, "believed"),
        ({"iss": f"https://sts.windows.net/{TENANT}"}, "believed"),
        ({"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0"}, "wrong_tenant"),
        ({"iss": f"https://login.microsoftonline.com/{OTHER}/v2.0", "tid": OTHER}, "wrong_tenant"),
        ({"iss": ISSUER.replace("login.", "1ogin.")}, "wrong_tenant"),
        ({"iss": None}, "wrong_tenant"),
        ({"iss": ISSUER, "tid": OTHER}, "wrong_tenant"),
        ({"tid": None}, "wrong_tenant"),
        ({"tid": TENANT.upper()}, "believed"),
        ({"tid": [TENANT]}, "wrong_tenant"),
        ({"aud": "api://somebody-else"}, "wrong_audience"),
        ({"aud": AUDIENCE.upper()}, "wrong_audience"),
        ({"aud": ["api://somebody-else", AUDIENCE]}, "believed"),
        ({"aud": None}, "wrong_audience"),
        ({"exp": None}, "not_now"),
        ({"exp": True}, "not_now"),
        ({"exp": 1_000_000}, "not_now"),
        ({"exp": "tomorrow"}, "not_now"),
        ({"nbf": 4_000_000_000}, "not_now"),
        ({"iat": 4_000_000_000}, "not_now"),
        ({"scp": "user_impersonation"}, "delegated"),
        ({"idtyp": "user"}, "delegated"),
        ({"idtyp": "app"}, "believed"),
        ({"appid": None}, "delegated"),  # an ID token names no client
        ({"appid": None, "azp": APPLICATION}, "believed"),
        ({"appidacr": "0"}, "delegated"),  # a public client proves nothing
        ({"appid": None, "appidacr": None, "azp": APPLICATION, "azpacr": "0"}, "delegated"),
        ({"oid": None, "sub": None}, "malformed"),
    ],
)
async def test_a_token_is_judged_by_what_it_says(
    issuer: Issuer, rings: KeyRings, claims: dict[str, Any], reason: str
) -> None:
    assert await _reason(issuer, rings, issuer.token(**claims)) == reason


@pytest.mark.parametrize(
    ("pins", "claims", "reason"),
    [
        ({"object_ids": frozenset({OBJECT})}, {}, "believed"),
        ({"object_ids": frozenset({OBJECT})}, {"oid": OBJECT.upper()}, "believed"),
        ({"object_ids": frozenset({OBJECT})}, {"oid": OTHER, "sub": OBJECT}, "believed"),
        ({"object_ids": frozenset({OBJECT})}, {"oid": OTHER, "sub": OTHER}, "not_pinned"),
        ({"app_ids": frozenset({APPLICATION})}, {}, "believed"),
        ({"app_ids": frozenset({APPLICATION})}, {"appid": OTHER}, "not_pinned"),
        ({"object_ids": frozenset({OBJECT}), "app_ids": frozenset({OTHER})}, {}, "not_pinned"),
    ],
)
async def test_only_who_is_pinned_is_believed(
    issuer: Issuer, rings: KeyRings, pins: dict[str, Any], claims: dict[str, Any], reason: str
) -> None:
    assert await _reason(issuer, rings, issuer.token(**claims), **pins) == reason


async def test_the_clocks_may_differ_by_two_minutes(issuer: Issuer, rings: KeyRings) -> None:
    at = int(time.time())
    tokens = [issuer.token(exp=at - 110), issuer.token(exp=at - 130), issuer.token(nbf=at + 110), issuer.token(nbf=at + 130)]
    assert [await _reason(issuer, rings, token) for token in tokens] == ["believed", "not_now", "believed", "not_now"]


async def test_what_is_no_token_or_not_signed_with_rs256_is_malformed(issuer: Issuer, rings: KeyRings) -> None:
    unsigned = jwt.encode({"iss": ISSUER, "tid": TENANT}, None, algorithm="none", headers={"kid": "k1"})
    other = issuer.token(algorithm="RS512")
    for token in (
        "..",
        "a.b.c",
        "x" * 20_000,
        _confused(issuer),
        unsigned,
        other,
        issuer.token(kid="", key=private_key("k1")),
    ):
        assert await _reason(issuer, rings, token) == "malformed"
    assert issuer.fetches == 0


def _confused(issuer: Issuer) -> str:
    """Signed by HMAC with the public key, which anybody has."""
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    public = private_key("k1").public_key().public_bytes(encoding, form)
    head = jwt.utils.base64url_encode(b'{"alg": "HS256", "typ": "JWT", "kid": "k1"}').decode()
    signed = f"{head}.{issuer.token().split('.')[1]}"
    return f"{signed}.{jwt.utils.base64url_encode(hmac.digest(public, signed.encode(), 'sha256')).decode()}"


async def test_a_deeply_nested_token_is_malformed(issuer: Issuer, rings: KeyRings) -> None:
    payload = jwt.utils.base64url_encode(b"[" * 9_000).decode()
    assert await _reason(issuer, rings, f"{issuer.token().split('.')[0]}.{payload}.x") == "malformed"


async def test_a_signature_by_another_key_is_none(issuer: Issuer, rings: KeyRings) -> None:
    assert await _reason(issuer, rings, issuer.token(key=private_key("stranger"))) == "bad_signature"
    assert await _reason(issuer, rings, issuer.token(kid="stranger")) == "unknown_key"
    head, payload, _ = issuer.token().split(".")
    signature = issuer.token(oid=OTHER).split(".")[2]
    assert await _reason(issuer, rings, f"{head}.{payload}.{signature}") == "bad_signature"


async def test_a_stranger_causes_no_look_up_of_keys(issuer: Issuer, rings: KeyRings) -> None:
    assert await _reason(issuer, rings, issuer.token(tid=OTHER)) == "wrong_tenant"
    assert issuer.fetches == 0


async def test_a_refusal_names_whom_to_pin_once_the_signature_is_right(issuer: Issuer, rings: KeyRings) -> None:
    pinned = issuer.entra(object_ids=frozenset({OTHER}))
    refusal = await entra.judge(issuer.token(), pinned, rings, now())
    assert refusal == Refusal("not_pinned", f"oid {OBJECT}, appid {APPLICATION}, aud {AUDIENCE}")
    forged = await entra.judge(issuer.token(key=private_key("stranger")), pinned, rings, now())
    assert forged == Refusal("bad_signature", "")


async def test_nobody_can_tell_while_microsoft_is_away(issuer: Issuer, rings: KeyRings) -> None:
    issuer.status = 500
    with pytest.raises(KeysUnreached):
        await entra.judge(issuer.token(), issuer.entra(), rings, now())
