"""Why two versions of the rules decide differently about one person, in a sentence that fits everybody alike."""

from collections.abc import Callable

import pytest

from mappings.compare import Comparison, Reason
from mappings.decide import decide
from mappings.identity import Identity
from mappings.ruleset import Ruleset
from tests.mapping.conftest import NOON

OLD = """\
rules:
  - {name: Platform, when: {group: platform}, grant: {production: admin}}
limits: []
otherwise: {support: viewer}
"""


@pytest.fixture
def reason(compiled: Callable[..., Ruleset], person: Callable[..., Identity]) -> Callable[..., Reason | None]:
    """`reason(old, new, alias, who)`: bodies of files; `old` None: nothing was in service."""

    def run(old: str | None, new: str, alias: str = "production", who: Identity | None = None) -> Reason | None:
        was, will = compiled(old) if old is not None else None, compiled(new)
        identity = who or person("platform")
        before = decide(identity, was, NOON) if was else None
        return Comparison(was, will).reason(identity, alias, before, decide(identity, will, NOON), NOON)

    return run


def test_where_nothing_changes_there_is_no_reason(reason):
    assert reason(OLD, OLD) is None
    assert reason(OLD, OLD, alias="billing") is None


def test_a_rule_that_left_the_file_is_named_without_a_line(reason):
    assert reason(OLD, "rules: []\n") == Reason(0, 'the rule "Platform" is not in the file any more')


def test_a_rule_that_asks_for_another_group_says_which_one_is_missing(reason):
    found = reason(OLD, OLD.replace("group: platform", "group: platform-eng"))
    assert found == Reason(3, '"Platform" asks for more: not in group platform-eng', ("platform-eng",))


def test_a_rule_that_asks_for_an_attribute_too_says_what_it_is(reason):
    found = reason(OLD, OLD.replace("{group: platform}", "{group: platform, attribute: {title: Lead}}"))
    assert found == Reason(3, '"Platform" asks for more: title not sent')


def test_a_disabled_rule_says_why(reason):
    found = reason(OLD, OLD.replace("admin}}", "admin}, disabled: until the audit}"))
    assert found == Reason(3, '"Platform" is disabled: until the audit')


def test_a_rule_whose_days_are_over_says_when_it_counts(reason):
    found = reason(OLD, OLD.replace("admin}}", "admin}, until: 2026-11-01}"))
    assert found == Reason(3, '"Platform" counts only until 2026-11-01')


def test_a_rule_that_gives_less_says_what_it_gives_now(reason):
    found = reason(OLD, OLD.replace("production: admin", "production: viewer"))
    assert found == Reason(3, '"Platform" gives viewer there now')


def test_a_rule_that_gives_another_workspace_says_so(reason):
    found = reason(OLD, OLD.replace("production: admin", "billing: admin"))
    assert found == Reason(3, '"Platform" does not give production any more')


def test_a_new_limit_is_the_reason_whether_it_lowers_or_takes_away(reason):
    def limited(at_most: str) -> str:
        return OLD.replace("limits: []", f"limits: [{{name: Calm, when: {{group: platform}}, at_most: {at_most}}}]")

    assert reason(OLD, limited("editor")) == Reason(4, 'the limit "Calm" allows editor at most')
    assert reason(OLD, limited("none")) == Reason(4, 'the limit "Calm" allows nothing')
    assert reason(limited("editor"), OLD) == Reason(3, 'the limit "Calm" does not cut it any more')


def test_otherwise_may_give_it_no_more_or_not_be_needed_any_more(reason, person):
    nobody = person()
    assert reason(OLD, OLD.replace("{support: viewer}", "none"), "support", nobody) == Reason(
        1, "`otherwise` does not give support any more"
    )
    everyone = OLD.replace("rules:\n", "rules:\n  - {name: All, when: {everyone: true}, grant: {billing: viewer}}\n")
    assert reason(OLD, everyone, "support", nobody) == Reason(3, 'the rule "All" gives something, so `otherwise` does not')


def test_a_gain_names_the_rule_and_whether_it_is_new(reason, person):
    assert reason(None, OLD) == Reason(3, '"Platform" is new')
    assert reason("rules: []\n", OLD) == Reason(3, '"Platform" is new')
    wider = OLD.replace("group: platform", "group: [platform, ops]")
    assert reason(OLD, wider, who=person("ops")) == Reason(3, '"Platform" gives admin')
    assert reason("rules: []\n", OLD, "support", person()) == Reason(5, "`otherwise` gives viewer")
