"""What must hold for all rules and all people: found by trying many."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import yaml
from hypothesis import given
from hypothesis import strategies as st

from mappings.check import check
from mappings.decide import decide
from mappings.facts import Facts
from mappings.identity import GroupFact, Identity
from mappings.pages import USELESS
from mappings.roles import Role
from mappings.ruleset import Scope
from tests.support.examples import examples

ALIASES = ["production", "billing", "data-science"]
ROLES = ["owner", "admin", "editor", "viewer"]
GROUPS = ["a", "b", "team-x", "app-production-admin", "app-billing-viewer", "app-data-science-editor"]
BOUND = {"b": "id-b", "team-x": "id-team-x"}  # some names are bound to ids
SCOPE = Scope("acme", dict.fromkeys(ALIASES, Role.OWNER))
slowly = examples(40)
NOW = datetime(2026, 11, 24, tzinfo=UTC)

PATTERNS = [{"group_like": "app-*"}, {"group_like": "*a*"}, {"group_regex": "team-."}, {"everyone": True}]
ATTRIBUTES = [{"attribute": {"title": "Lead"}}, {"attribute": {"title": {"present": True}}}]
DOMAINS = [{"email_domain": "acme.com"}, {"email_domain": ["elsewhere.org", "other.org"]}]

group = st.sampled_from(GROUPS)
role = st.sampled_from(ROLES)
fact = st.one_of(
    group.map(lambda name: {"group": name}),
    st.lists(group, min_size=1, max_size=3).map(lambda names: {"group": names}),
    st.sampled_from(PATTERNS),
    st.sampled_from(ATTRIBUTES),
    st.sampled_from(DOMAINS),
)
positive = st.recursive(
    fact,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
    ),
    max_leaves=4,
)
condition = st.recursive(positive, lambda inner: inner.map(lambda part: {"everyone": True, "not": part}), max_leaves=3)
grant = st.dictionaries(st.sampled_from(ALIASES), role, min_size=1)
day = st.dates(date(2026, 11, 22), date(2026, 11, 26))
captured = st.just({"when": {"group_like": "app-{workspace}-{role}"}, "grant": {"{workspace}": "{role}"}})


def rule(when):
    plain = st.fixed_dictionaries(
        {"when": when, "grant": grant}, optional={"from": st.just(date(2026, 11, 1)), "until": day}
    )
    return st.one_of(plain, captured)


limit = st.fixed_dictionaries(
    {"when": condition, "at_most": st.sampled_from([*ROLES, "none"])},
    optional={"in": st.lists(st.sampled_from(ALIASES), min_size=1, unique=True)},
)
personal_limit = st.fixed_dictionaries(
    {"when": st.just({"attribute": {"title": "Lead"}}), "at_most": st.sampled_from(ROLES)}
)
otherwise = st.one_of(st.just("none"), grant)
groups = st.lists(group, unique=True)
titles = st.sampled_from([{}, {"title": ("Lead",)}, {"title": ("Member",)}])


def named(entries: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    return [{"name": f"entry {at}", **entry} for at, entry in enumerate(entries)]


def grants(rules, limits, other, names, title):
    """Who gets what, by the file as text: the whole way from YAML to roles."""
    entries = {"rules": named(rules), "limits": named(limits), "otherwise": other}
    file = {"connection": "acme", "groups": BOUND, **entries}
    found = check(yaml.safe_dump(file, sort_keys=False), "acme.yaml", SCOPE, NOW)
    wrong = [str(one) for one in found.problems if one.severity == "error" and one.see != USELESS]
    assert wrong == [], "a rule that never holds is an error, but all laws hold for it too"
    return {alias: given.role for alias, given in decide(mia(names, title), found.ruleset, NOW).grants.items()}


def mia(names, title):
    return Identity("mia@acme.com", tuple(GroupFact(name, f"id-{name}") for name in names), title)


@slowly
@given(st.lists(rule(positive), max_size=5), st.lists(personal_limit, max_size=2), groups, groups, titles)
def test_more_groups_never_mean_less_where_nothing_takes_away_by_group(rules, limits, some, more, title):
    less = grants(rules, limits, "none", some, title)
    grown = grants(rules, limits, "none", list(dict.fromkeys([*some, *more])), title)
    assert all(grown.get(alias, 0) >= role for alias, role in less.items())


@slowly
@given(st.data(), st.lists(rule(condition), max_size=5), st.lists(limit, max_size=3), otherwise, groups, titles)
def test_the_order_of_entries_and_groups_never_matters(data, rules, limits, other, names, title):
    mixed = [data.draw(st.permutations(entries)) for entries in (rules, limits, names)]
    assert grants(rules, limits, other, names, title) == grants(mixed[0], mixed[1], other, mixed[2], title)


@slowly
@given(st.lists(rule(condition), max_size=5), st.lists(limit, max_size=3), otherwise, groups, titles, grant, condition)
def test_adding_an_unrelated_rule_changes_nobody(rules, limits, other, names, title, given_too, beside):
    unrelated = {"when": {"all": [{"group": "nobody-is-in-it"}, beside]}, "grant": given_too}
    assert grants([*rules, unrelated], limits, other, names, title) == grants(rules, limits, other, names, title)


@slowly
@given(st.lists(rule(condition), max_size=5), st.lists(limit, max_size=3), otherwise, groups, titles, limit)
def test_a_limit_never_gives_anything(rules, limits, other, names, title, another):
    before = grants(rules, limits, other, names, title)
    after = grants(rules, [*limits, another], other, names, title)
    assert all(alias in before and role <= before[alias] for alias, role in after.items())


@slowly
@given(st.lists(rule(condition), max_size=5), otherwise, groups, titles)
def test_the_index_meets_every_rule_that_holds(rules, other, names, title):
    """An index that forgot a rule would differ from asking every rule, those of one fact each among them."""
    alone = [{"group": name} for name in GROUPS] + PATTERNS + ATTRIBUTES + DOMAINS
    every = [*rules, *({"when": when, "grant": {"production": "viewer"}} for when in alone)]
    file = {"connection": "acme", "groups": BOUND, "rules": named(every), "otherwise": other}
    ruleset = check(yaml.safe_dump(file), "acme.yaml", SCOPE, NOW).ruleset
    facts = Facts(mia(names, title))
    met = {rule.place for rule in ruleset.candidates(facts)}
    assert {rule.place for rule in ruleset.rules if rule.when.holds(facts)} <= met
