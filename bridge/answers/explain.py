"""Why does this person have these roles? Everything that led to them, as a value: accounts, facts, rules, states, holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from bridge.answers import names
from bridge.people.grant import Grant, State
from bridge.provisioning import situation
from bridge.provisioning.situation import Known, Situation
from bridge.rulebook import Rulebook
from bridge.settings import Settings
from mappings.explain import Explanation
from mappings.explain import explain as explain_rules
from scim.ports import Tx

_KEPT = {State.HELD, State.RETAINED, State.BLOCKED, State.CONFLICT}  # judged by the brake or by Clerk, not by a plan


@dataclass(frozen=True, slots=True)
class Row:
    """One workspace. `decided`, `in_clerk` are our words for roles. `since`, epoch ms: of the decision."""

    workspace: str
    organization: str | None
    state: str
    decided: str | None
    in_clerk: str | None
    cause: str | None
    because: tuple[Mapping[str, Any], ...]
    since: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "workspace": self.workspace,
            "organization": self.organization,
            "state": self.state,
            "decided": self.decided,
            "in_clerk": self.in_clerk,
            "cause": self.cause,
            "because": list(self.because),
            "since": self.since,
        }


@dataclass(frozen=True, slots=True)
class Told:
    """One account: what its directory says, and every rule about it. `rules` None: nothing decides about it now."""

    connection: str
    provider: str | None
    state: str
    email: str | None
    display: str | None
    subject: str | None
    external_id: str | None
    rules: Explanation | None

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
            "facts": rules.facts if rules else None,
            "notes": list(rules.decision.notes) if rules else [],
            "rules": [verdict.as_dict() for verdict in rules.verdicts] if rules else [],
        }


@dataclass(frozen=True, slots=True)
class Explained:
    """`person` has id, clerk_user, due, revoked, problem."""

    person: Mapping[str, Any]
    accounts: tuple[Told, ...]
    workspaces: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "person": dict(self.person),
            "accounts": [account.as_dict() for account in self.accounts],
            "workspaces": [row.as_dict() for row in self.workspaces],
        }


def explain(tx: Tx, settings: Settings, rulebook: Rulebook, person: int, *, now: int) -> Explained | None:
    """Everything about one person as it is now; None if there is no such person."""
    known = situation.load(tx, settings, rulebook, person, now=now)
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
        "conflict": known.conflict,
    }
    told = tuple(_told(tx, rulebook, one, now) for one in known.known)
    return Explained(about, told, _rows(known, settings, now))


def current(known: Situation, settings: Settings, now: int) -> Sequence[Grant]:
    """The person's rows as they are now: planned afresh, but for what the brake or Clerk said about the same wish."""
    plan = situation.plan(known, settings, now=now)
    before = {row.workspace: row for row in known.grants}
    return [_as_judged(row, before.get(row.workspace)) for row in plan.rows if row.decided or row.in_clerk]


def _as_judged(row: Grant, stored: Grant | None) -> Grant:
    if stored is None or stored.state not in _KEPT:
        return row
    same = (stored.decided, stored.in_clerk) == (row.decided, row.in_clerk)
    return replace(row, state=stored.state, cause=stored.cause) if same and row.state is State.PENDING else row


def _rows(known: Situation, settings: Settings, now: int) -> tuple[Row, ...]:
    connections = [one.account.connection for one in known.known]
    aliases = names.aliases(settings, known.workspaces, connections)
    rows = [
        Row(
            aliases.get(grant.workspace, str(grant.workspace)),
            known.workspaces[grant.workspace].organization,
            str(grant.state),
            names.role_word(settings, grant.decided),
            names.role_word(settings, grant.in_clerk),
            grant.cause,
            grant.because,
            grant.since,
        )
        for grant in current(known, settings, now)
    ]
    return tuple(sorted(rows, key=lambda row: (row.decided is None, row.workspace)))


def _told(tx: Tx, rulebook: Rulebook, one: Known, now: int) -> Told:
    rules = None
    version = rulebook.in_service(tx, one.account.connection)
    if one.identity is not None and version is not None:
        rules = explain_rules(one.identity, version.ruleset, datetime.fromtimestamp(now / 1000, UTC))
    account = one.account
    return Told(
        account.connection,
        one.settings.provider if one.settings else None,
        account.state,
        account.email,
        account.display,
        account.subject,
        account.external_id,
        rules,
    )
