"""Each IdP's names for each fact stand in one table, for SCIM and for SAML."""

import pytest

from bridge.people.asserted import Asserted
from mappings.expressions import evaluate, expression
from mappings.providers import PROVIDERS, Names, preset

CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
MICROSOFT = "http://schemas.microsoft.com/identity/claims"
SENT = {  # what each sends as it is set up by default, or as its own pages say to set it up; the whole Ada in each
    "okta": ("okta", ("email", "firstName", "lastName", "id", "groups")),
    "okta, mail": ("okta", ("mail", "firstName", "lastName", "user.id", "groups")),
    "entra": (
        "entra",
        (
            f"{CLAIMS}/emailaddress",
            f"{CLAIMS}/givenname",
            f"{CLAIMS}/surname",
            f"{MICROSOFT}/objectidentifier",
            "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
        ),
    ),
    "ad fs": (
        "active-directory",
        (
            f"{CLAIMS}/emailaddress",
            f"{CLAIMS}/givenname",
            f"{CLAIMS}/surname",
            "objectGUID",
            "http://schemas.xmlsoap.org/claims/Group",
        ),
    ),
    "google": ("google", ("email", "firstName", "lastName", "id", "groups")),
    "onelogin": ("generic", ("User.email", "User.FirstName", "User.LastName", "PersonImmutableID", "memberOf")),
    "onelogin, its metadata": ("generic", ("Email", "FirstName", "LastName", "id", "memberOf")),
    "jumpcloud": ("generic", ("email", "firstname", "lastname", "id", "memberOf")),
    "keycloak": ("generic", ("email", "givenName", "surname", "id", "member")),
    "keycloak, x.500": (
        "generic",
        ("urn:oid:1.2.840.113549.1.9.1", "urn:oid:2.5.4.42", "urn:oid:2.5.4.4", "id", "member"),
    ),
    "auth0": (
        "generic",
        (
            f"{CLAIMS}/emailaddress",
            f"{CLAIMS}/givenname",
            f"{CLAIMS}/surname",
            "id",
            "http://schemas.xmlsoap.org/claims/Group",
        ),
    ),
    "pingone": ("generic", ("user.email", "user.name.given", "user.name.family", "user.id", "user.memberOfGroupNames")),
    "eduperson": (
        "generic",
        (
            "urn:oid:0.9.2342.19200300.100.1.3",
            "urn:oid:2.5.4.42",
            "urn:oid:2.5.4.4",
            "urn:oasis:names:tc:SAML:attribute:subject-id",
            "urn:oid:1.3.6.1.4.1.5923.1.5.1.1",
        ),
    ),
}
ADA = ("ada@acme.example", "Ada", "Lovelace", "u-1", "engineers")
FACTS = ("email", "first_name", "last_name", "id", "groups")


def recognised(provider, claims):
    names = preset(provider).attributes
    return evaluate({fact: one.saml for fact, one in names.items()}, Asserted(0, claims, 0).values)


@pytest.mark.parametrize("sent", SENT)
def test_what_an_idp_sends_by_default_is_recognised_without_a_line_in_the_connection_file(sent):
    provider, names = SENT[sent]
    facts = recognised(provider, {name: (value,) for name, value in zip(names, ADA, strict=True)})
    assert {fact: facts.get(fact) for fact in FACTS} == {fact: (value,) for fact, value in zip(FACTS, ADA, strict=True)}
    assert facts["display_name"] == ("Ada Lovelace",)


def test_somebody_without_mail_is_told_by_the_upn_in_entra_and_ad_fs():
    assert recognised("entra", {f"{CLAIMS}/name": ("ada@acme.example",)})["email"] == ("ada@acme.example",)
    assert recognised("active-directory", {f"{CLAIMS}/upn": ("ada@acme.example",)})["email"] == ("ada@acme.example",)


def test_a_link_to_groups_is_no_group():
    facts = recognised("entra", {"http://schemas.microsoft.com/claims/groups.link": ("https://graph.example/u",)})
    assert facts == {"groups_link": ("https://graph.example/u",)}


def test_roles_of_keycloak_are_no_groups():
    assert "groups" not in recognised("generic", {"Role": ("offline_access", "uma_authorization")})


def test_what_is_to_be_picked_at_the_idp_belongs_to_a_fact_and_to_a_name_of_it():
    for provider in PROVIDERS:
        known = preset(provider)
        for fact, pick in known.picks.items():
            assert pick.saml is None or known.attributes[fact].saml, (provider, fact)
            assert pick.scim is None or known.attributes[fact].scim or fact == "email", (provider, fact)


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
