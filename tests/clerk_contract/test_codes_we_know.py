"""Every code of Clerk's that the product acts upon is one that Clerk gives: a misspelt one would never be met."""

import pytest

from bridge.clerk import errors, invitations
from bridge.instance import apply, refusals
from bridge.provisioning.acting import refused
from tests.support.clerk_judge import Catalogue

KNOWN = {
    "errors": {*errors._BY_CODE, errors.LOCKED},
    "invitations": {*invitations._SETTLED},
    "apply": {apply._THERE},
    "refusals": {code for code in refusals.ADVICE if not code.startswith("http_")},
    "refused": {*refused._OF_A_PERSON},
}


@pytest.mark.parametrize("place", sorted(KNOWN))
def test_a_code_is_in_the_catalogue(place: str, clerk_catalogue: Catalogue) -> None:
    assert len(KNOWN[place]) >= 1
    assert sorted(KNOWN[place] - {row["code"] for row in clerk_catalogue.values()}) == []
