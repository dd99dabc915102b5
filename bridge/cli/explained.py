"""An explanation as text: counts and roles first, then the reasons; of a what-if, first what would change."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bridge.answers.explain import NEXT, Explained, Row, Told
from bridge.answers.whatif import Turn, WhatIf
from bridge.cli import desk
from bridge.counted import many
from bridge.people.grant import State
from mappings.explain import Explanation, LimitVerdict

NEAREST = 3  # misses shown per account; --all shows every one
_AS_IT_WAS = "Nothing has been changed."


def now(found: Explained, signed_in: str, everything: bool) -> list[str]:
    """One person as they are. `signed_in` is a few words or nothing."""
    lines = [*_heads(found, signed_in), f"  {_counts(found)}", *_troubles(found.person)]
    if found.workspaces:
        rows = [("workspace", "decided", "in Clerk", "because")]
        rows += [(row.workspace, row.decided or "-", row.in_clerk or "-", _because(row)) for row in found.workspaces]
        lines += desk.columns(rows)
        lines += _next_steps(found.workspaces)
    return lines + _reasons(found, everything)


def then(found: Explained, what: WhatIf, everything: bool) -> list[str]:
    """One person as they would be: what would change, what would not, and why."""
    asked = [*what.ifs, *([f"{what.file} were in service"] if what.file else [])]
    changes, same = len(what.changes), len(what.turns) - len(what.changes)
    verdict = f"{many(changes, 'workspace changes', 'workspaces change')}, {same} {'does' if same == 1 else 'do'} not"
    lines = [*_heads(found, ""), f"  if {', '.join(asked)}: {verdict}. {_AS_IT_WAS}", *_troubles(what.then.person)]
    lines += [f"  note    {note}" for note in what.notes]
    if what.turns:
        rows = [("workspace", "now", "then", "", "why")]
        rows += [(turn.workspace, turn.now or "-", turn.then or "-", turn.kind, _why(turn)) for turn in what.turns]
        lines += desk.columns(rows)
    if any(turn.kind in {"loses", "lowered"} for turn in what.turns):
        lines.append("  what is lost waits until it has settled, and counts for the brake: it may be held")
    return [*lines, "  as it would be:", *_reasons(what.then, everything)]


def _heads(found: Explained, signed_in: str) -> list[str]:
    clerk = f"Clerk user {found.person['clerk_user']}" if found.person["clerk_user"] else "no Clerk user yet"
    parts = [clerk, *([signed_in] if signed_in else [])]
    return ["   ".join([_called(account), f"{account.connection}, {account.state}", *parts]) for account in found.accounts]


def _called(account: Told) -> str:
    return f"{account.display or account.email or account.subject} <{account.email or 'no address'}>"


def _counts(found: Explained) -> str:
    states = Counter(row.state.replace("_", " ") for row in found.workspaces)
    if not states:
        return "no workspace"
    return f"{many(len(found.workspaces), 'workspace')}: " + ", ".join(f"{n} {state}" for state, n in states.most_common())


def _troubles(person: Mapping[str, Any]) -> Iterator[str]:
    if person["revoked"]:
        yield f"  revoked by {person['revoked_by']} at {desk.clock_of(person['revoked'])}: revoke --give-back ends that"
    if person["conflict"]:
        yield f"  conflict: {person['conflict']}: nothing is given or taken meanwhile; {NEXT[State.CONFLICT]}"
    elif person["barrier"]:
        yield f"  outside: no account may speak for its address; {NEXT[State.OUTSIDE_DOMAINS]}"
    if person["problem"]:
        yield f"  last problem: {person['problem']['sentence']}"
    if person["due"]:
        yield f"  due: {person['cause']}"


def _because(row: Row) -> str:
    if row.decided is None:
        since = f"ended at {desk.clock_of(row.since)}; " if row.in_clerk and row.because else ""
        return since + _cause(row)
    reasons = "; ".join(_reason(one) for one in row.because)
    cut = "".join(f"; cut by {_reason(one)}" for one in row.cut)
    since = f", since {desk.clock_of(row.since)}"
    state = "" if row.state == "granted" else f"; {row.state}: {_cause(row)}" if row.cause else f"; {row.state}"
    return reasons + cut + since + state


def _reason(one: Mapping[str, Any]) -> str:
    return f'line {one["line"]} "{one["rule"]}" <- {", ".join(one["facts"])}'


def _cause(row: Row) -> str:
    cause = row.cause or row.state.replace("_", " ")
    if row.state == "held":
        return f"its removal {cause}: inferpipe-bridge hold show {cause.rpartition(' ')[2]}"
    return cause


def _next_steps(rows: Sequence[Row]) -> list[str]:
    """What ends each state that isn't `granted`, once per state."""
    said = {State.CONFLICT, State.OUTSIDE_DOMAINS}  # of the whole person
    steps = dict.fromkeys((row.state, row.next) for row in rows if row.next and row.state not in said)
    return [f"  {state.replace('_', ' ')}: {step}" for state, step in steps]


def _why(turn: Turn) -> str:
    """The reasons, and what would come of it where that is not simply done."""
    comes = turn.state not in {None, "granted", "pending"} or (turn.cause or "").startswith("observe")
    outcome = [f"{(turn.state or '').replace('_', ' ')}: {turn.cause}"] if comes and turn.cause else []
    return "; ".join([*turn.why, *outcome]) or "-"


def _reasons(found: Explained, everything: bool) -> list[str]:
    several = len(found.accounts) > 1
    lines: list[str] = []
    for account in found.accounts:
        lines += [f"  {account.connection}, {_called(account)}"] if several else []
        lines += _account(account, everything)
    return lines


def _account(account: Told, everything: bool) -> list[str]:
    rules = account.rules
    if rules is None:
        return [f"  {account.connection}: no rules decide about this account now: {account.problem}"]
    lines = [f"  rules   {_tally(account, rules)}"]
    lines += [f"  groups  {rules.groups}", f"  facts   {rules.attributes}"]
    lines += [f"  note    {note}" for note in rules.decision.notes]
    lines += _denied(rules)
    if rules.matched:
        matched = [(_place(one.line, one.rule), _gives(one.gives), f"<- {one.why}") for one in rules.matched]
        lines += ["  matched", *desk.columns(matched, indent="    ")]
    missed = _some(rules.missed, everything)
    if missed:
        lines.append(f"  not matched, nearest first{_more(missed, rules.missed)}")
        lines += desk.columns([(_place(one.line, one.rule), _gives(one.gives), one.why) for one in missed], indent="    ")
    limits = [one for one in rules.limits if one.concerns]
    limits += _some([one for one in rules.limits if not one.concerns], everything)
    if limits:
        lines.append(f"  limits{_more(limits, rules.limits)}")
        lines += desk.columns([(_place(one.line, one.limit), _cuts(one)) for one in limits], indent="    ")
    return lines


def _tally(account: Told, rules: Explanation) -> str:
    matching, cutting = len(rules.matched), sum(bool(limit.cuts) for limit in rules.limits)
    version = f"version {account.version}, in service since {desk.clock_of(account.taken or 0)}"
    date = rules.decision.next_change_at
    parts = [
        f"{many(matching, 'rule')} of {len(rules.verdicts):,} {'matches' if matching == 1 else 'match'}",
        f"{many(cutting, 'limit')} of {len(rules.limits):,} {'cuts' if cutting == 1 else 'cut'} something"
        if rules.limits
        else "",
        version if account.version else "a file that is not in service",
        f"a date changes it on {date:%Y-%m-%d}" if date else "",
        f"what the last sign-in told counts until {desk.clock_of(account.lapses)}" if account.lapses else "",
    ]
    return "; ".join(part for part in parts if part)


def _denied(rules: Explanation) -> list[str]:
    """What a limit took away whole has no row of its own."""
    return [
        f"  denied  {alias}: {grant.given} by rules, nothing after the limits"
        for alias, grant in rules.decision.denied.items()
    ]


def _cuts(limit: LimitVerdict) -> str:
    if not limit.concerns:
        return f"does not concern them: {limit.why}"
    if not limit.cuts:
        return f"cuts nothing: {limit.why}"
    cuts = ", ".join(f"{cut.workspace} {cut.from_role} -> {cut.to_role or 'none'}" for cut in limit.cuts)
    return f"cuts {cuts} <- {limit.why}"


def _some(verdicts: Sequence[Any], everything: bool) -> list[Any]:
    return list(verdicts if everything else verdicts[:NEAREST])


def _more(shown: Sequence[Any], there: Sequence[Any]) -> str:
    return "" if len(shown) == len(there) else f" ({len(there) - len(shown)} more with --all)"


def _place(line: int, name: str) -> str:
    return f'line {line} "{name}"'


def _gives(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{alias}: {role}" for alias, role in pairs)
