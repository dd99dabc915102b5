"""The keys of a token issuer: fetched together, seldom, and kept while the issuer is away."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from bridge.callers import jwks
from bridge.callers.jwks import KeyRing, KeysUnreached
from bridge.outbound import Guard
from tests.support.entra import Issuer, published

MINUTE = 60_000
HOUR = 60 * MINUTE


class Watch:
    """A clock that stands still until it is moved."""

    now = 1_790_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def ring(issuer: Issuer, watch: Watch) -> AsyncIterator[KeyRing]:
    ring = KeyRing(issuer.url, issuer.guard, watch)
    yield ring
    await ring.close()


async def test_many_who_need_the_keys_at_once_share_one_fetch(ring: KeyRing, issuer: Issuer) -> None:
    found = await asyncio.gather(*(ring.key("k1") for _ in range(50)))
    assert {key.key_id for key in found if key} == {"k1"}
    assert issuer.fetches == 1


async def test_one_who_gives_up_waiting_does_not_stop_the_others(ring: KeyRing, issuer: Issuer) -> None:
    issuer.slowly = asyncio.Event()
    first, second = asyncio.create_task(ring.key("k1")), asyncio.create_task(ring.key("k1"))
    await issuer.asked.wait()
    first.cancel()
    issuer.slowly.set()
    assert await second is not None
    assert issuer.fetches == 1


async def test_a_known_key_costs_no_fetch(ring: KeyRing, issuer: Issuer) -> None:
    for _ in range(3):
        await ring.key("k1")
    assert issuer.fetches == 1


async def test_an_unknown_key_is_asked_for_once_a_minute_at_most(ring: KeyRing, issuer: Issuer, watch: Watch) -> None:
    for _ in range(5):
        assert await ring.key("made up") is None
    assert issuer.fetches == 1
    watch.now += MINUTE
    assert await ring.key("made up") is None
    assert issuer.fetches == 2


async def test_a_new_key_is_found_and_one_that_is_gone_is_not_believed(ring: KeyRing, issuer: Issuer, watch: Watch) -> None:
    await ring.key("k1")
    issuer.keys = [published("k2")]
    watch.now += MINUTE
    assert await ring.key("k2") is not None
    assert await ring.key("k1") is None


async def test_keys_of_more_than_an_hour_are_fetched_anew_beside_the_request(
    ring: KeyRing, issuer: Issuer, watch: Watch
) -> None:
    await ring.key("k1")
    watch.now += HOUR + 1
    issuer.asked.clear()
    issuer.slowly = asyncio.Event()  # the request must not wait for it
    assert await ring.key("k1") is not None
    issuer.slowly.set()
    await issuer.asked.wait()


async def test_keys_are_kept_for_a_day_while_the_issuer_is_away(ring: KeyRing, issuer: Issuer, watch: Watch) -> None:
    await ring.key("k1")
    issuer.status = 500
    watch.now += 23 * HOUR
    assert await ring.key("k1") is not None
    watch.now += 2 * HOUR
    with pytest.raises(KeysUnreached):
        await ring.key("k1")


async def test_without_keys_nobody_can_tell_and_the_next_try_is_soon(ring: KeyRing, issuer: Issuer, watch: Watch) -> None:
    issuer.status = 503
    for _ in range(3):
        with pytest.raises(KeysUnreached):
            await ring.key("k1")
    assert issuer.fetches == 1
    issuer.status = 200
    watch.now += jwks.RETRY_MS
    assert await ring.key("k1") is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"[]",
        b'{"keys": 5}',
        b'{"keys": []}',
        b'{"keys": ["k1", null]}',
        b'{"keys": [{"kty": "RSA", "kid": "k1"}]}',
        b" " * (jwks.LARGEST + 1),
    ],
    ids=["empty", "text", "list", "number", "none", "no objects", "no numbers", "too large"],
)
async def test_an_answer_without_a_usable_key_changes_nothing(
    ring: KeyRing, issuer: Issuer, watch: Watch, body: bytes
) -> None:
    await ring.key("k1")
    issuer.body = body
    watch.now += MINUTE
    with pytest.raises(KeysUnreached):
        await ring.key("k2")
    assert await ring.key("k1") is not None


async def test_only_rsa_keys_of_2048_bits_for_signatures_are_used(ring: KeyRing, issuer: Issuer) -> None:
    secret = {"kty": "oct", "kid": "secret", "k": "c2VjcmV0"}
    issuer.keys = [published("weak", 1024), published("sealing", use="enc"), secret, published("k1")]
    assert [await ring.key(kid) is not None for kid in ("weak", "sealing", "secret", "k1")] == [False, False, False, True]


async def test_a_broken_key_beside_a_good_one_is_left_out(ring: KeyRing, issuer: Issuer) -> None:
    issuer.body = orjson.dumps({"keys": [{"kty": "RSA", "kid": "bad", "n": "!", "e": []}, published("k1")]})
    assert await ring.key("k1") is not None
    assert await ring.key("bad") is None


async def test_a_private_address_is_not_called_unless_the_operator_allows_it(issuer: Issuer, watch: Watch) -> None:
    ring = KeyRing(issuer.url, Guard(), watch)
    with pytest.raises(KeysUnreached):
        await ring.key("k1")
    assert issuer.fetches == 0
