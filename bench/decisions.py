"""What `decide` costs for one person of many groups, with rules that nearly all name others."""

import time
from datetime import UTC, datetime

from mappings.check import check
from mappings.decide import decide
from mappings.identity import GroupFact, Identity
from mappings.roles import Role
from mappings.ruleset import Ruleset, Scope

TIMES = 2_000


def decisions(rules: int = 5_000, groups: int = 50, named: int = 3) -> str:
    """One line of figures, CPU alone."""
    began = time.process_time()
    ruleset = _ruleset(rules)
    loaded = time.process_time() - began
    facts = tuple(GroupFact(f"other{n}") for n in range(groups - named)) + tuple(GroupFact(f"g{n}") for n in range(named))
    identity, now = Identity("a@acme.example", facts), datetime.now(UTC)
    began = time.process_time()
    for _ in range(TIMES):
        decide(identity, ruleset, now)
    each = (time.process_time() - began) / TIMES * 1e6
    person = f"a person in {groups} groups, {named} of them named by rules"
    return f"{rules} rules: check {loaded:.2f} s, decide {each:.0f} us of CPU for {person}"


def _ruleset(rules: int) -> Ruleset:
    text = "connection: acme\nrules:\n" + "".join(
        f"  - {{name: r{n}, when: {{group: g{n}}}, grant: {{production: viewer}}}}\n" for n in range(rules)
    )
    checked = check(text, "bench.yaml", Scope("acme", {"production": Role.OWNER}), datetime.now(UTC))
    if checked.ruleset is None:
        raise RuntimeError("\n".join(map(str, checked.problems)))
    return checked.ruleset
