"""From the rules that hold to one role per workspace: the highest wins, limits cut, `otherwise` catches."""

import pytest

from mappings.facts import Facts
from mappings.identity import GroupFact
from mappings.roles import Role

TEAMS = """\
rules:
  - {name: members, when: {group: members}, grant: {production: viewer, billing: viewer}}
  - {name: leads, when: {group: leads}, grant: {production: admin}}
  - {name: heads, when: {group: heads}, grant: {production: admin}}
"""


def test_a_person_in_two_groups_gets_the_higher_role(decided, person, roles):
    assert roles(decided(TEAMS, person("members", "leads"))) == {"production": "admin", "billing": "viewer"}


def test_the_reasons_are_the_rules_that_gave_the_role_with_their_line_and_facts(decided, person):
    grant = decided(TEAMS, person("members", "heads", "leads")).grants["production"]
    assert [(reason.rule, reason.file, reason.line, reason.facts) for reason in grant.because] == [
        ("leads", "acme.yaml", 4, ("group leads",)),
        ("heads", "acme.yaml", 5, ("group heads",)),
    ]


def test_a_nested_group_is_evidence_with_the_group_that_brings_it(decided, person):
    body = "rules: [{name: staff, when: {group: all-staff}, grant: {production: viewer}}]"
    who = person("platform-engineering", GroupFact("all-staff", through="platform-engineering"))
    assert decided(body, who).grants["production"].because[0].facts == ("group all-staff (through platform-engineering)",)


def test_a_nested_group_that_is_bound_to_an_id_says_so_too(decided, person):
    body = "groups: {Staff: id-1}\nrules: [{name: staff, when: {group: Staff}, grant: {production: viewer}}]"
    found = decided(body, person(GroupFact("all-staff", "id-1", through="platform")))
    assert found.grants["production"].because[0].facts == ("group Staff (through platform)",)


def test_a_name_that_stands_twice_is_one_fact(decided, person):
    body = "rules: [{name: r, when: {group: [staff, others, STAFF]}, grant: {production: viewer}}]"
    assert decided(body, person("Staff")).grants["production"].because[0].facts == ("group Staff",)


def test_what_a_rule_gives_twice_by_one_group_is_one_reason(decided, person):
    grant = '{"{workspace}": viewer, production: viewer, billing: viewer}'
    body = f'rules: [{{name: r, when: {{group_like: "app-{{workspace}}"}}, grant: {grant}}}]'
    found = decided(body, person("app-production"))
    assert [reason.facts for reason in found.grants["production"].because] == [("group app-production",)]


def test_whoever_no_rule_names_gets_nothing(decided, person, roles):
    assert roles(decided(TEAMS, person("others"))) == {}


def test_a_disabled_rule_gives_nothing(decided, person, roles):
    body = "rules: [{name: r, when: {everyone: true}, grant: {production: viewer}, disabled: until we know more}]"
    assert roles(decided(body, person())) == {}


def test_a_decision_is_data_for_machines_too(decided, person):
    body = TEAMS + "limits: [{name: readers, when: {group: members}, at_most: none, in: [billing]}]\n"
    because = {"rule": "leads", "file": "acme.yaml", "line": 4, "facts": ["group leads"]}
    member = {"rule": "members", "file": "acme.yaml", "line": 3, "facts": ["group members"]}
    cut = {"rule": "readers", "file": "acme.yaml", "line": 6, "facts": ["group members"]}
    production = {"workspace": "production", "role": "admin", "given": "admin", "because": [because], "cut": []}
    billing = {"workspace": "billing", "role": "viewer", "given": "viewer", "because": [member], "cut": [cut]}
    assert decided(body, person("members", "leads")).as_dict() == {
        "grants": {"production": production},
        "next_change_at": None,
        "notes": [],
        "denied": {"billing": billing},
    }


class TestLimits:
    body = """\
rules: [{name: all, when: {group: g}, grant: {production: owner, billing: editor}}]
limits:
  - {name: contractors, when: {attribute: {userType: Contractor}}, at_most: editor}
  - {name: guests, when: {attribute: {userType: Guest}}, at_most: none, in: [production]}
  - {name: interns, when: {attribute: {title: Intern}}, at_most: viewer}
otherwise: {production: admin}
"""

    def test_a_limit_lowers_what_is_above_it_and_says_so(self, decided, person, roles):
        found = decided(self.body, person("g", userType="Contractor"))
        assert roles(found) == {"production": "editor", "billing": "editor"}
        assert found.grants["production"].given == Role.OWNER
        assert [cut.rule for cut in found.grants["production"].cut] == ["contractors"]
        assert found.grants["production"].cut[0].facts == ("userType is Contractor",)
        assert found.grants["billing"].cut == ()

    def test_none_takes_access_away_only_where_the_limit_says(self, decided, person, roles):
        found = decided(self.body, person("g", userType="Guest"))
        assert roles(found) == {"billing": "editor"}
        assert {alias: (grant.role, grant.cut[0].rule) for alias, grant in found.denied.items()} == {
            "production": (Role.OWNER, "guests")
        }

    def test_the_lowest_of_several_limits_counts(self, decided, person, roles):
        found = decided(self.body, person("g", userType="Contractor", title="Intern"))
        assert roles(found) == {"production": "viewer", "billing": "viewer"}

    def test_a_limit_cuts_otherwise_as_well(self, decided, person, roles):
        assert roles(decided(self.body, person(title="Intern"))) == {"production": "viewer"}
        assert roles(decided(self.body, person(userType="Guest"))) == {}

    def test_whom_a_limit_leaves_nothing_does_not_fall_to_otherwise(self, decided, person, roles):
        body = """\
rules: [{name: r, when: {group: g}, grant: {billing: viewer}}]
limits: [{name: l, when: {group: g}, at_most: none, in: [billing]}]
otherwise: {production: viewer}
"""
        assert roles(decided(body, person("g"))) == {}

    def test_a_limit_may_name_a_workspace_that_only_a_capture_brings(self, checked):
        body = "limits: [{name: l, when: {group: g}, at_most: none, in: [vision, prodution]}]\n"
        assert [(one.severity, one.message, one.hint) for one in checked(body, wildcard=Role.OWNER).problems] == [
            (
                "warning",
                "the workspace vision is not listed: only a capture can bring it",
                "leave it if a group's name brings it, or ask the operator to list it",
            ),
            ("warning", "the workspace prodution is not listed: only a capture can bring it", "did you mean production?"),
        ]


class TestOtherwise:
    body = TEAMS + "otherwise: {data-science: viewer}\n"

    def test_it_is_for_whom_no_rule_gave_anything(self, decided, person, roles):
        found = decided(self.body, person("others"))
        assert roles(found) == {"data-science": "viewer"}
        (because,) = found.grants["data-science"].because
        assert (because.rule, because.line, because.facts) == ("otherwise", 6, ("no rule gave anything",))

    def test_it_is_not_added_to_what_rules_give(self, decided, person, roles):
        assert roles(decided(self.body, person("heads"))) == {"production": "admin"}

    def test_a_rule_that_held_but_gave_nothing_leaves_it(self, decided, person, roles):
        body = """\
rules: [{name: r, when: {group_like: "*-{role}-*"}, grant: {production: "{role}"}}]
otherwise: {data-science: viewer}
"""
        assert roles(decided(body, person("x-admin-viewer-y"))) == {"data-science": "viewer"}


class TestCandidates:
    """A rule that names a group costs only those who are in it."""

    others = "".join(
        f"  - {{name: other {at}, when: {{group: other-{at}}}, grant: {{production: viewer}}}}\n" for at in range(300)
    )

    def found(self, compiled, who, extra):
        return [
            rule.name for rule in compiled(f"groups: {{bound: id-1}}\nrules:\n{extra}{self.others}").candidates(Facts(who))
        ]

    @pytest.mark.parametrize(
        "when",
        [
            "{group: mine}",
            "{group: [mine, MINE, elsewhere]}",
            "{group: bound}",
            "{group: mine, attribute: {title: x}, email_domain: acme.com}",
            "{all: [{attribute: {title: x}}, {group: mine}]}",
            "{any: [{group: mine}, {all: [{group: bound}, {email: x@y}]}]}",
        ],
    )
    def test_rules_that_name_a_group_are_met_once_and_only_by_its_members(self, compiled, person, when):
        extra = f"  - {{name: mine, when: {when}, grant: {{production: viewer}}}}\n"
        assert self.found(compiled, person("Mine", GroupFact("x", "id-1")), extra) == ["mine"]
        assert self.found(compiled, person("not mine"), extra) == []

    @pytest.mark.parametrize(
        "when",
        [
            '{group_like: "m*"}',
            "{any: [{group: mine}, {email: x@y}]}",
            "{not: {group: mine}}",
            "{attribute: {title: {present: false}}}",
        ],
    )
    def test_rules_that_name_none_are_met_by_everybody(self, compiled, person, when):
        extra = f"  - {{name: mine, when: {when}, grant: {{production: viewer}}}}\n"
        assert self.found(compiled, person("other-7"), extra) == ["mine", "other 7"]

    @pytest.mark.parametrize(
        "when",
        [
            "{attribute: {TITLE: [boss, lead]}}",
            "{email_domain: [other.org, ACME.com]}",
            "{email_domain: acme.com, attribute: {title: Lead}}",
            "{any: [{group: mine}, {attribute: {title: lead}}]}",
        ],
    )
    def test_rules_that_name_a_value_or_a_domain_are_met_only_by_whom_they_name(self, compiled, person, when):
        extra = f"  - {{name: mine, when: {when}, grant: {{production: viewer}}}}\n"
        assert self.found(compiled, person("other-7", title="Lead"), extra) == ["other 7", "mine"]
        assert self.found(compiled, person("other-7", email="mia@elsewhere.org", title="Clerk"), extra) == ["other 7"]

    def test_disabled_rules_are_met_by_nobody(self, compiled, person):
        extra = "  - {name: mine, when: {everyone: true}, grant: {production: viewer}, disabled: not yet}\n"
        assert self.found(compiled, person("x"), extra) == []
