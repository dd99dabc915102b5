"""What `decide` costs for one person: by exact group names, with all of them named by rules, and with rules of every kind.

Rules that name other groups must cost nothing: so ten times as many of them are tried, too.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bench.report import Report, say, table
from mappings.check import check
from mappings.conditions import InGroup
from mappings.decide import decide
from mappings.identity import GroupFact, Identity
from mappings.roles import Role
from mappings.ruleset import Ruleset, Scope, indexed

RULES = 5_000
GROUPS = 50  # of one person
MOST_SECONDS, MOST_MICROSECONDS, MOST_GROWTH = 2.0, 100.0, 1.1
ROUNDS, TIMES = 15, 200
_SCOPE = Scope("acme", dict.fromkeys(("production", "billing", "research"), Role.OWNER), wildcard=Role.ADMIN)
_NOW = datetime(2026, 11, 25, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Rules:
    """A checked file and the CPU seconds that took."""

    ruleset: Ruleset
    seconds: float


def decisions(report: Report) -> None:
    """Measure and print; what a bar is missed by goes to `report`."""
    say("deciding by 500, 5,000 and 50,000 rules")
    some, few = _checked(_by_group(RULES)), _checked(_by_group(RULES // 10)).ruleset
    mixed = _checked(_mixed(RULES))
    three, every, files = _person(named=3), _person(named=GROUPS), (few, some.ruleset, _tenfold(some.ruleset))
    costs = _costs([*((three, file) for file in files), *((every, file) for file in files), (_colleague(), mixed.ruleset)])
    growth = max(costs[1] / costs[0], costs[2] / costs[1], costs[4] / costs[3], costs[5] / costs[4])
    rows = [
        _judged(report, f"{RULES} rules loaded and checked, s of CPU", some.seconds, MOST_SECONDS, 2),
        _judged(report, f"decide, 3 of {GROUPS} groups named by rules, us of CPU", costs[1], MOST_MICROSECONDS, 0),
        _judged(report, f"decide, all {GROUPS} named, us of CPU", costs[4], MOST_MICROSECONDS, 0),
        _judged(report, "decide, ten times the rules for other groups, times as much", growth, MOST_GROWTH, 2),
        (f"{RULES} rules of every kind loaded and checked, s of CPU", f"{mixed.seconds:.2f}", "", ""),
        ("decide by them, us of CPU", f"{costs[6]:.0f}", "", ""),
    ]
    table(("one person's decision", "measured", "bar", ""), rows)


def _judged(report: Report, what: str, measured: float, bar: float, digits: int) -> tuple[str, ...]:
    holds = report.must(measured <= bar, f"{what}: {measured:.{digits}f}, not {bar:g}")
    return what, f"{measured:.{digits}f}", f"{bar:g}", "ok" if holds else "MISSED"


def _costs(cases: Sequence[tuple[Identity, Ruleset]]) -> list[float]:
    """Microseconds of CPU a decision: the least of many rounds, all cases in turn, so that other work tells less."""
    rounds = [[_once(who, ruleset) for who, ruleset in cases] for _ in range(ROUNDS)]
    return [min(measured) for measured in zip(*rounds, strict=True)]


def _once(who: Identity, ruleset: Ruleset) -> float:
    began = time.process_time()
    for _ in range(TIMES):
        decide(who, ruleset, _NOW)
    return (time.process_time() - began) / TIMES * 1e6


def _checked(rules: Iterator[str]) -> Rules:
    text = "connection: acme\nrules:\n" + "".join(f"  - {rule}\n" for rule in rules)
    began = time.process_time()
    checked = check(text, "bench.yaml", _SCOPE, _NOW)
    seconds = time.process_time() - began
    if checked.ruleset is None or not checked.ok:
        raise RuntimeError("\n".join(map(str, checked.problems)))
    return Rules(checked.ruleset, seconds)


def _tenfold(ruleset: Ruleset) -> Ruleset:
    """A file of so many rules would be refused for its size; so the same rules are compiled for ten times the groups."""
    places = [(rule, rule.place + copy * RULES) for copy in range(10) for rule in ruleset.rules]
    rules = [replace(rule, name=f"r{place}", place=place, when=InGroup((f"g{place}",))) for rule, place in places]
    return indexed(ruleset.file, ruleset.scope, tuple(rules), (), {}, 1, {})


def _by_group(count: int) -> Iterator[str]:
    for n in range(count):
        yield f"{{name: r{n}, when: {{group: g{n}}}, grant: {{production: viewer}}}}"


def _mixed(count: int) -> Iterator[str]:
    """As customers write them: mostly one group, some lists, attributes, dates, exclusions, and a few naming conventions."""
    for n in range(count):
        yield f"{{name: r{n}, when: {_whens(n)}, grant: {{{('production', 'billing', 'research')[n % 3]}: viewer}}}}"
    for n in range(count // 500):
        when = f"{{group_like: 'app{n}-{{workspace}}-{{role}}'}}"
        yield f"{{name: by name {n}, when: {when}, grant: {{'{{workspace}}': '{{role}}'}}}}"


def _whens(n: int) -> str:
    kinds = (
        f"{{group: g{n}}}",
        f"{{group: [g{n}, h{n}, i{n}]}}",
        f"{{group: g{n}, attribute: {{userType: Employee}}}}",
        f"{{attribute: {{costCenter: '{n}'}}}}",
        f"{{any: [{{group: g{n}}}, {{all: [{{group: h{n}}}, {{attribute: {{title: {{like: '*Lead*'}}}}}}]}}]}}",
        f"{{group: g{n}, attribute: {{userType: {{present: true}}}}, not: {{attribute: {{userType: Contractor}}}}}}",
        f"{{attribute: {{department: d{n}}}, email_domain: acme.example}}",
    )
    return kinds[n % len(kinds)] if n % 3 == 0 else kinds[0]


def _person(named: int) -> Identity:
    """Somebody in so many groups that every file names, and in others."""
    names = [*(f"other{n}" for n in range(GROUPS - named)), *(f"g{n}" for n in range(named))]
    return Identity("a@acme.example", tuple(GroupFact(name) for name in names))


def _colleague() -> Identity:
    """Somebody with attributes, in groups of every kind."""
    names = [*(f"other{n}" for n in range(35)), *(f"g{n}" for n in range(0, 70, 7)), "h12", "h39"]
    names += ["app1-production-editor", "app2-vision-viewer", "app3-research-admin"]
    sent = {"userType": "Employee", "department": "d6", "costCenter": "24", "title": "Lead Engineer", "country": "DE"}
    return Identity("a@acme.example", tuple(map(GroupFact, names)), {name: (value,) for name, value in sent.items()})
