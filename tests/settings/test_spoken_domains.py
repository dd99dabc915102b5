"""Whose addresses rules may be about: a connection's own domains, and those that another shares with it."""

from datetime import UTC, datetime

import pytest

from bridge.settings import load
from mappings.check import check
from mappings.pages import USELESS

OWNER = (
    "customer: acme\nprovider: okta\ndomains: [acme.com, ACME.de]\nshared_with: [partner]\nworkspaces: {production: org_1}\n"
)
PARTNER = "customer: acme\nprovider: entra\ndomains: [partner.com]\noutsiders: {}\nworkspaces: {{production: org_1}}\n"


@pytest.fixture
def scope(tmp_path):
    """`scope("partner", outsiders)`: what the rules of a connection may name."""

    def of(name, outsiders="refuse"):
        (tmp_path / "connections").mkdir(exist_ok=True)
        (tmp_path / "connections" / "owner.yaml").write_text(OWNER, encoding="utf-8")
        (tmp_path / "connections" / "partner.yaml").write_text(PARTNER.format(outsiders), encoding="utf-8")
        return load(tmp_path, {}).connections[name].scope()

    return of


def test_a_connection_speaks_for_its_own_domains_in_any_case(scope):
    assert scope("owner").domains == {"acme.com", "acme.de"}


def test_a_connection_speaks_for_what_another_shares_with_it(scope):
    assert scope("partner").domains == {"partner.com", "acme.com", "acme.de"}


def test_nothing_is_outside_where_outsiders_are_invited(scope):
    assert scope("partner", "invite").domains is None


@pytest.mark.parametrize(("domain", "told"), [("acme.com", []), ("other.example", ["other.example"])])
def test_a_rule_about_a_domain_of_nobody_here_is_told(scope, domain, told):
    rule = f"{{name: r, when: {{email_domain: {domain}}}, grant: {{production: viewer}}}}"
    found = check(
        f"connection: partner\nrules: [{rule}]\n", "partner.yaml", scope("partner"), datetime(2026, 11, 24, tzinfo=UTC)
    )
    assert [one.message.split()[0] for one in found.problems if one.see == USELESS] == told
