"""What `check` says of files that can be taken: warnings, and the tests that stand in them."""

from datetime import UTC, datetime

import pytest

from mappings.conditions import InGroup

BASE = "rules: [{name: r, when: {group: g}, grant: {production: viewer}}]\n"


def told(checked):
    return [(one.severity, one.message) for one in checked.problems]


def test_a_good_file_has_nothing_to_say(checked):
    found = checked(BASE)
    assert (found.ok, found.problems, found.tests) == (True, (), ())


def test_a_file_without_rules_is_good(checked):
    assert checked("rules: []\n").ok


class TestTests:
    def test_a_test_expects_exactly_what_it_says(self, checked):
        body = BASE + "tests:\n  - {name: in, given: {groups: g}, expect: {production: viewer}}\n"
        found = checked(
            body + "  - {name: out, given: {groups: [h]}, expect: none}\n  - {name: nobody, given: {}, expect: {}}\n"
        )
        assert found.ok
        assert [(test.name, test.passed, test.rules) for test in found.tests] == [
            ("in", True, ("r",)),
            ("out", True, ()),
            ("nobody", True, ()),
        ]

    def test_more_than_expected_is_a_failure_that_names_the_rules(self, checked):
        found = checked(BASE + "tests: [{name: t, given: {groups: [g]}, expect: none}]\n")
        assert [(one.message, one.hint) for one in found.problems] == [
            (
                "the test 't' expects none and gets production: viewer",
                "matching rules: r. Mend the rules, or what the test expects",
            )
        ]
        assert not found.ok
        assert found.as_dict()["tests"] == [{"name": "t", "passed": False, "rules": ["r"], "limits": []}]

    def test_less_than_expected_is_a_failure(self, checked):
        found = checked(BASE + "tests: [{name: t, given: {}, expect: {production: viewer}}]\n")
        assert ("error", "the test 't' expects production: viewer and gets none") in told(found)

    def test_the_person_of_a_test_has_all_facts(self, checked):
        body = """\
groups: {Leads: id-1}
rules:
  - name: r
    when: {group: leads, email_domain: acme.com, attribute: {costCenter: 4711}, source: assertion}
    grant: {production: viewer}
tests:
  - name: t
    given: {groups: [LEADS, leads], email: x@ACME.com, attributes: {costcenter: [1, 4711]}, source: assertion}
    expect: {production: viewer}
"""
        assert checked(body).tests[0].passed

    def test_the_day_of_a_test_is_a_day_in_the_connections_timezone(self, checked):
        body = """\
rules: [{name: r, when: {everyone: true}, grant: {production: viewer}, until: 2027-01-01}]
tests:
  - {name: last day, given: {}, date: 2027-01-01, expect: {production: viewer}}
  - {name: day after, given: {}, date: 2027-01-02, expect: none}
"""
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
            assert [test.passed for test in checked(body, timezone=zone).tests] == [True, True]

    def test_a_test_without_a_date_is_about_today(self, checked):
        body = """\
rules: [{name: r, when: {everyone: true}, grant: {production: viewer}, until: 2026-12-31}]
tests: [{name: t, given: {}, expect: {production: viewer}}]
"""
        assert checked(body).ok
        assert not checked(body, now=datetime(2027, 1, 1, tzinfo=UTC)).ok

    def test_tests_do_not_run_while_there_are_other_errors(self, checked):
        found = checked(BASE.replace("viewer", "vewer") + "tests: [{name: t, given: {}, expect: none}]\n")
        assert (told(found), found.tests) == ([("error", "vewer is no role")], ())

    def test_tests_of_many_rules_ask_only_those_that_may_hold(self, checked, monkeypatch):
        asked, holds = [], InGroup.holds
        monkeypatch.setattr(InGroup, "holds", lambda one, facts: asked.append(one) or holds(one, facts))
        rules = "".join(f"  - {{name: r{n}, when: {{group: g{n}}}, grant: {{production: viewer}}}}\n" for n in range(300))
        tests = "".join(
            f"  - {{name: t{n}, given: {{groups: [g{n}]}}, expect: {{production: viewer}}}}\n" for n in range(20)
        )
        found = checked(f"rules:\n{rules}tests:\n{tests}")
        assert [test.rules for test in found.tests] == [(f"r{n}",) for n in range(20)]
        assert len(asked) <= 20 * 3

    def test_a_failure_names_the_rule_that_came_nearest(self, checked):
        body = """\
rules:
  - {name: far, when: {group: h}, grant: {production: viewer}}
  - {name: near, when: {group: g, attribute: {title: Lead}}, grant: {production: viewer}}
  - {name: other, when: {group: g}, grant: {billing: viewer}}
  - {name: off, when: {group: g}, grant: {production: viewer}, disabled: later}
tests: [{name: t, given: {groups: [g]}, expect: {production: viewer, billing: viewer}}]
"""
        (problem,) = [one for one in checked(body).problems if one.severity == "error"]
        assert problem.hint == (
            "matching rules: other; nearest is 'near' in line 4 (title not sent). Mend the rules, or what the test expects"
        )


class TestWarnings:
    def test_rules_that_no_test_reaches(self, checked):
        body = BASE + "tests: [{name: t, given: {}, expect: none}]\n"
        assert told(checked(body)) == [("warning", "no test reaches the rule 'r'")]
        assert checked(body).ok

    def test_limits_that_cut_nothing_in_any_test(self, checked):
        body = BASE.replace("viewer}}", "admin}}") + (
            "limits:\n"
            "  - {name: l, when: {group: h}, at_most: none}\n"
            "  - {name: m, when: {group: i}, at_most: viewer, in: [billing]}\n"
            "tests:\n"
            "  - {name: t, given: {groups: [g]}, expect: {production: admin}}\n"
            "  - {name: u, given: {groups: [g, h, i]}, expect: none}\n"
        )
        assert told(checked(body)) == [("warning", "no test shows what the limit 'm' cuts")]

    def test_a_rule_whose_time_is_over_needs_no_test(self, checked):
        body = BASE.replace("viewer}}", "viewer}, until: 2026-01-01}") + "tests: [{name: t, given: {}, expect: none}]\n"
        assert told(checked(body)) == [("warning", "this rule ended on 2026-01-01")]

    def test_nothing_is_said_of_idle_rules_while_there_are_errors(self, checked):
        twice = BASE.replace("}]", "}, {name: s, when: {group: g}, grant: {production: viewer}}]")
        assert told(checked(twice + "otherwise: {X: viewer}\n")) == [("error", "the workspace X is unknown")]

    def test_disabled_rules_need_no_test(self, checked):
        body = BASE.replace("viewer}}", "viewer}, disabled: later}") + "tests: [{name: t, given: {}, expect: none}]\n"
        assert told(checked(body)) == []

    def test_attributes_that_the_connection_does_not_know(self, checked):
        body = "rules: [{name: r, when: {attribute: {departmnt: x}}, grant: {production: viewer}}]\n"
        (problem,) = checked(body, attributes=frozenset({"department", "title"})).problems
        assert (
            str(problem).splitlines()[0]
            == "acme.yaml:2:38: warning: the attribute departmnt is not known for this connection"
        )
        assert problem.hint == "did you mean department?"

    def test_group_ids_that_nothing_asks_for(self, checked):
        body = "groups: {G: '1', Gg: '2'}\n" + BASE
        (problem,) = checked(body).problems
        assert (problem.severity, problem.message, problem.line, problem.column) == (
            "warning",
            "no rule or limit asks for the group Gg",
            2,
            18,
        )

    @pytest.mark.parametrize(
        "when",
        [
            "{group: g, not: {attribute: {userType: Guest}}}",
            "{group: g, not: {any: [{attribute: {userType: Guest}}, {group: h}]}}",
            "{all: [{not: {attribute: {userType: {like: G*}}}}]}",
            "{not: {attribute: {userType: Guest}}, attribute: {userType: {present: false}}}",
        ],
    )
    def test_a_not_on_an_attribute_that_may_not_be_sent(self, checked, when):
        body = f"rules: [{{name: r, when: {when}, grant: {{production: viewer}}}}]\n"
        assert told(checked(body)) == [("warning", "where userType is not sent, this `not` holds")]

    @pytest.mark.parametrize(
        "when",
        [
            "{attribute: {usertype: {present: true}}, not: {attribute: {userType: Guest}}}",
            "{all: [{attribute: {userType: {present: true}}}, {not: {attribute: {userType: Guest}}}]}",
            "{group: g, not: {attribute: {userType: {present: true}}}}",
            "{group: g, not: {attribute: {userType: {present: false}}}}",
        ],
    )
    def test_no_warning_where_being_sent_is_asked_for(self, checked, when):
        assert told(checked(f"rules: [{{name: r, when: {when}, grant: {{production: viewer}}}}]\n")) == []


def test_a_check_is_data_for_machines_too(checked):
    found = checked(BASE.replace("production", "prodution")).as_dict()
    assert (found["file"], found["ok"], found["tests"]) == ("acme.yaml", False, [])
    assert [problem["message"] for problem in found["problems"]] == ["the workspace prodution is unknown"]
