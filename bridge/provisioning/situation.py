"""Everything about one person that a decision needs, read in one snapshot: accounts, facts, rules, grants, workspaces.

One policy for every way in: the worker, a sign-in, ``plan`` and ``explain`` all read and decide here.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from bridge.people import accounts, grants, identity, persons, workspaces
from bridge.people.accounts import Account
from bridge.people.domains import speaks_for
from bridge.people.grant import Grant
from bridge.people.persons import Person
from bridge.people.workspaces import Reference, Workspace
from bridge.provisioning.plan import Barrier, Plan, Terms, Want, diff
from bridge.rulebook import Rules
from bridge.settings import ConnectionSettings, Settings
from mappings.decide import Decision, decide
from mappings.identity import Identity
from mappings.roles import Role
from scim import person as directory
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Known:
    """One account with what its directory says and what its rules decide. `identity` None: no directory row."""

    account: Account
    settings: ConnectionSettings | None
    identity: Identity | None
    names: tuple[str, str]
    decision: Decision | None
    speaks: bool

    @property
    def active(self) -> bool:
        return self.account.state == "active" and self.settings is not None


@dataclass(frozen=True, slots=True)
class Situation:
    """A person as everything above the store sees them.

    `references`: every workspace that the person's connections may touch; `missing`: those decided that have no row yet.

    `conflict`: why nobody can tell whose address this is, None: nothing is in doubt.
    """

    person: Person
    known: tuple[Known, ...]
    grants: tuple[Grant, ...]
    workspaces: Mapping[int, Workspace]
    references: Mapping[str, Reference]
    missing: tuple[Reference, ...]
    conflict: str | None

    @property
    def active(self) -> bool:
        """Some account is, and nobody took everything away by hand."""
        return self.person.revoked is None and any(known.active for known in self.known)

    @property
    def stranded(self) -> tuple[str, ...]:
        """Connections of live accounts that no file describes any more: nothing is decided without them."""
        return tuple(
            known.account.connection for known in self.known if known.settings is None and known.account.state != "deleted"
        )

    @property
    def leading(self) -> Known | None:
        """The account whose address and names Clerk gets: the first active one that may speak for its address."""
        ranked = sorted(self.known, key=lambda known: (not known.active, not known.speaks, known.account.pk))
        return ranked[0] if ranked else None

    @property
    def barrier(self) -> Barrier | None:
        if self.conflict is not None:
            return "conflict"
        speaks = any(known.active and known.speaks for known in self.known)
        return None if speaks or not self.active else "outside_domains"

    @property
    def next_change_at(self) -> int | None:
        """When a rule's date changes a decision, epoch ms."""
        moments = [known.decision.next_change_at for known in self.known if known.decision is not None]
        dates = [int(moment.timestamp() * 1000) for moment in moments if moment is not None]
        return min(dates) if dates else None

    def facts_digest(self) -> str:
        """Changes when a fact about the person does: what a discarded removal waits for."""
        facts = [[known.account.connection, known.account.state, _facts(known.identity)] for known in self.known]
        return hashlib.sha256(orjson.dumps([self.person.revoked, facts], option=orjson.OPT_SORT_KEYS)).hexdigest()


Imagine = Callable[[str, Identity], Identity]


def as_they_are(connection: str, identity: Identity) -> Identity:
    """The facts of an account of `connection`, unchanged."""
    return identity


def load(tx: Tx, settings: Settings, rules: Rules, pk: int, *, now: int, imagine: Imagine = as_they_are) -> Situation | None:
    """Read and decide one person; None if there is no such person. `imagine` may change the facts: what if?"""
    person = persons.get(tx, pk)
    if person is None:
        return None
    known = tuple(_known(tx, settings, rules, account, now, imagine) for account in accounts.of_person(tx, pk))
    granted = grants.of_person(tx, pk)
    references = _references(known)
    held = workspaces.some(tx, person.instance, list(references), [grant.workspace for grant in granted])
    present = {workspace.reference for workspace in held.values()}
    missing = tuple(references[key] for key in _decided_references(known) if key not in present)
    return Situation(person, known, tuple(granted), held, references, missing, _twin(tx, known))


def plan(situation: Situation, settings: Settings, *, now: int, as_if: str | None = None, settled: bool = False) -> Plan:
    """The plan of a loaded person; pure.

    For reports: `as_if` is a mode to plan in instead of the connections' own; `settled` counts every loss as ripe.
    """
    if situation.stranded:
        return Plan((), situation.grants)
    terms = _terms(situation, settings, now, as_if)
    if settled:
        terms = replace(terms, settle_ms=None)
    return diff(wants(situation, settings, as_if=as_if), situation.grants, terms)


def wants(situation: Situation, settings: Settings, *, as_if: str | None = None) -> list[Want]:
    """The highest role each workspace gets from the active accounts; observed connections count only where alone."""
    best: dict[int, Want] = {}
    if not situation.active:
        return []
    by_reference = {workspace.reference: workspace.pk for workspace in situation.workspaces.values()}
    for known in situation.known:
        if not known.active or known.decision is None or known.settings is None:
            continue
        if not known.speaks and situation.barrier is None:
            continue  # another account speaks for this person; this one's address may not
        for alias, grant in known.decision.grants.items():
            found = workspaces.reference(known.settings, alias)
            if found is None or found.key not in by_reference:
                continue
            mode = as_if or known.settings.mode
            want = _want(by_reference[found.key], alias, grant, known.settings, settings, mode)
            best[want.workspace] = _higher(best.get(want.workspace), want)
    return list(best.values())


def role_keys(settings: Settings) -> dict[str, int]:
    """Clerk role key -> rank; keys that aren't ours have no rank."""
    return {settings.bridge.roles[str(role)]: int(role) for role in Role}


def _known(tx: Tx, settings: Settings, rules: Rules, account: Account, now: int, imagine: Imagine) -> Known:
    connection = settings.connections.get(account.connection)
    facts = directory.facts(tx, account.connection, account.subject) if account.subject else None
    if connection is None or facts is None:
        return Known(account, connection, None, ("", ""), None, False)
    seen = imagine(account.connection, identity.identity(facts, connection))
    version = rules.in_service(tx, account.connection)
    decision = None
    if version is not None and account.state == "active":
        decision = decide(seen, version.ruleset, datetime.fromtimestamp(now / 1000, UTC))
    speaks = seen.email is not None and speaks_for(settings.connections, account.connection, seen.email)
    return Known(account, connection, seen, identity.names(facts.user), decision, speaks)


def _references(known: Sequence[Known]) -> dict[str, Reference]:
    """Every workspace that the person's connections may touch, decided or not, by reference."""
    found = [
        workspaces.reference(one.settings, alias)
        for one in known
        if one.settings is not None
        for alias in {*one.settings.workspaces, *(one.decision.grants if one.decision else ())}
    ]
    return {item.key: item for item in found if item is not None}


def _decided_references(known: Sequence[Known]) -> list[str]:
    found = [
        workspaces.reference(one.settings, alias)
        for one in known
        if one.settings is not None and one.decision is not None
        for alias in one.decision.grants
    ]
    return sorted({item.key for item in found if item is not None})


def _twin(tx: Tx, known: Sequence[Known]) -> str | None:
    """Another active account of the same connection with the same address: nobody can tell who is meant."""
    for one in known:
        others = accounts.by_email(tx, one.account.email) if one.active and one.account.email else []
        for other in others:
            same = other.connection == one.account.connection and other.person != one.account.person
            if same and other.state == "active":
                return f"{one.account.email} belongs to two active accounts of {one.account.connection}"
    return None


def _want(pk: int, alias: str, grant: Any, connection: ConnectionSettings, settings: Settings, mode: str) -> Want:
    because = tuple({**reason.as_dict(), "connection": connection.name, "alias": alias} for reason in grant.because)
    return Want(
        pk,
        settings.bridge.roles[str(grant.role)],
        int(grant.role),
        (connection.name,),
        because,
        applies=mode != "observe",
    )


def _higher(one: Want | None, other: Want) -> Want:
    if one is None:
        return other
    if one.applies != other.applies:
        return one if one.applies else other
    if one.rank != other.rank:
        return max(one, other, key=lambda want: want.rank)
    return Want(
        one.workspace,
        one.role,
        one.rank,
        tuple(sorted({*one.connections, *other.connections})),
        one.because + other.because,
        one.applies,
    )


def _terms(situation: Situation, settings: Settings, now: int, as_if: str | None) -> Terms:
    reach: dict[int, set[str]] = {}
    leave: set[int] = set()
    by_reference = {workspace.reference: workspace.pk for workspace in situation.workspaces.values()}
    for known in situation.known:
        for alias, workspace in known.settings.workspaces.items() if known.settings else ():
            found = workspaces.reference(known.settings, alias) if known.settings else None
            pk = by_reference.get(found.key) if found else None
            if pk is not None:
                reach.setdefault(pk, set()).add(known.account.connection)
                if workspace.existing == "leave":
                    leave.add(pk)
    return Terms(
        now=now,
        active=situation.active,
        changed_at=situation.person.changed_at,
        settle_ms=max((known.settings.settle * 1000 for known in situation.known if known.settings), default=0),
        modes={name: as_if or connection.mode for name, connection in settings.connections.items()},
        reach={pk: tuple(sorted(connections)) for pk, connections in reach.items()},
        ranks=role_keys(settings),
        leave=frozenset(leave),
        blocked={
            pk: workspace.blocked_sentence or workspace.blocked_code
            for pk, workspace in situation.workspaces.items()
            if workspace.blocked_code is not None and workspace.blocked_until > now
        },
        barrier=situation.barrier,
        conflict=situation.conflict or "",
    )


def _facts(seen: Identity | None) -> Any:
    if seen is None:
        return None
    groups = sorted([group.name, group.id or "", group.through or ""] for group in seen.groups)
    return [seen.email, groups, {name: list(values) for name, values in seen.attributes.items()}]
