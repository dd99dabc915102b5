"""Why a person has a role, and what kept them from another."""

from datetime import UTC, datetime

import pytest

from mappings.explain import explain
from mappings.identity import GroupFact

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FILE = """\
rules:
  - {name: Platform, when: {group: platform-engineering}, grant: {production: admin}}
  - name: Finance staff see billing
    when: {attribute: {department: [Finance, Controlling]}, not: {attribute: {userType: Contractor}}}
    grant: {billing: viewer}
  - {name: Owners, when: {group: owners}, grant: {production: owner}}
  - {name: Finance leads, when: {group: leads, attribute: {department: Finance}}, grant: {billing: admin}}
  - {name: Later, when: {everyone: true}, grant: {billing: viewer}, from: 2027-01-01, until: 2027-02-01}
  - {name: Off, when: {everyone: true}, grant: {billing: viewer}, disabled: the audit is over}
limits:
  - {name: Contractors, when: {attribute: {userType: Contractor}}, at_most: editor}
"""


@pytest.fixture
def mia(compiled, person):
    who = person("platform-engineering", GroupFact("all-staff", through="platform-engineering"), department="Platform")
    return explain(who, compiled(FILE), NOW)


def test_the_facts_are_shown_as_they_were_seen_with_what_was_asked_but_not_sent(mia):
    assert mia.facts == (
        "groups platform-engineering, all-staff (through platform-engineering); department Platform; userType not sent"
    )


def test_names_of_attributes_ignore_case_in_the_facts_too(compiled, person):
    body = "rules: [{name: r, when: {attribute: {USERTYPE: x}}, grant: {production: viewer}}]"
    assert explain(person(userType="y"), compiled(body), NOW).facts == "no groups; userType y"


def test_matches_come_first_with_their_facts(mia):
    assert [(one.rule, one.line, one.why) for one in mia.matched] == [("Platform", 3, "group platform-engineering")]


def test_misses_come_nearest_first_and_say_what_kept_them(mia):
    assert [(one.rule, one.why) for one in mia.missed] == [
        ("Later", "counts only from 2027-01-01 until 2027-02-01"),
        ("Finance staff see billing", "department is Platform, not Finance or Controlling"),
        ("Owners", "not in group owners"),
        ("Finance leads", "not in group leads; department is Platform, not Finance"),
        ("Off", "disabled: the audit is over"),
    ]


def test_limits_are_explained_in_the_same_way(compiled, person, mia):
    assert [(one.rule, one.matched, one.why) for one in mia.limits] == [("Contractors", False, "userType not sent")]
    contractor = explain(person("platform-engineering", userType="Contractor"), compiled(FILE), NOW)
    assert [(one.rule, one.matched, one.why) for one in contractor.limits] == [
        ("Contractors", True, "userType is Contractor")
    ]


def test_an_exclusion_names_its_fact(compiled, person):
    found = explain(person(department="Finance", userType="Contractor"), compiled(FILE), NOW)
    why = {one.rule: one.why for one in found.missed}
    assert why["Finance staff see billing"] == "excluded by userType is Contractor"


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{group: [a, b, c]}", "not in group a, b or c"),
        ('{group_like: "x-*"}', "in no group like x-*"),
        ("{group_regex: x.}", "in no group that fits x."),
        ("{attribute: {title: {like: [a*, b*]}}}", "title is Lead, not like a* or b*"),
        ("{attribute: {title: {present: false}}}", "title is sent: Lead"),
        ("{attribute: {title: {before: 2020-01-01, at_least: 3}}}", "title is Lead, not before 2020-01-01 and at least 3"),
        ("{attribute: {other: {present: true}}}", "other not sent"),
        ("{email: x@y.z}", "e-mail is mia@acme.com, not x@y.z"),
        ("{email_domain: y.z}", "e-mail is mia@acme.com, not at y.z"),
        ("{source: assertion}", "told by the directory, not by the assertion"),
        ("{any: [{group: a}, {email_domain: y.z}]}", "not in group a and e-mail is mia@acme.com, not at y.z"),
        ("{not: {everyone: true}}", "excluded by everyone"),
    ],
)
def test_each_condition_says_why_it_does_not_hold(compiled, person, when, why):
    body = f"rules: [{{name: r, when: {when}, grant: {{production: viewer}}}}]"
    assert explain(person(title="Lead"), compiled(body), NOW).missed[0].why == why


def test_two_groups_of_one_name_are_the_reason(compiled, person):
    found = explain(person(GroupFact("owners", "1"), GroupFact("owners", "2")), compiled(FILE), NOW)
    why = {one.rule: one.why for one in found.missed}
    assert why["Owners"] == "two groups are called owners: bind the name to an id under `groups:`"


def test_a_rule_whose_groups_gave_nothing_did_not_match(compiled, person):
    body = 'rules: [{name: r, when: {group_like: "*-{role}-*"}, grant: {production: "{role}"}}]'
    (verdict,) = explain(person("x-admin-viewer-y"), compiled(body), NOW).verdicts
    assert verdict.as_dict() == {
        "rule": "r",
        "line": 2,
        "matched": False,
        "why": "'r': the group x-admin-viewer-y can be read in two ways, so it gives nothing",
    }


def test_explaining_decides_the_same(compiled, person, decided):
    who = person("platform-engineering")
    assert explain(who, compiled(FILE), NOW).decision == decided(FILE, who, NOW)
