"""What an identity team is told to enter: in its IdP's words, and nothing that the bridge does not read itself."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from bridge.answers.saml.consoles import console
from bridge.answers.saml.guide import Claim, Guide, Section
from bridge.answers.saml.guide import guide as guide_of
from bridge.people.asserted import Asserted
from bridge.saml.ours import ours
from bridge.settings import Settings, load
from mappings.providers import PROVIDERS
from tests.support.saml import signer
from tests.support.saml.metadata import metadata_file

HOME = "https://bridge.example"
CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"


def settings(folder: Path, provider: str = "okta", **keys: Any) -> Settings:
    """One connection `acme` that people sign in by."""
    (folder / "connections").mkdir(exist_ok=True)
    signing = {"saml": {"metadata": metadata_file(folder)}, **keys.pop("sign_in", {})}
    base = {"customer": "Acme", "provider": provider, "domains": ["acme.example"], "sign_in": signing}
    (folder / "connections" / "acme.yaml").write_text(yaml.safe_dump({**base, **keys}), encoding="utf-8")
    return load(folder, {"BRIDGE_PUBLIC_URL": HOME})


def guide(known: Settings, **more: Any) -> Guide:
    return guide_of(known, ours(known.bridge.public_url, known.connections["acme"]), **more)


def section(found: Guide, beginning: str) -> Section:
    return next(one for one in found.sections if one.title.startswith(beginning))


def titles(found: Guide) -> list[str]:
    return [one.title.partition(" (")[0] for one in found.sections]


def claims(found: Guide, beginning: str) -> dict[str, Claim]:
    return {one.name: one for one in section(found, beginning).claims}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_a_console_that_names_the_two_fields_without_which_nothing_works(
    provider: str, tmp_path: Path
) -> None:
    found, theirs = guide(settings(tmp_path, provider)), console(provider)
    entered = {one.label: one.value for one in section(found, "Single sign-on").entries}
    assert entered[theirs.entity_id] == f"{HOME}/saml/acme"
    assert entered[theirs.acs] == f"{HOME}/saml/acme/acs"
    assert f"{HOME}/saml/acme/metadata" in entered.values()
    assert f"{HOME}/saml/acme/login" in entered.values()
    assert found.idp == theirs.name


@pytest.mark.parametrize("provider", PROVIDERS)
def test_what_is_to_be_entered_is_what_the_bridge_reads(provider: str, tmp_path: Path) -> None:
    known = settings(tmp_path, provider, sign_in={"groups_from": "both"})
    found = guide(known)
    rows = [*section(found, "Attributes in").claims, *section(found, "Groups in").claims]
    sent = Asserted(0, {row.name: (f"value of {row.name}",) for row in rows}, 0)
    names = known.connections["acme"].attributes
    for fact in ("email", "first_name", "last_name", "id", "groups"):
        assert names[fact].saml.values(sent.values), fact


def test_entra_is_told_to_send_the_object_id_as_external_id_and_what_the_rules_ask_for(tmp_path: Path) -> None:
    found = guide(settings(tmp_path, "entra"), asked=["usertype"])
    rows = claims(found, "Provisioning")
    assert (rows["externalId"].pick, rows["externalId"].why.partition(":")[0]) == ("objectId", "change it")
    assert (rows["userType"].pick, rows["userType"].why) == ("userType", "rules ask for userType")
    assert rows["preferredLanguage"].pick == "preferredLanguage"
    assert f"{HOME}/scim/v2/acme" in {one.value for one in section(found, "Provisioning").entries}
    assert claims(found, "Attributes in")[f"{CLAIMS}/emailaddress"].pick == "user.mail"


def test_a_name_that_the_connection_chose_itself_stands_there_and_no_other_is_first(tmp_path: Path) -> None:
    known = settings(tmp_path, attributes={"email": {"saml": ["x-mail", "mail"]}, "id": {"saml": "x-id"}})
    rows = claims(guide(known), "Attributes in")
    assert (rows["x-mail"].pick, rows["x-mail"].others) == ("user.email", ("mail",))
    assert "x-id" in rows
    assert "id" not in rows


def test_where_no_directory_pushes_the_rules_attributes_come_with_the_assertion(tmp_path: Path) -> None:
    found = guide(settings(tmp_path, "google", directory="none"), asked=["department", "no-such-thing"])
    assert claims(found, "Attributes in")["department"].pick == "Employee details: Department"
    assert "Provisioning of users and groups" not in titles(found)
    assert claims(found, "Groups in").keys() == {"groups"}


def test_groups_and_second_factors_are_told_of_only_where_they_count(tmp_path: Path) -> None:
    plain = guide(settings(tmp_path))
    assert not {"Groups in assertions", "Second factor"} & set(titles(plain))
    asked = guide(settings(tmp_path, sign_in={"groups_from": "assertion", "mfa": {"required_for": ["owner", "admin"]}}))
    assert {"Groups in assertions", "Second factor"} <= set(titles(asked))
    assert "Asked of people whose role is owner, admin." in section(asked, "Second factor").notes


def test_certificates_of_both_sides_are_shown_and_no_private_key(tmp_path: Path) -> None:
    ours, theirs = signer("ours"), signer()
    (tmp_path / "ours.pem").write_text(ours.pem(), encoding="utf-8")
    saml = {"metadata": metadata_file(tmp_path), "keys": ["file:ours.pem"], "sign_requests": True}
    found = guide(settings(tmp_path, sign_in={"saml": saml}), idp=[theirs.certificate])
    shown = section(found, "Certificates")
    prints = [one.value.replace(":", "").lower() for one in shown.entries]
    assert prints == [ours.certificate.fingerprint, theirs.certificate.fingerprint]
    assert "signs its requests by the first of them" in shown.notes[0]
    assert "PRIVATE" not in str(found.as_dict())


def test_single_logout_and_idp_initiated_are_told_as_they_are_set(tmp_path: Path) -> None:
    saml = {"metadata": metadata_file(tmp_path), "single_logout": False, "idp_initiated": True}
    signing = section(guide(settings(tmp_path, sign_in={"saml": saml})), "Single sign-on")
    assert f"{HOME}/saml/acme/slo" not in {one.value for one in signing.entries}
    assert "Sign-ins that begin at the IdP are let in (idp_initiated)." in signing.notes


@pytest.mark.parametrize(
    ("provider", "filled"), [("okta", False), ("google", False), ("entra", True), ("active-directory", True)]
)
def test_our_metadata_fills_fields_only_where_the_idp_can_read_it(provider: str, filled: bool, tmp_path: Path) -> None:
    entries = section(guide(settings(tmp_path, provider)), "Single sign-on").entries
    (ours_,) = (one for one in entries if one.value == f"{HOME}/saml/acme/metadata")
    assert ("fills the fields above" in ours_.note) is filled


def test_what_okta_is_to_send_of_a_second_factor_has_a_name_that_is_read(tmp_path: Path) -> None:
    known = settings(tmp_path, sign_in={"mfa": {"required_for": ["admin"]}})
    (_, told) = section(guide(known), "Second factor").notes
    name = told.partition("attribute statement: ")[2].partition(",")[0]
    sent = Asserted(0, {name: ("mfa",)}, 0)
    assert known.connections["acme"].attributes["authn_methods"].saml.values(sent.values) == ("mfa",)
