"""Captures: what a group name may say by itself, and what it may not."""

import pytest

from mappings.captures import Pattern
from mappings.roles import Role

CONVENTION = """\
rules:
  - name: by name
    when: {group_like: "app-{workspace}-{role}"}
    grant: {"{workspace}": "{role}"}
"""


def rule(when, captures="{}", grant='{"{workspace}": "{role}"}'):
    return f"rules: [{{name: by name, when: {when}, captures: {captures}, grant: {grant}}}]\n"


def test_a_group_name_says_workspace_and_role(decided, person, roles):
    found = decided(CONVENTION, person("APP-data-science-Admin", "app-billing-viewer"))
    assert roles(found) == {"data-science": "admin", "billing": "viewer"}
    assert found.grants["data-science"].because[0].facts == ("group APP-data-science-Admin",)


@pytest.mark.parametrize("name", ["app-vision-admin", "app-production-boss", "app-production", "my-app-production-admin"])
def test_captures_match_known_words_only(decided, person, roles, name):
    assert roles(decided(CONVENTION, person(name))) == {}


def test_an_owner_is_never_granted_through_a_capture_unless_listed(decided, person, roles):
    who = person("app-production-owner")
    assert roles(decided(CONVENTION, who)) == {}
    without_viewer = rule('{group_like: "app-{workspace}-{role}"}', "{role: {except: viewer}}")
    assert roles(decided(without_viewer, who)) == {}
    listed = rule('{group_like: "app-{workspace}-{role}"}', "{role: [owner, admin], workspace: [production]}")
    assert roles(decided(listed, who)) == {"production": "owner"}


def test_except_takes_words_out(decided, person, roles):
    body = rule('{group_like: "app-{workspace}-{role}"}', "{workspace: {except: Production}, role: {except: [admin]}}")
    asked = person("app-production-editor", "app-billing-editor", "app-data-science-admin")
    assert roles(decided(body, asked)) == {"billing": "editor"}


def test_a_list_leaves_only_its_words(decided, person, roles):
    body = rule('{group_like: "app-{workspace}-{role}"}', "{workspace: [billing], role: viewer}")
    asked = person("app-billing-viewer", "app-billing-admin", "app-production-viewer")
    assert roles(decided(body, asked)) == {"billing": "viewer"}


def test_a_table_gives_words_a_meaning(decided, person, roles):
    when = '{group_like: "mltools_{team}_{level}"}'
    body = rule(when, "{team: {DS: data-science, fin: billing}, level: {rw: editor}}", '{"{team}": "{level}"}')
    assert roles(decided(body, person("MLTOOLS_ds_rw", "mltools_fin_ro"))) == {"data-science": "editor"}


def test_a_meaning_is_never_read_as_a_capture_again(checked):
    when = '{group_like: "{team}-{role}"}'
    found = checked(rule(when, '{team: {ds: "{role}"}}', '{"{team}": "{role}"}'))
    assert "the workspace {role} is unknown" in [problem.message for problem in found.problems]


def test_a_capture_may_stand_in_a_role_or_a_part_of_an_alias_alone(decided, person, roles):
    assert roles(decided(rule('{group_like: "prod-{role}"}', grant='{production: "{role}"}'), person("prod-admin"))) == {
        "production": "admin"
    }
    part = rule('{group_like: "lab-{team}"}', "{team: [science]}", '{"data-{team}": editor}')
    assert roles(decided(part, person("lab-science"))) == {"data-science": "editor"}


def test_a_capture_that_stands_twice_must_say_the_same_twice(decided, person, roles):
    body = rule('{group_like: "{workspace}/{workspace}/{role}"}')
    assert roles(decided(body, person("billing/billing/admin", "billing/production/admin"))) == {"billing": "admin"}


def test_what_else_a_rule_asks_for_is_part_of_the_reasons(decided, person):
    body = rule('{group_like: "app-{workspace}-{role}", group: staff, attribute: {title: Lead}}')
    reasons = (
        decided(body, person("app-billing-admin", "app-production-viewer", "staff", title="Lead")).grants["billing"].because
    )
    assert [reason.facts for reason in reasons] == [("group app-billing-admin", "group staff", "title is Lead")]


def test_a_capturing_condition_may_stand_in_a_list_of_all(decided, person, roles):
    body = rule('{all: [{group_like: "app-{workspace}-{role}", email_domain: acme.com}, {group: staff}]}')
    assert roles(decided(body, person("app-billing-admin", "staff"))) == {"billing": "admin"}
    assert roles(decided(body, person("app-billing-admin"))) == {}


class TestTwoReadings:
    def test_words_that_split_a_name_in_two_ways_are_an_error(self, checked):
        when = '{group_like: "{team}-{unit}"}'
        words = "{team: {a: production, a-b: billing}, unit: {c: viewer, b-c: editor}}"
        found = checked(rule(when, words, '{"{team}": "{unit}"}'))
        assert [problem.message for problem in found.problems] == [
            "a group a-b-c can be read in two ways: team billing, unit viewer or team production, unit editor"
        ]

    @pytest.mark.parametrize("like", ["*-{workspace}", "*{workspace}"])
    def test_a_star_beside_a_capture_can_be_read_in_two_ways(self, checked, like):
        workspaces = {"science": Role.OWNER, "data-science": Role.OWNER}
        found = checked(rule(f'{{group_like: "{like}"}}', grant='{"{workspace}": editor}'), workspaces=workspaces)
        assert "can be read in two ways" in found.problems[0].message
        assert not found.ok

    def test_two_readings_that_mean_the_same_are_one(self, decided, person, roles):
        body = rule('{group_like: "{team}*"}', "{team: {eng: production, engineers: production}}", '{"{team}": viewer}')
        assert roles(decided(body, person("engineers-berlin"))) == {"production": "viewer"}

    def test_a_name_that_turns_out_to_have_two_gives_nothing_and_is_reported(self, decided, person, roles):
        body = rule('{group_like: "*-{workspace}-*"}', "{workspace: [billing, production]}", '{"{workspace}": viewer}')
        found = decided(body, person("x-billing-production-y", "x-production-y"))
        assert roles(found) == {"production": "viewer"}
        assert found.notes == ("'by name': the group x-billing-production-y can be read in two ways, so it gives nothing",)


class TestTheWildcard:
    """``"*"`` in the connection file: captures may bring workspaces that nobody listed."""

    body = rule('{group_like: "app-{workspace}-{role}"}', "{workspace: {except: [production, secret]}}")

    def test_brings_any_word_that_can_be_an_alias(self, decided, person, roles):
        asked = person("app-vision-2-admin", "app-data-science-editor", "app-no such-admin", "app--admin")
        assert roles(decided(self.body, asked, wildcard=Role.OWNER)) == {"vision-2": "admin", "data-science": "editor"}

    def test_never_brings_an_excepted_word(self, decided, person, roles):
        asked = person("app-production-admin", "app-Secret-admin")
        assert roles(decided(self.body, asked, wildcard=Role.OWNER)) == {}

    def test_keeps_the_case_of_a_listed_alias(self, decided, person, roles):
        body = rule('{group_like: "app-{workspace}-{role}"}')
        found = decided(body, person("app-vision-admin"), wildcard=Role.ADMIN, workspaces={"Vision": Role.OWNER})
        assert roles(found) == {"Vision": "admin"}

    def test_has_a_ceiling_of_its_own(self, decided, person, roles):
        found = decided(CONVENTION, person("app-vision-admin", "app-vision-viewer"), wildcard=Role.EDITOR)
        assert roles(found) == {"vision": "viewer"}
        assert found.notes == ("'by name': the group app-vision-admin asks for admin in vision, which is not allowed",)

    def test_is_no_licence_to_misspell_a_workspace(self, checked):
        found = checked("rules: [{name: r, when: {everyone: true}, grant: {prodution: viewer}}]", wildcard=Role.OWNER)
        assert [(problem.message, problem.hint) for problem in found.problems] == [
            ("the workspace prodution is unknown", "did you mean production?")
        ]

    def test_lets_a_table_name_new_workspaces(self, decided, person, roles):
        body = rule('{group_like: "t_{team}"}', "{team: {cv: vision}}", '{"{team}": editor}')
        assert roles(decided(body, person("t_cv"), wildcard=Role.OWNER)) == {"vision": "editor"}


class TestCeilings:
    def test_a_captured_role_above_the_ceiling_gives_nothing_and_is_reported(self, decided, person, roles):
        found = decided(CONVENTION, person("app-support-admin", "app-support-viewer"))
        assert roles(found) == {"support": "viewer"}
        assert found.notes == ("'by name': the group app-support-admin asks for admin in support, which is not allowed",)

    def test_check_warns_that_such_groups_give_nothing(self, checked):
        found = checked(CONVENTION)
        assert [str(problem).splitlines()[0] for problem in found.problems] == [
            "acme.yaml:5:28: warning: support allows editor at most, not admin: a group that asks for it gives nothing"
        ]

    def test_a_word_that_can_never_give_anything_is_an_error_at_that_word(self, checked):
        body = rule('{group_like: "t_{team}"}', "{team: {s: support, p: production}}", '{"{team}": admin}')
        found = checked(body)
        assert [(p.message, p.source[p.column - 1 :][:7]) for p in found.problems] == [
            ("support allows editor at most, not admin", "support")
        ]

    def test_a_group_name_that_makes_owners_is_warned_about(self, checked):
        found = checked(rule('{group_like: "{workspace}-owners"}', "{workspace: [production]}", '{"{workspace}": owner}'))
        assert [(problem.severity, problem.message) for problem in found.problems] == [
            ("warning", "a group's name alone makes owners here")
        ]


class TestManyRules:
    """Thousands of rules that differ in a prefix try the same words."""

    def _rules(self, *prefixes, captures="{}"):
        when = 'name: {0}, when: {{group_like: "{0}-{{workspace}}-{{role}}"}}'
        entries = ", ".join(
            f'{{{when.format(prefix)}, captures: {captures}, grant: {{"{{workspace}}": "{{role}}"}}}}' for prefix in prefixes
        )
        return f"rules: [{entries}]\n"

    def test_words_that_are_fine_are_tried_once(self, checked, monkeypatch):
        tried = []
        splits = Pattern.splits
        monkeypatch.setattr(Pattern, "splits", lambda self, name: tried.append(name) or splits(self, name))
        production = "{workspace: [production]}"
        assert checked(self._rules("a", captures=production)).ok
        once = len(tried)
        assert checked(self._rules(*"abcdefgh", captures=production)).ok
        assert (once, len(tried)) == (3, 6)

    def test_words_that_are_not_are_told_at_every_rule(self, checked):
        twofold = "{workspace: [billing, billing-viewer], role: [viewer, viewer-viewer]}"
        found = checked(self._rules("a", "b", captures=twofold))
        assert [one.message.split(":")[0] for one in found.problems if "two ways" in one.message] == [
            "a group a-billing-viewer-viewer can be read in two ways",
            "a group b-billing-viewer-viewer can be read in two ways",
        ]
        above = [one.line for one in checked(self._rules("a", "b").replace(", {", ",\n  {")).problems]
        assert above == [2, 3]

    def test_the_text_between_captures_decides_and_is_looked_at_in_each(self, checked):
        captures = "{workspace: [production, productionad], role: {min: viewer, admin: admin}}"
        entry = '- {{name: "{0}", when: {{group_like: "{0}"}}, captures: {1}, grant: {{"{{workspace}}": "{{role}}"}}}}'
        patterns = ("a_{workspace}_{role}", "a_{workspace}{role}")
        found = checked("\n".join(["rules:", *(entry.format(one, captures) for one in patterns)]))
        ways = "role admin, workspace production or role viewer, workspace productionad"
        assert [(one.line, one.message) for one in found.problems if "two ways" in one.message] == [
            (4, f"a group a_productionadmin can be read in two ways: {ways}")
        ]
