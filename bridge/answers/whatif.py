"""What would other facts or another file change for one person? Now and then, workspace by workspace, with what makes the
difference. Nothing is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from bridge.answers.explain import Explained, Row, Told, explain
from bridge.answers.imagined import If, Imagined
from bridge.rulebook import Rules, Supposed
from bridge.rulebook.proposals import Proposal
from bridge.rulebook.rulebook import Version
from bridge.settings import Settings
from mappings.roles import Role
from scim.ports import Tx

Kind = Literal["gains", "raised", "lowered", "loses", "unchanged"]
_RANKS: Mapping[str | None, int] = {str(role): int(role) for role in Role}


@dataclass(frozen=True, slots=True)
class Turn:
    """One workspace: the role `now`, and the one `then`. `why`: sentences; `state`, `cause`: what would come of it."""

    workspace: str
    kind: Kind
    now: str | None
    then: str | None
    in_clerk: str | None
    state: str | None
    cause: str | None
    why: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "kind": self.kind,
            "now": self.now,
            "then": self.then,
            "in_clerk": self.in_clerk,
            "state": self.state,
            "cause": self.cause,
            "why": list(self.why),
        }


@dataclass(frozen=True, slots=True)
class WhatIf:
    """`turns`: what would change first. `then`: everything as it would be. `notes`: what to know about the question."""

    ifs: tuple[str, ...]
    file: str | None
    notes: tuple[str, ...]
    turns: tuple[Turn, ...]
    then: Explained

    @property
    def changes(self) -> tuple[Turn, ...]:
        return tuple(turn for turn in self.turns if turn.kind != "unchanged")

    def as_dict(self) -> dict[str, Any]:
        return {
            "if": list(self.ifs),
            "file": self.file,
            "notes": list(self.notes),
            "workspaces": [turn.as_dict() for turn in self.turns],
            "then": self.then.as_dict(),
        }


def what_if(
    tx: Tx,
    settings: Settings,
    rules: Rules,
    person: int,
    before: Explained,
    ifs: Sequence[If],
    file: Proposal | None,
    *,
    now: int,
) -> WhatIf:
    """The difference to `before`, with `ifs` true and `file`, which has no errors, in service."""
    supposed = _supposed(rules, file)
    imagined = Imagined(tx, settings, supposed, ifs)
    then = explain(tx, settings, supposed, person, now=now, imagine=imagined)
    assert then is not None, "whoever is explained is there in the same snapshot"
    notes = [*imagined.notes, *_strangers(file, then), *_without_effect(then)]
    return WhatIf(tuple(one.text for one in ifs), file.file if file else None, tuple(notes), _turns(before, then), then)


def _supposed(rules: Rules, file: Proposal | None) -> Rules:
    if file is None:
        return rules
    assert file.checked.ruleset is not None, "a file without errors has rules"
    return Supposed(rules, {file.connection: Version(0, file.checked.ruleset, 0)})


def _strangers(file: Proposal | None, then: Explained) -> list[str]:
    if file is None or file.connection in {account.connection for account in then.accounts}:
        return []
    return [f"{file.file} is for {file.connection}, in which this person has no account: it changes nothing here"]


def _without_effect(then: Explained) -> list[str]:
    """What keeps every supposition from having any."""
    if then.person["revoked"]:
        return [f"revoked by {then.person['revoked_by']}: nothing is given whatever the rules say"]
    quiet = [one for one in then.accounts if one.state != "active" or one.problem]
    return [f"{one.connection}: {one.problem or f'the account is {one.state}'}, so it gets nothing" for one in quiet]


def _turns(before: Explained, then: Explained) -> tuple[Turn, ...]:
    names = {row.workspace for one in (before, then) for row in one.workspaces}
    turns = [_turn(name, before, then) for name in names]
    return tuple(sorted(turns, key=lambda turn: (turn.kind == "unchanged", turn.workspace)))


def _turn(workspace: str, before: Explained, then: Explained) -> Turn:
    old, new = (_row(one, workspace) for one in (before, then))
    was, will = _role(old, before), _role(new, then)
    row = new or old
    assert row is not None, "one of both has it"
    why = _reasons(new) if new is not None and will is not None else _missing(old, then)
    state, cause = (new.state, new.cause) if new is not None else (None, None)
    return Turn(workspace, _kind(was, will), was, will, row.in_clerk, state, cause, why)


def _row(explained: Explained, workspace: str) -> Row | None:
    return next((row for row in explained.workspaces if row.workspace == workspace), None)


def _role(row: Row | None, explained: Explained) -> str | None:
    """The role that somebody is to have: in a conflict what they have, outside the domains none, else what is decided."""
    if row is None or explained.person["barrier"] == "outside_domains":
        return None
    return row.in_clerk if explained.person["barrier"] == "conflict" else row.decided


def _kind(was: str | None, will: str | None) -> Kind:
    if was == will:
        return "unchanged"
    if was is None or will is None:
        return "gains" if was is None else "loses"
    return "raised" if _RANKS.get(will, 0) > _RANKS.get(was, 0) else "lowered"


def _reasons(row: Row) -> tuple[str, ...]:
    given = [f'line {one["line"]} "{one["rule"]}" <- {", ".join(one["facts"])}' for one in row.because]
    return (*given, *(f'cut by line {one["line"]} "{one["rule"]}" <- {", ".join(one["facts"])}' for one in row.cut))


def _missing(old: Row | None, then: Explained) -> tuple[str, ...]:
    """Why what gave a role gives it no more."""
    if then.person["barrier"] == "outside_domains":
        return tuple(
            f"{one.facts.email or 'no address'} is outside the domains of {one.connection}"
            for one in then.accounts
            if one.facts
        )
    accounts = {account.connection: account for account in then.accounts}
    reasons = old.because if old is not None and old.decided is not None else ()
    return tuple(dict.fromkeys(_gone(one, accounts[one["connection"]]) for one in reasons if one["connection"] in accounts))


def _gone(because: Mapping[str, Any], account: Told) -> str:
    rule, alias = because["rule"], because["alias"]
    if account.rules is None:
        return account.problem or f"{account.connection} decides nothing"
    denied = account.rules.decision.denied.get(alias)
    if denied is not None:
        return "; ".join(f'line {cut.line} "{cut.rule}" leaves nothing <- {", ".join(cut.facts)}' for cut in denied.cut)
    found = next((verdict for verdict in account.rules.verdicts if verdict.rule == rule), None)
    if found is None:
        return "otherwise is for whom no rule gave anything" if rule == "otherwise" else f'"{rule}" is in the file no more'
    if not found.matched:
        return f'line {found.line} "{rule}": {found.why}'
    return f'line {found.line} "{rule}" gives it no more'
