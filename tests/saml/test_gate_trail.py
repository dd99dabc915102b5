"""What the trail gets of a refusal, and that nothing but a refusal comes out."""

import base64
import random

import pytest

from bridge.saml import gate
from bridge.saml.untrusted import Untrusted
from tests.saml.gated import refusal
from tests.support.saml import IDP, LOOKS, NOW, party, raw, say, signer
from tests.support.saml.names import DIGESTS, SIGNATURES, XENC11
from tests.support.saml.surgery import text_after


def test_a_refusal_after_the_proof_has_everything_that_was_proved() -> None:
    to = party(keys=(signer("ours"),))
    about = refusal(
        say(to=to, encrypted_to=signer("ours"), audience="https://evil.test", response_id="_r", assertion_id="_a"), to
    ).about
    assert about == {
        "response": "_r",
        "assertion": "_a",
        "issuer": IDP,
        "certificate": signer().certificate.fingerprint,
        "signature": SIGNATURES["rsa-sha256"],
        "digest": DIGESTS["sha256"],
        "encryption": XENC11 + "aes256-gcm",
    }


def test_a_refusal_before_the_proof_has_what_somebody_claims() -> None:
    about = refusal(say(by=signer("mallory"), response_id="_r", assertion_id="_a")).about
    assert (about["response"], about["assertion"], about["issuer"]) == ("_r", "_a", IDP)
    assert about["signature"] == SIGNATURES["rsa-sha256"]
    assert "certificate" not in about


def test_a_refusal_of_what_could_not_be_read_has_nothing() -> None:
    assert refusal("%").about == {}
    assert refusal("%").as_dict()["code"] == "saml_encoding"


def test_what_is_claimed_is_cut() -> None:
    about = refusal(say(issuer="x" * 5000, issuer_of_assertion=IDP)).about
    assert max(len(str(value)) for value in about.values()) <= 256


def test_the_assertion_is_never_in_it() -> None:
    problem = refusal(text_after(("ada@acme.test", "eve@acme.test")))
    assert "eve" not in str(problem.about) + str(problem) + str(problem.__cause__)


@pytest.mark.parametrize("look", LOOKS)
def test_whatever_is_done_to_a_message_nothing_but_a_refusal_comes_out(look: str) -> None:
    """Cut, doubled, overwritten and mixed at random: none is accepted with another meaning, none fails otherwise."""
    chance = random.Random(look)
    to = party(keys=(signer("ours"),))
    for message in (say(look, to=to), say(look, to=to, encrypted_to=signer("ours")), say(look, to=to, signed="response")):
        original, meant = raw(message), gate.verify(to, message, now=NOW)
        for _ in range(150):
            at, size = chance.randrange(len(original)), chance.randrange(60)
            inserted = chance.choice(
                [b"", original[at : at + size], b"<", b"&", b"\0", b"\xff", b"<!--", b" ", chance.randbytes(9)]
            )
            changed = original[:at] + inserted + original[at + chance.choice([0, size]) :]
            try:
                read = gate.verify(to, base64.b64encode(changed).decode(), now=NOW)
            except Untrusted:
                continue
            assert read == meant


def test_a_failure_of_our_own_is_a_refusal_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RecursionError("deep")

    monkeypatch.setattr(gate.shape, "outline", fails)
    problem = refusal(say())
    assert problem.code == "saml_unreadable"
    assert isinstance(problem.__cause__, RecursionError)
