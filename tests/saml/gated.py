"""What the gate's tests say in one word: a message was accepted, or for what it was refused."""

import pytest

from bridge.saml import gate
from bridge.saml.assertion import Assertion
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from tests.support.saml import NOW, party


def accepted(message: str, at: Party | None = None, *, now: int = NOW) -> Assertion:
    return gate.verify(at or party(), message, now=now)


def refusal(message: str, at: Party | None = None, *, now: int = NOW) -> Untrusted:
    with pytest.raises(Untrusted) as caught:
        gate.verify(at or party(), message, now=now)
    return caught.value


def refused(message: str, at: Party | None = None, *, now: int = NOW) -> str:
    return refusal(message, at, now=now).code
