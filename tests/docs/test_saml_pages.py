"""docs/saml.md explains every check of `saml doctor`, and docs/saml-providers.md names attributes that the presets read."""

import re
from pathlib import Path

import pytest

from bridge.answers.saml.doctor import CHECKS
from bridge.answers.saml.doctor.look import Look
from bridge.finding import Check
from bridge.people.asserted import Asserted
from mappings.providers import preset

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "saml.md").read_text(encoding="utf-8")
PROVIDERS = (ROOT / "docs" / "saml-providers.md").read_text(encoding="utf-8")
READ = {
    "Okta": ("okta", ("email", "firstName", "lastName", "id", "groups")),
    "Google Workspace": ("google", ("email", "firstName", "lastName", "groups")),
    "OneLogin": ("generic", ("User.email", "User.FirstName", "User.LastName", "PersonImmutableID", "memberOf")),
    "JumpCloud": ("generic", ("email", "firstname", "lastname", "memberOf")),
    "Keycloak": ("generic", ("member",)),
    "PingOne": ("generic", ("user.email", "user.name.given", "user.name.family", "user.id", "user.memberOfGroupNames")),
}


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_every_check_is_explained_where_it_says(check: Check[Look]) -> None:
    page, _, place = check.page.partition("#")
    text = (ROOT / page).read_text(encoding="utf-8")
    assert place in {anchor(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
    row = next(line for line in text.splitlines() if line.startswith("| ") and f"`{check.name}`" in line)
    assert f"(#{place})" in row


def test_links_within_the_page_lead_somewhere() -> None:
    places = {anchor(heading) for heading in re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)}
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) - places == set()


@pytest.mark.parametrize("section", READ)
def test_the_attributes_that_a_section_names_are_read_by_the_preset(section: str) -> None:
    provider, names = READ[section]
    text = PROVIDERS.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    facts = preset(provider).attributes
    for name in names:
        assert f"`{name}`" in text, name
        sent = Asserted(0, {name: ("x",)}, 0)
        assert any(one.saml.values(sent.values) for one in facts.values()), name
