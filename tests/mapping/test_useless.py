"""Rules that do nothing: what is claimed of them is true for everybody, and nothing is claimed that is not."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mappings.check import check
from mappings.decide import decide
from mappings.facts import Facts
from mappings.identity import GroupFact, Identity
from mappings.logic import everything, follows, ways
from mappings.pages import USELESS
from mappings.roles import Role
from mappings.ruleset import Ruleset, Scope
from mappings.useless import LOOKS
from tests.support.examples import examples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SCOPE = Scope("acme", dict.fromkeys(["production", "billing"], Role.OWNER))
GROUPS = ["a", "b", "bound", "team-x"]
slowly = examples(40)

fact = st.one_of(
    st.lists(st.sampled_from(GROUPS), min_size=1, max_size=2, unique=True).map(lambda names: {"group": names}),
    st.sampled_from([{"group_like": "a"}, {"group_like": "team-*"}, {"group_regex": "team-."}, {"everyone": True}]),
    st.lists(st.sampled_from(["lead", "head"]), min_size=1, unique=True).map(lambda found: {"attribute": {"title": found}}),
    st.sampled_from([{"attribute": {"title": {"present": True}}}, {"attribute": {"title": {"present": False}}}]),
    st.sampled_from([{"email": "x@acme.com"}, {"email": "*@acme.de"}, {"email_domain": ["acme.com", "acme.de"]}]),
    st.sampled_from([{"email_domain": "acme.de"}, {"source": "assertion"}, {"source": ["directory", "assertion"]}]),
)
condition = st.recursive(
    fact,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=5,
)
person = st.builds(
    lambda groups, twins, titles, email, sources: Identity(
        email,
        tuple(GroupFact(name, "id-1" if name == "bound" else None, twin=name in twins) for name in groups),
        {"title": tuple(titles)} if titles else {},
        frozenset(sources),
    ),
    st.lists(st.sampled_from(GROUPS), unique=True),
    st.sets(st.sampled_from(GROUPS), max_size=1),
    st.lists(st.sampled_from(["Lead", "Head", "Other"]), max_size=2, unique=True),
    st.sampled_from([None, "x@acme.com", "y@acme.com", "y@acme.de", "z@other.example"]),
    st.sets(st.sampled_from(["directory", "assertion"]), min_size=1),
)


def mapping(*whens: object, roles: Sequence[str] = ()) -> str:
    """A file with a rule a line, beginning in line 4."""
    return "connection: acme\ngroups: {bound: id-1}\nrules:\n" + "".join(
        "- "
        + json.dumps({"name": f"rule {at}", "when": when, "grant": {"production": roles[at] if roles else "viewer"}})
        + "\n"
        for at, when in enumerate(whens)
    )


def compiled(*whens: object) -> Ruleset:
    ruleset = check(mapping(*whens), "acme.yaml", SCOPE, NOW).ruleset
    assert ruleset is not None
    return ruleset


@slowly
@given(condition, condition)
def test_a_condition_and_its_opposite_are_seen_never_to_hold(when, beside):
    assert not ways(compiled({"all": [when, beside], "not": when}).rules[0].when)


@slowly
@given(condition, condition, st.lists(person, min_size=8, max_size=8))
def test_what_can_never_hold_holds_for_nobody(one, other, people):
    when = compiled({"all": [one, other]}).rules[0].when
    assume(ways(when) == [])
    assert [who for who in people if when.holds(Facts(who)) is not None] == []


@slowly
@given(condition, condition, st.lists(person, min_size=8, max_size=8))
def test_who_meets_a_condition_meets_what_follows_from_it(when, weaker, people):
    one, other = (rule.when for rule in compiled(when, weaker).rules)
    found, weaker_ways = ways(one), ways(other)
    assume(found and weaker_ways and all(any(follows(everything(way), less) for less in weaker_ways) for way in found))
    for who in people:
        assert one.holds(Facts(who)) is None or other.holds(Facts(who)) is not None


@slowly
@given(
    st.lists(condition, min_size=2, max_size=3),
    st.lists(st.sampled_from(["viewer", "admin"]), min_size=3, max_size=3),
    st.lists(person, min_size=5, max_size=5),
)
def test_a_rule_that_another_gives_already_can_be_taken_out(whens, roles, people):
    found = check(mapping(*whens, roles=roles), "acme.yaml", SCOPE, NOW)
    spare = [one.line - 4 for one in found.problems if "already gives this" in one.message]
    assume(spare and found.ok)
    kept = [at for at in range(len(whens)) if at != spare[0]]
    without = mapping(*(whens[at] for at in kept), roles=[roles[at] for at in kept])
    assert [granted(found.ruleset, who) for who in people] == [
        granted(check(without, "acme.yaml", SCOPE, NOW).ruleset, who) for who in people
    ]


def granted(ruleset: Ruleset, who: Identity) -> dict[str, Role]:
    return {alias: grant.role for alias, grant in decide(who, ruleset, NOW).grants.items()}


@pytest.fixture(scope="session")
def said(checked: Callable) -> Callable[[str], list[str]]:
    """What is said about rules that do nothing."""
    return lambda body, **changes: [one.message for one in checked(body, **changes).problems if one.see == USELESS]


def rules(*written: str) -> str:
    return "rules:\n" + "".join(f"  - {{name: r{at}, {rule}}}\n" for at, rule in enumerate(written))


IN_G = "when: {group: g}, grant: {production: viewer}"
DIFFERENT = {
    "another workspace": rules(IN_G, "when: {group: g}, grant: {billing: viewer}"),
    "a higher role for a time": rules(IN_G, "when: {group: g}, grant: {production: admin}, until: 2027-01-01"),
    "another domain": rules(
        "when: {group: g, email_domain: acme.com}, grant: {production: viewer}",
        "when: {group: g, email_domain: acme.de}, grant: {production: viewer}",
    ),
    "groups that overlap": rules(
        "when: {group: [g, h]}, grant: {production: viewer}", "when: {group: [h, i]}, grant: {production: viewer}"
    ),
    "the other one is disabled": rules(
        "when: {everyone: true}, grant: {production: viewer}, disabled: later",
        "when: {group: h}, grant: {production: viewer}",
    ),
    "a value and a glob": rules(
        "when: {attribute: {title: Lead}}, grant: {production: viewer}",
        "when: {attribute: {title: {like: Lea*}}}, grant: {production: viewer}",
    ),
    "other words of one capture": rules(
        'when: {group_like: "x-{role}"}, captures: {role: [viewer]}, grant: {production: "{role}"}',
        'when: {group_like: "x-{role}"}, captures: {role: [admin]}, grant: {production: "{role}"}',
    ),
    "two values of one attribute": rules(
        "when: {all: [{attribute: {title: Lead}}, {attribute: {title: Head}}]}, grant: {production: viewer}"
    ),
    "some are excluded": rules("when: {group: g, not: {group: h}}, grant: {production: viewer}"),
    "one of two groups is excluded": rules("when: {group: [g, h], not: {group: h}}, grant: {production: viewer}"),
    "a limit cuts one of two workspaces": rules("when: {group: g}, grant: {production: viewer, billing: viewer}")
    + "limits: [{name: l, when: {everyone: true}, at_most: none, in: [billing]}]\n",
    "a limit is for some of its people": rules(IN_G)
    + "limits: [{name: l, when: {group: g, attribute: {title: Lead}}, at_most: none}]\n",
    "otherwise comes after": rules("when: {everyone: true}, grant: {production: viewer}, until: 2027-01-01")
    + "otherwise: {billing: viewer}\n",
}


@pytest.mark.parametrize("body", DIFFERENT.values(), ids=DIFFERENT)
def test_a_rule_that_makes_a_difference_is_left_in_peace(said, body):
    assert said(body) == []


def test_today_is_not_over_yet_in_the_connections_timezone(said):
    body = "rules: [{name: r, when: {group: g}, grant: {production: viewer}, until: 2026-11-24}]\n"
    last_minute, midnight = datetime(2026, 11, 25, 4, 59, tzinfo=UTC), datetime(2026, 11, 25, 5, tzinfo=UTC)
    assert said(body, now=last_minute, timezone="America/New_York") == []
    assert said(body, now=midnight, timezone="America/New_York") == ["this rule ended on 2026-11-24"]


@pytest.mark.parametrize(("until", "given"), [("2027-12-31", True), ("2028-01-01", False)])
def test_a_period_covers_only_what_lies_in_it(said, until, given):
    body = rules(f"{IN_G}, from: 2027-01-01, until: 2027-12-31", f"{IN_G}, from: 2027-02-01, until: {until}")
    assert said(body) == (["the rule 'r0' in line 3 already gives this"] if given else [])


def test_a_captured_rule_is_given_already_by_one_of_the_same_words_that_gives_more(said):
    body = """\
rules:
  - {name: a, when: {group_like: "x-{workspace}"}, grant: {"{workspace}": viewer, billing: admin}}
  - {name: b, when: {group_like: "X-{workspace}", group: g}, grant: {"{workspace}": viewer, billing: editor}}
"""
    assert said(body) == ["the rule 'a' in line 3 already gives this"]


def test_a_condition_with_too_many_ways_is_not_compared(said):
    either = [{"any": [{"group": f"a{n}"}, {"email": f"*{n}*"}]} for n in range(7)]
    assert ways(compiled({"all": either}).rules[0].when) is None
    assert said(rules(*[f"when: {json.dumps({'all': either})}, grant: {{production: viewer}}"] * 2)) == []


def test_many_rules_are_each_compared_with_few(said, monkeypatch):
    looks = []
    monkeypatch.setattr("mappings.useless._Giving.covers", lambda one, other: bool(looks.append(other)))
    own = "when: {{group: g{}, attribute: {{title: {{present: true}}}}}}, grant: {{production: viewer}}"
    said(rules(*(own.format(n) for n in range(400))))
    assert looks == []
    said(rules(*["when: {everyone: true}, grant: {production: viewer}"] * 400))
    assert len(looks) <= 400 * LOOKS < 400 * 400


def test_an_outside_domain_is_only_told_where_the_operators_domains_are_known(said):
    body = "rules: [{name: r, when: {email_domain: [ACME.com, other.example]}, grant: {production: viewer}}]\n"
    assert said(body) == []
    told = said(body, domains=frozenset({"acme.com"}))
    assert told == ["other.example is no domain of this connection, so nobody there gets anything"]
