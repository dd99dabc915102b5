"""Why does this person have these roles? Everything that led to them, as a value: accounts, facts, rules, states, holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bridge.answers import names
from bridge.answers.everybody import Places
from bridge.people.grant import Grant, State
from bridge.provisioning import situation
from bridge.provisioning.situation import Imagine, Known, Situation, as_they_are
from bridge.rulebook import Rules, Unusable, Version
from bridge.settings import Settings
from mappings.explain import Explanation
from mappings.explain import explain as explain_rules
from mappings.identity import Identity
from scim.ports import Tx

_KEPT = {State.HELD, State.RETAINED, State.BLOCKED, State.CONFLICT}  # judged by the brake or by Clerk, not by a plan
NEXT = {
    State.PENDING: "it is done by itself",
    State.HELD: "`inferpipe-bridge hold list` shows what waits; approve or discard it",
    State.RETAINED: "the connection's mode, a discarded hold or the last owner keeps it",
    State.LEFT_ALONE: "nothing: no rule has given it, so no rule takes it",
    State.BLOCKED: "it is tried again every minute; mend the workspace at Clerk, or the connection file",
    State.CONFLICT: "end one of the accounts in the IdP, or give it another address; or `inferpipe-bridge conflict list`",
    State.OUTSIDE_DOMAINS: "the operator adds the domain to the connection's `domains`, or another connection shares it",
    State.DRIFTED: "lowered or removed by hand at Clerk: that stands until the decision changes, or `drift --repair`",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One workspace. `decided`, `in_clerk` are our words for roles. `since`, epoch ms: of the decision.

    `cut`: the limits that lowered it, as `because` has rules. `next`: what ends a state that isn't `granted`.
    """

    workspace: str
    organization: str | None
    state: str
    decided: str | None
    in_clerk: str | None
    cause: str | None
    because: tuple[Mapping[str, Any], ...]
    cut: tuple[Mapping[str, Any], ...]
    since: int

    @property
    def next(self) -> str | None:
        return NEXT.get(State(self.state))

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "organization": self.organization,
            "state": self.state,
            "decided": self.decided,
            "in_clerk": self.in_clerk,
            "cause": self.cause,
            "next": self.next,
            "because": list(self.because),
            "cut": list(self.cut),
            "since": self.since,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """One account: what its directory says, and every rule about it. `rules` None: nothing decides about it, `problem` why.

    `version`: the number of the mapping version, 0 for a file that is not in service; `taken`: when it was, epoch ms.
    `lapses`: until when what the last sign-in told is among the facts, epoch ms; None: nothing of it is.
    """

    connection: str
    provider: str | None
    state: str
    email: str | None
    display: str | None
    subject: str | None
    external_id: str | None
    facts: Identity | None
    rules: Explanation | None
    version: int | None
    taken: int | None
    problem: str | None
    lapses: int | None = None

    def as_dict(self) -> dict[str, Any]:
        rules = self.rules
        return {
            "connection": self.connection,
            "provider": self.provider,
            "state": self.state,
            "email": self.email,
            "display": self.display,
            "id": self.subject,
            "external_id": self.external_id,
            "facts": _facts(self.facts) if self.facts else None,
            "not_sent": list(rules.not_sent) if rules else [],
            "lapses": self.lapses,
            "version": self.version,
            "problem": self.problem,
            "decision": rules.decision.as_dict() if rules else None,
            "rules": [verdict.as_dict() for verdict in rules.verdicts] if rules else [],
            "limits": [verdict.as_dict() for verdict in rules.limits] if rules else [],
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """`person` has id, clerk_user, due, cause, revoked, revoked_by, barred, problem, barrier, conflict."""

    person: Mapping[str, Any]
    accounts: tuple[Told, ...]
    workspaces: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "person": dict(self.person),
            "accounts": [account.as_dict() for account in self.accounts],
            "workspaces": [row.as_dict() for row in self.workspaces],
        }


def explain(
    tx: Tx, settings: Settings, rules: Rules, person: int, *, now: int, imagine: Imagine = as_they_are
) -> Explained | None:
    """Everything about one person as it is now, or with other rules and facts would be; None if there is no such person."""
    known = situation.load(tx, settings, rules, person, now=now, imagine=imagine)
    if known is None:
        return None
    about = {
        "id": known.person.id,
        "clerk_user": known.person.clerk_user,
        "due": known.person.wanted > known.person.applied,
        "cause": known.person.cause,
        "revoked": known.person.revoked,
        "revoked_by": known.person.revoked_by,
        "barred": known.person.barred,
        "problem": known.person.problem,
        "barrier": known.barrier,
        "conflict": known.conflict,
    }
    return Explained(about, tuple(_told(tx, rules, one, now) for one in known.known), _rows(known, settings, now))


def current(known: Situation, settings: Settings, now: int) -> Sequence[Grant]:
    """The person's rows as they are now: planned afresh, but for what the brake or Clerk said about the same wish."""
    plan = situation.plan(known, settings, now=now)
    before = {row.workspace: row for row in known.grants}
    return [_as_judged(row, before.get(row.workspace)) for row in plan.rows if row.decided or row.in_clerk]


def _as_judged(row: Grant, stored: Grant | None) -> Grant:
    if stored is None or stored.state not in _KEPT:
        return row
    same = (stored.decided, stored.in_clerk) == (row.decided, row.in_clerk)
    waits = row.state is State.PENDING or (row.state is State.OUTSIDE_DOMAINS and stored.state is State.BLOCKED)
    return replace(row, state=stored.state, cause=stored.cause) if same and waits else row


def _rows(known: Situation, settings: Settings, now: int) -> tuple[Row, ...]:
    placed = Places().placed(known)
    aliases = names.aliases(settings, placed.workspaces, [one.account.connection for one in placed.known])
    rows = [
        Row(
            aliases.get(grant.workspace, str(grant.workspace)),
            placed.workspaces[grant.workspace].organization,
            str(grant.state),
            names.role_word(settings, grant.decided),
            names.role_word(settings, grant.in_clerk),
            grant.cause,
            grant.because,
            _cut(placed, grant),
            grant.since,
        )
        for grant in current(placed, settings, now)
    ]
    return tuple(sorted(rows, key=lambda row: (row.decided is None, row.workspace)))


def _cut(known: Situation, grant: Grant) -> tuple[Mapping[str, Any], ...]:
    """The limits behind a decided role: those of the decisions that gave it."""
    if grant.decided is None:
        return ()
    given = {(because["connection"], because["alias"]) for because in grant.because}
    return tuple(
        {**reason.as_dict(), "connection": one.account.connection, "alias": alias}
        for one in known.known
        for alias, decided in (one.decision.grants.items() if one.decision else ())
        if (one.account.connection, alias) in given
        for reason in decided.cut
    )


def _told(tx: Tx, rules: Rules, one: Known, now: int) -> Told:
    account = one.account
    version, problem = _version(tx, rules, one)
    explained = None
    if one.identity is not None and version is not None:
        explained = explain_rules(one.identity, version.ruleset, datetime.fromtimestamp(now / 1000, UTC))
    return Told(
        account.connection,
        one.settings.provider if one.settings else None,
        account.state,
        account.email,
        account.display,
        account.subject,
        account.external_id,
        one.identity,
        explained,
        version.number if version else None,
        version.taken if version else None,
        problem,
        one.lapses if one.rests_on_sign_in else None,
    )


def _version(tx: Tx, rules: Rules, one: Known) -> tuple[Version | None, str | None]:
    """The rules about an account, or why there are none."""
    name = one.account.connection
    if one.settings is None:
        return None, f"no file of config/connections describes {name} any more: nothing is decided, nothing is taken away"
    if one.identity is None:
        return None, _untold(one)
    try:
        version = rules.in_service(tx, name)
    except Unusable as error:
        return None, error.sentence
    return version, None if version is not None else f"no rules are in service for {name}"


def _untold(one: Known) -> str:
    """Why nothing is known of an account: it is gone, or its last sign-in is too long ago."""
    if one.lapses is None:
        return "the directory has no such user any more"
    until = f"{datetime.fromtimestamp(one.lapses / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    return f"no directory tells of this account, and what its last sign-in told counted until {until}"


def _facts(identity: Identity) -> dict[str, Any]:
    groups = [{"name": one.name, "id": one.id, "through": one.through, "ambiguous": one.twin} for one in identity.groups]
    attributes = {name: list(values) for name, values in identity.attributes.items()}
    return {"email": identity.email, "groups": groups, "attributes": attributes, "sources": sorted(identity.sources)}
