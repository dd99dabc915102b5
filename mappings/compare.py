"""PURE: two versions of one connection's rules about one person: why does a workspace come, go or change its role?

The sentence names no person, so that everybody with the same cause can be counted together.
"""

from dataclasses import dataclass
from datetime import datetime

from mappings.conditions import InGroup, leaves
from mappings.decide import Because, Decision, Grant, biting
from mappings.facts import Facts
from mappings.identity import Identity
from mappings.ruleset import Rule, Ruleset

NOTHING = Decision({})


@dataclass(frozen=True, slots=True)
class Reason:
    """`line` of the new file, 0 where it has none. `asks`: the groups by name whose absence it is."""

    line: int
    text: str
    asks: tuple[str, ...] = ()


class Comparison:
    """`old` None: nothing was in service."""

    def __init__(self, old: Ruleset | None, new: Ruleset) -> None:
        self._old = old
        self._new = new
        self._old_rules = {rule.name: rule for rule in old.rules} if old else {}
        self._new_rules = {rule.name: rule for rule in new.rules}

    def reason(
        self, identity: Identity, alias: str, before: Decision | None, after: Decision | None, now: datetime
    ) -> Reason | None:
        """Why one person's role in a workspace differs between both; None: it does not."""
        was, is_ = (before or NOTHING).grants.get(alias), (after or NOTHING).grants.get(alias)
        if was is not None and (is_ is None or is_.role < was.role):
            return self._lost(Facts(identity), alias, was, is_, after or NOTHING, now)
        if is_ is not None and (was is None or is_.role > was.role):
            return self._gained(alias, was, is_)
        return None

    def _lost(self, facts: Facts, alias: str, was: Grant, now_has: Grant | None, after: Decision, now: datetime) -> Reason:
        cut = (now_has or after.denied.get(alias) or was).cut if now_has or alias in after.denied else ()
        if cut:
            return self._cut(cut[0], alias, facts)
        because = was.because[0]
        if because.rule == "otherwise" and because.rule not in self._new_rules:
            return self._otherwise(alias, after)
        rule = self._new_rules.get(because.rule)
        if rule is None:
            return Reason(0, f'the rule "{because.rule}" is not in the file any more')
        return self._given_up(rule, facts, alias, now_has, now)

    def _cut(self, cut: Because, alias: str, facts: Facts) -> Reason:
        limit = next(one for one, _ in biting(facts, self._new) if one.name == cut.rule)
        most = f"{limit.at_most} at most" if limit.at_most else "nothing"
        return Reason(cut.line, f'the limit "{cut.rule}" allows {most}')

    def _otherwise(self, alias: str, after: Decision) -> Reason:
        given = next((grant.because[0] for grant in after.grants.values() if grant.because), None)
        if given is not None and given.rule != "otherwise":
            return Reason(given.line, f'the rule "{given.rule}" gives something, so `otherwise` does not')
        return Reason(self._new.otherwise_line, f"`otherwise` does not give {alias} any more")

    def _given_up(self, rule: Rule, facts: Facts, alias: str, now_has: Grant | None, now: datetime) -> Reason:
        told = f'"{rule.name}"'
        if rule.disabled is not None:
            return Reason(rule.line, f"{told} is disabled: {rule.disabled}")
        if rule.when.holds(facts) is None:
            return Reason(rule.line, f"{told} asks for more: {rule.when.why_not(facts)}", _asked(rule, facts))
        if not rule.period.covers(now):
            return Reason(rule.line, f"{told} counts only {rule.period}")
        given = f"gives {now_has.role} there now" if now_has is not None else f"does not give {alias} any more"
        return Reason(rule.line, f"{told} {given}")

    def _gained(self, alias: str, was: Grant | None, has: Grant) -> Reason:
        because = has.because[0]
        if was is not None and was.cut and not has.cut:
            return Reason(because.line, f'the limit "{was.cut[0].rule}" does not cut it any more')
        told = "`otherwise`" if because.rule == "otherwise" else f'"{because.rule}"'
        if because.rule != "otherwise" and because.rule not in self._old_rules:
            return Reason(because.line, f"{told} is new")
        return Reason(because.line, f"{told} gives {has.role}")


def _asked(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """The groups that a rule asks for by their names and that somebody is not in."""
    return tuple(
        asked.written
        for leaf in leaves(rule.when)
        if isinstance(leaf, InGroup)
        for asked in leaf.asked
        if asked.id is None and asked.group(facts) is None
    )
