"""Each IdP's names for each fact stand in one table, for SCIM and for SAML."""

import pytest

from mappings.expressions import expression
from mappings.providers import PROVIDERS, Names, preset


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_knows_the_facts_that_a_sign_in_needs(provider):
    names = preset(provider).attributes
    for fact in ("email", "first_name", "last_name", "groups", "department", "userType"):
        assert names[fact].saml, fact


def test_a_provider_says_only_what_differs():
    generic, entra = preset("generic").attributes, preset("entra").attributes
    assert entra["department"] == generic["department"]
    assert entra["first_name"] == Names(
        expression("name.givenName"), expression("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname")
    )


def test_there_is_no_preset_of_another_name():
    with pytest.raises(KeyError):
        preset("../okta")
