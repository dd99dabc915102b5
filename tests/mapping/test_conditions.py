"""What each key of `when` asks of a person."""

import pytest

from mappings.identity import GroupFact

IN = "rules: [{{name: a rule, when: {when}, grant: {{production: viewer}}}}]\n"
YES = {"production": "viewer"}


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("{everyone: true}", {}),
        ("{attribute: {department: Finance}}", {"department": "finance"}),
        ("{attribute: {department: [Finance, Controlling]}}", {"department": "Controlling"}),
        ("{attribute: {DEPARTMENT: Finance}}", {"department": "Finance"}),
        ("{attribute: {costCenter: 4711}}", {"costCenter": "4711"}),
        ("{attribute: {costCenter: 0815}}", {"costCenter": "0815"}),
        ("{attribute: {costCenter: 47.10}}", {"costCenter": "47.10"}),
        ("{attribute: {roles: b}}", {"roles": ("a", "b")}),
        ("{attribute: {title: {like: 'Leiter*'}}}", {"title": "Leiterin Controlling"}),
        ("{attribute: {title: {like: ['*lead*', 'Head of *']}}}", {"title": "head of nothing"}),
        ("{attribute: {title: {like: 'ab*ba'}}}", {"title": "abba"}),
        ("{attribute: {title: {like: 'a**b*c'}}}", {"title": "axbbxc"}),
        ("{attribute: {title: {present: true}}}", {"title": "x"}),
        ("{attribute: {title: {present: false}}}", {"department": "x"}),
        ("{attribute: {title: {present: false}}}", {"title": "  "}),
        ("{attribute: {hired: {before: 2020-01-01}}}", {"hired": "2019-12-31"}),
        ("{attribute: {hired: {after: 2020-01-01}}}", {"hired": "2020-01-02T00:00:00Z"}),
        ("{attribute: {hired: {after: 2020-01-01, before: 2021-01-01}}}", {"hired": "20200615093000.0Z"}),
        ("{attribute: {grade: {at_least: 7}}}", {"grade": "7.0"}),
        ("{email: MIA@acme.com}", {}),
        ("{email: [x@acme.com, 'mia@*']}", {}),
        ("{email_domain: [acme.de, ACME.com]}", {}),
        ("{source: directory}", {}),
        ("{any: [{group: nowhere}, {email_domain: acme.com}]}", {}),
        ("{all: [{everyone: true}, {email_domain: acme.com}]}", {}),
        ("{email_domain: acme.com, not: {group: nowhere}}", {}),
    ],
)
def test_a_condition_holds_for(decided, person, roles, when, facts):
    assert roles(decided(IN.format(when=when), person(**facts))) == YES


@pytest.mark.parametrize(
    ("when", "facts"),
    [
        ("{attribute: {department: Finance}}", {}),
        ("{attribute: {department: Finance}}", {"department": "Finances"}),
        ("{attribute: {title: {like: 'Leiter*'}}}", {"title": "Teamleiterin"}),
        ("{attribute: {title: {like: 'ab*ba'}}}", {"title": "aba"}),
        ("{attribute: {title: {like: 'a*b*b'}}}", {"title": "ab"}),
        ("{attribute: {title: {present: true}}}", {"title": " "}),
        ("{attribute: {title: {present: false}}}", {"title": "x"}),
        ("{attribute: {hired: {before: 2020-01-01}}}", {"hired": "2020-01-01"}),
        ("{attribute: {hired: {before: 2020-01-01}}}", {"hired": "long ago"}),
        ("{attribute: {hired: {after: 2020-01-01, before: 2021-01-01}}}", {"hired": ("2019-01-01", "2022-01-01")}),
        ("{attribute: {grade: {at_least: 7}}}", {"grade": "6.9"}),
        ("{attribute: {grade: {at_least: 7}}}", {"grade": "inf"}),
        ("{email: mia@acme.de}", {}),
        ("{email: 'mia@acme.com'}", {"email": None}),
        ("{email_domain: acme.com}", {"email": "mia@sub.acme.com"}),
        ("{email_domain: acme.com}", {"email": None}),
        ("{source: assertion}", {}),
        ("{all: [{everyone: true}, {group: nowhere}]}", {}),
        ("{any: [{group: nowhere}, {group: neither}]}", {}),
        ("{everyone: true, not: {email_domain: acme.com}}", {}),
    ],
)
def test_a_condition_does_not_hold_for(decided, person, roles, when, facts):
    assert roles(decided(IN.format(when=when), person(**facts))) == {}


@pytest.mark.parametrize(
    ("when", "group", "holds"),
    [
        ("{group: Platform}", "platform", True),
        ("{group: [a, platform]}", "Platform", True),
        ("{group: Plattform}", "Platform", False),
        ("{group: STRASSE}", "Straße", True),
        ('{group: "Cafe\u0301"}', "CAF\u00c9", True),
        ("{group: no}", "no", True),
        ("{group: on}", "ON", True),
        ("{group: 2027-03-01}", "2027-03-01", True),
        ("{group: 1.10}", "1.1", False),
        ("{group_like: plat*}", "Platform", True),
        ("{group_like: 'p*t*m'}", "platform", True),
        ("{group_like: 'a*b*a'}", "aba", True),
        ("{group_like: 'ab*ba'}", "aba", False),
        ("{group_like: plat}", "platform", False),
        ("{group_regex: 'plat(form)?'}", "PLATFORM", True),
        ("{group_regex: plat}", "platform", False),
    ],
)
def test_groups_are_asked_for_by_name_glob_or_expression(decided, person, roles, when, group, holds):
    assert roles(decided(IN.format(when=when), person(group))) == (YES if holds else {})


def test_all_keys_of_one_when_must_hold(decided, person, roles):
    body = IN.format(when="{group: platform, email_domain: acme.com, attribute: {title: Lead}}")
    assert roles(decided(body, person("platform", title="Lead"))) == YES
    assert roles(decided(body, person("platform", title="Member"))) == {}
    assert roles(decided(body, person("other", title="Lead"))) == {}


def test_a_not_on_an_attribute_that_is_not_sent_holds(decided, person, roles):
    body = IN.format(when="{group: platform, not: {attribute: {userType: Contractor}}}")
    assert roles(decided(body, person("platform"))) == YES
    assert roles(decided(body, person("platform", userType="contractor"))) == {}


def test_a_glob_with_many_stars_on_a_long_name_is_quick(decided, person, roles):
    body = IN.format(when=f"{{attribute: {{title: {{like: '{'*a' * 40}*b'}}}}}}")
    assert roles(decided(body, person(title="a" * 20_000))) == {}


class TestGroupsBoundToIds:
    body = "groups: {Data Leads: 71E0B0F4-55a2-4c0c-9a57-9b8c1d2e3f33}\n" + IN.format(when="{group: data leads}")
    id = "71e0b0f4-55A2-4c0c-9a57-9b8c1d2e3f33"

    def test_the_id_decides_and_not_the_name(self, decided, person, roles):
        assert roles(decided(self.body, person(GroupFact("renamed since", self.id)))) == YES
        assert roles(decided(self.body, person(GroupFact("Data Leads", "another id")))) == {}
        assert roles(decided(self.body, person("Data Leads"))) == {}

    def test_the_evidence_names_the_group_as_the_file_does(self, decided, person):
        decision = decided(self.body, person(GroupFact("renamed since", self.id)))
        assert decision.grants["production"].because[0].facts == ("group data leads",)

    def test_ids_that_are_no_guids_are_compared_exactly(self, decided, person, roles):
        body = "groups: {Leads: 00gAbC}\n" + IN.format(when="{group: Leads}")
        assert roles(decided(body, person(GroupFact("Leads", "00gAbC")))) == YES
        assert roles(decided(body, person(GroupFact("Leads", "00gabc")))) == {}

    def test_bound_and_unbound_names_may_stand_in_one_list(self, decided, person, roles):
        body = "groups: {Leads: id-1}\n" + IN.format(when="{group: [Leads, members]}")
        assert roles(decided(body, person("members"))) == YES
        assert roles(decided(body, person(GroupFact("x", "id-1")))) == YES


class TestTwoGroupsOfOneName:
    """Rule R11: nobody can tell which is meant."""

    twins = (GroupFact("platform", "1"), GroupFact("Platform", "2"))
    nameless = (GroupFact("platform"), GroupFact("platform"))
    alone = (GroupFact("platform", "1", twin=True),)

    @pytest.mark.parametrize("groups", [twins, nameless, alone])
    @pytest.mark.parametrize("when", ["{group: platform}", "{group_like: 'plat*'}", "{group_regex: 'plat.*'}"])
    def test_the_name_grants_nothing_and_the_decision_says_so(self, decided, person, roles, groups, when):
        decision = decided(IN.format(when=when), person(*groups))
        assert roles(decision) == {}
        assert decision.notes == (
            "two groups are called platform: rules by that name give nothing until `groups:` binds it",
        )

    def test_nobody_is_told_about_names_that_no_rule_asks_for(self, decided, person):
        assert decided(IN.format(when="{group: other}"), person(*self.twins)).notes == ()

    def test_an_id_still_grants(self, decided, person, roles):
        body = "groups: {platform: '2'}\n" + IN.format(when="{group: platform}")
        decision = decided(body, person(*self.twins))
        assert (roles(decision), decision.notes) == (YES, ())

    def test_a_not_is_not_escaped_by_a_second_group(self, decided, person, roles):
        body = IN.format(when="{everyone: true, not: {group: platform}}")
        assert roles(decided(body, person(*self.twins))) == {}

    def test_two_nots_are_none(self, decided, person, roles):
        body = IN.format(when="{everyone: true, not: {everyone: true, not: {group: platform}}}")
        assert roles(decided(body, person(*self.twins))) == {}
        assert roles(decided(body, person("platform"))) == YES

    def test_a_limit_is_not_escaped_by_a_second_group(self, decided, person, roles):
        body = "limits: [{name: l, when: {group: platform}, at_most: none}]\n" + IN.format(when="{everyone: true}")
        assert roles(decided(body, person(*self.twins))) == {}

    def test_a_limit_by_glob_is_not_escaped_even_where_a_rule_asked_first(self, decided, person, roles):
        body = "limits: [{name: l, when: {group_like: 'plat*'}, at_most: none}]\n" + IN.format(
            when="{any: [{group_like: 'plat*'}, {everyone: true}]}"
        )
        assert roles(decided(body, person(*self.twins))) == {}
