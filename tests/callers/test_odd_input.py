"""Whatever somebody sends as a credential, it is judged, and nothing of it reaches a log."""

from hypothesis import given
from hypothesis import strategies as st

from bridge.callers import access, clients, entra, tokens
from bridge.callers.clients import MintedSecret
from bridge.callers.presented import presented
from bridge.callers.tokens import Minted
from bridge.log import REDACTED, redact
from tests.support.entra import Issuer

PIECES = st.sampled_from(
    ["Bearer", "bearer", "Basic", " ", "  ", "brg_", "brg_at.", "brg_cs.", ".", "a.b.c", "é", "\x00", "\udc80"]
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=8))
def test_any_header_is_a_method_or_none(pieces: list[str]) -> None:
    shown = presented("".join(pieces))
    assert shown is None or shown[0] in {"token", "raw_token", "oauth", "entra"}


@given(st.text(max_size=200) | st.lists(PIECES | st.text(max_size=9), min_size=3, max_size=3).map(".".join))
def test_any_text_is_a_token_or_malformed(text: str) -> None:
    assert entra._read(text) == (None, {})


async def test_a_credential_has_the_shape_of_its_method(issuer: Issuer) -> None:
    token, secret, access_token = Minted.new().secret, MintedSecret.new().secret, access.new_secret()
    signed = issuer.token()
    assert presented(f"Bearer {token}") == ("token", token)
    assert presented(f"bearer  {token} ") == ("token", token)
    assert presented(token) == ("raw_token", token)
    assert presented(f"Bearer {access_token}") == ("oauth", access_token)
    assert presented(f"Bearer {signed}") == ("entra", signed)
    assert presented(access_token) is None
    assert len({tokens.PREFIX, clients.PREFIX, access.PREFIX}) == 3
    assert "." not in token
    assert redact(None, "", {"event": f"{token} {secret} {access_token}"}) == {"event": " ".join([REDACTED] * 3)}
