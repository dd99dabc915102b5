"""The bridge's own gate reads what stand-in IdPs of every provider send, and refuses by name what is wrong on purpose."""

import time

import httpx
import pytest

from bridge.saml import gate, metadata
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from bridge.sandbox.idp.flavours import FLAVOURS
from bridge.sandbox.testing import RunningSandbox
from tests.support.saml_reader import MIA, SERVICE, Reader


def now() -> int:
    return time.time_ns() // 1_000_000


def party_of(reader: Reader) -> Party:
    idp = metadata.parse(httpx.get(f"{reader.url}/metadata").content, now=now())
    return Party("acme", SERVICE, f"{SERVICE}/acs", f"{SERVICE}/slo", idp)


@pytest.mark.parametrize("provider", list(FLAVOURS))
@pytest.mark.parametrize("more", ["0", "500"])
def test_the_gate_believes_every_provider(sandbox: RunningSandbox, provider: str, more: str) -> None:
    reader = Reader.of(sandbox, provider)
    fields = reader.answered(reader.asks(), more_groups=more, second_factor="yes")
    read = gate.verify(party_of(reader), fields["SAMLResponse"], now=now())
    assert (read.name_id.value, read.name_id.format) == (MIA["email"], FLAVOURS[provider].name_id)
    assert read.in_response_to is not None
    assert read.session_index is not None
    assert read.proof.signed == ("both" if provider == "okta" else "assertion")
    assert (MIA["family"],) in read.attributes.values()


def test_the_gate_believes_a_sign_in_that_the_idp_began_and_says_that_it_did(sandbox: RunningSandbox) -> None:
    reader = Reader.of(sandbox, "okta")
    read = gate.verify(party_of(reader), reader.answered(reader.url)["SAMLResponse"], now=now())
    assert read.in_response_to is None


@pytest.mark.parametrize("provider", list(FLAVOURS))
@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("expired", "saml_expired"),
        ("audience", "saml_audience"),
        ("key", "saml_signature"),
        ("cancelled", "saml_status_authn_failed"),
    ],
)
def test_the_gate_refuses_what_is_wrong_on_purpose(sandbox: RunningSandbox, provider: str, wrong: str, code: str) -> None:
    reader = Reader.of(sandbox, provider)
    fields = reader.answered(reader.asks(), wrong=wrong)
    with pytest.raises(Untrusted) as refused:
        gate.verify(party_of(reader), fields["SAMLResponse"], now=now())
    assert refused.value.code == code
