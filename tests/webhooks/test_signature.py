"""Whether a delivery is Clerk's, judged beside Svix's own library."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from svix.webhooks import Webhook

from bridge.errors import BridgeError
from bridge.settings.references import Secret
from bridge.webhooks.refusals import NotTaken
from bridge.webhooks.signature import Verifier

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
# https://docs.svix.com/receiving/verifying-payloads/how-manual
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def verified(body: bytes = BODY, *, secret: str = SECRET, later: int = 0, **changed: str) -> str:
    """By the sample of Svix's documentation, `later` seconds after it was signed."""
    headers = {"svix-id": ID, "svix-timestamp": str(AT), "svix-signature": SIGNATURE}
    headers |= {name.replace("_", "-"): value for name, value in changed.items()}
    return Verifier(Secret(secret, "a test")).verify(headers, body, now=(AT + later) * 1000)


def refusal(**given: object) -> tuple[int, str]:
    with pytest.raises(NotTaken) as refused:
        verified(**given)  # type: ignore[arg-type]
    return refused.value.status, refused.value.code


def test_the_sample_of_the_documentation_is_believed() -> None:
    assert verified() == ID


@given(
    body=st.text().map(str.encode), id=st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=40)
)
def test_whatever_svix_signs_is_believed(body: bytes, id: str) -> None:
    signature = Webhook(SECRET).sign(id, datetime.fromtimestamp(AT, UTC), body.decode())
    assert verified(body, svix_id=id, svix_signature=signature) == id


@pytest.mark.parametrize(
    "changed",
    [
        {"body": b'{"test": 2432232315}'},
        {"secret": OTHER},
        {"svix_id": "msg_p5jXN8AQM9LWM0D4loKWxJel"},
        {"svix_timestamp": str(AT + 1)},
        {"svix_signature": "v1,"},
        {"svix_signature": SIGNATURE.replace("v1,", "v2,")},
        {"svix_signature": SIGNATURE[:-2]},
        {"svix_signature": "rubbish"},
        {"svix_signature": "v1,gä"},
        {"svix_signature": "v1,\udcff"},  # a byte that is no UTF-8, as aiohttp gives it
    ],
)
def test_whatever_is_changed_is_refused(changed: dict[str, object]) -> None:
    assert refusal(**changed) == (401, "webhook_forged")


def test_one_of_several_signatures_is_enough_while_a_secret_is_changed() -> None:
    other = Webhook(OTHER).sign(ID, datetime.fromtimestamp(AT, UTC), BODY.decode())
    assert verified(svix_signature=f"v1a,zzzz {other} {SIGNATURE}") == ID


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_either_way_are_in_time(seconds: int) -> None:
    assert verified(later=seconds) == ID


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_what_is_older_or_from_the_future_is_refused(seconds: int) -> None:
    assert refusal(later=seconds) == (401, "webhook_stale")


@pytest.mark.parametrize("name", ["svix_id", "svix_timestamp", "svix_signature"])
def test_what_is_not_signed_is_told_so(name: str) -> None:
    assert refusal(**{name: ""}) == (400, "webhook_unsigned")


@pytest.mark.parametrize(
    "changed",
    [
        {"svix_timestamp": "yesterday"},
        {"svix_timestamp": "-5"},
        {"svix_timestamp": "1" * 20},
        {"svix_id": "m" * 201},
        {"svix_id": "a\nb"},
    ],
)
def test_headers_that_cannot_be_are_refused(changed: dict[str, object]) -> None:
    assert refusal(**changed) == (400, "webhook_malformed")


@pytest.mark.parametrize("secret", ["hunter2", "whsec_", "whsec_***", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])
def test_a_secret_that_is_none_stops_the_start_and_is_not_repeated(secret: str) -> None:
    with pytest.raises(BridgeError) as refused:
        Verifier(Secret(secret, "a test"))
    assert refused.value.code == "webhook_secret_malformed"
    assert secret.removeprefix("whsec_") == "" or secret not in str(refused.value)
