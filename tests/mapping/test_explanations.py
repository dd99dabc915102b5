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
    assert mia.groups == "platform-engineering, all-staff (through platform-engineering)"
    assert mia.attributes == "department Platform; userType not sent"


def test_names_of_attributes_ignore_case_in_the_facts_too(compiled, person):
    body = "rules: [{name: r, when: {attribute: {USERTYPE: x}}, grant: {production: viewer}}]"
    found = explain(person(userType="y"), compiled(body), NOW)
    assert (found.groups, found.attributes, found.not_sent) == ("none", "userType y", ())


def test_attributes_that_are_asked_for_come_first_sent_or_not(compiled, person):
    body = "rules: [{name: r, when: {attribute: {title: x, userType: y}}, grant: {production: viewer}}]"
    found = explain(person(city="Ulm", title="Lead"), compiled(body), NOW)
    assert (found.attributes, found.not_sent) == ("title Lead; userType not sent; city Ulm", ("userType",))


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


def test_a_limit_that_does_not_concern_somebody_says_why(mia):
    assert [one.as_dict() for one in mia.limits] == [
        {"limit": "Contractors", "line": 12, "concerns": False, "why": "userType not sent", "cuts": []}
    ]


def test_a_limit_shows_what_it_cuts_and_by_which_fact(compiled, person):
    (limit,) = explain(person("platform-engineering", userType="Contractor"), compiled(FILE), NOW).limits
    assert (limit.concerns, limit.why) == (True, "userType is Contractor")
    assert [cut.as_dict() for cut in limit.cuts] == [{"workspace": "production", "from": "admin", "to": "editor"}]


def test_a_limit_that_leaves_nothing_shows_what_there_was(compiled, person):
    body = """\
rules: [{name: r, when: {group: g}, grant: {production: owner, billing: viewer}}]
limits:
  - {name: away, when: {group: g}, at_most: none, in: [billing]}
  - {name: lower, when: {group: g}, at_most: editor}
"""
    away, lower = explain(person("g"), compiled(body), NOW).limits
    assert [(cut.workspace, cut.from_role, cut.to_role) for cut in away.cuts] == [("billing", "viewer", None)]
    assert [(cut.workspace, cut.from_role, cut.to_role) for cut in lower.cuts] == [("production", "owner", "editor")]


@pytest.mark.parametrize(
    ("limit", "why"),
    [
        ("at_most: editor", "group g; nothing above editor to cut"),
        ("at_most: viewer, in: [production]", "group g; nothing above viewer to cut in production"),
        ("at_most: none, in: [production, support]", "group g; nothing to cut in production or support"),
    ],
)
def test_a_limit_that_concerns_somebody_and_cuts_nothing_says_so(compiled, person, limit, why):
    body = f"""\
rules: [{{name: r, when: {{group: g}}, grant: {{billing: viewer}}}}]
limits: [{{name: l, when: {{group: g}}, {limit}}}]
"""
    (found,) = explain(person("g"), compiled(body), NOW).limits
    assert (found.concerns, found.why, found.cuts) == (True, why, ())


def test_a_rule_shows_what_it_gives_or_would_give(compiled, person, mia):
    gives = {one.rule: one.gives for one in mia.verdicts}
    assert (gives["Platform"], gives["Owners"]) == ((("production", "admin"),), (("production", "owner"),))
    body = 'rules: [{name: r, when: {group_like: "app-{workspace}-{role}"}, grant: {"{workspace}": "{role}"}}]'
    (one,) = explain(person("app-billing-viewer", "app-production-admin"), compiled(body), NOW).verdicts
    assert one.gives == (("billing", "viewer"), ("production", "admin"))
    (missed,) = explain(person("app-billing"), compiled(body), NOW).verdicts
    assert missed.gives == (("{workspace}", "{role}"),)


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
        "gives": [{"workspace": "production", "role": "{role}"}],
    }


def test_explaining_decides_the_same(compiled, person, decided):
    who = person("platform-engineering")
    assert explain(who, compiled(FILE), NOW).decision == decided(FILE, who, NOW)
