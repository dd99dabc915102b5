"""A person as everything above the store sees them: accounts with what is known and decided, and what Clerk has."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from bridge.people import workspaces
from bridge.people.accounts import Account
from bridge.people.grant import Grant
from bridge.people.invitations import Invitation
from bridge.people.persons import Person
from bridge.people.workspaces import Reference, Workspace
from bridge.provisioning.plan import Barrier
from bridge.rulebook import Unusable
from bridge.settings import ConnectionSettings
from mappings.decide import Decision
from mappings.identity import Identity


@dataclass(frozen=True, slots=True)
class Known:
    """One account with what is told of it and what its rules decide. `identity` None: nothing is, not any more.

    `references`: alias -> reference of every workspace that the operator listed for its connection.
    `unusable`: why the version in service can't decide. `lapses`: until when counts what the last sign-in told, epoch ms.
    """

    account: Account
    settings: ConnectionSettings | None
    identity: Identity | None
    speaks: bool
    references: Mapping[str, Reference] = field(default_factory=dict)
    decision: Decision | None = None
    unusable: Unusable | None = None
    lapses: int | None = None

    @property
    def active(self) -> bool:
        return self.account.state == "active" and self.settings is not None

    @property
    def rests_on_sign_in(self) -> bool:
        """Whether what a sign-in told is among the facts."""
        return self.identity is not None and "assertion" in self.identity.sources

    @property
    def decided(self) -> tuple[Reference, ...]:
        """What the decided roles are in."""
        found = map(self.reference, self.decision.grants if self.decision is not None else ())
        return tuple(reference for reference in found if reference is not None)

    def reference(self, alias: str) -> Reference | None:
        """What an alias stands for in this account's connection, captured ones included."""
        listed = self.references.get(alias)
        return listed or (workspaces.reference(self.settings, alias) if self.settings is not None else None)


@dataclass(frozen=True, slots=True)
class Situation:
    """Undecided, it knows no workspaces yet.

    `workspaces`: every one that the person's connections may touch or have touched, and `places` their keys by reference;
    `missing`: those decided that have no row yet. `conflict`: why nobody can tell whose address this is, None: nothing is
    in doubt. `invitations`: by workspace.
    """

    person: Person
    known: tuple[Known, ...]
    grants: tuple[Grant, ...]
    conflict: str | None
    workspaces: Mapping[int, Workspace] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[Reference, ...] = ()
    invitations: Mapping[int, Invitation] = field(default_factory=dict)

    def member(self, workspace: int) -> str | None:
        """The Clerk user whose membership it is: whoever accepted our invitation there, else the person's own."""
        invited = self.invitations.get(workspace)
        return invited.clerk_user if invited is not None and invited.clerk_user else self.person.clerk_user

    def joined(self, workspace: int) -> bool:
        """An invitation of ours was accepted: the membership is ours by that, though nobody here speaks for the address."""
        return workspace in self.invitations and self.invitations[workspace].clerk_user is not None

    @property
    def active(self) -> bool:
        """Some account is, and nobody took everything away by hand."""
        return self.person.revoked is None and any(known.active for known in self.known)

    @property
    def listed(self) -> tuple[Reference, ...]:
        """Every workspace that the operators listed for their connections, with a row or without one yet."""
        return tuple(found for known in self.known for found in known.references.values())

    @property
    def touched(self) -> bool:
        """Some connection of theirs does more than observe, or somebody took everything away by hand."""
        modes = {known.settings.mode for known in self.known if known.settings is not None}
        return self.person.revoked is not None or bool(modes - {"observe"})

    @property
    def stranded(self) -> tuple[str, ...]:
        """Connections of live accounts that no file describes any more: nothing is decided without them."""
        return tuple(
            known.account.connection for known in self.known if known.settings is None and known.account.state != "deleted"
        )

    @property
    def unusable(self) -> Unusable | None:
        """Why some account's rules can't decide: then nothing is planned."""
        return next((known.unusable for known in self.known if known.unusable is not None), None)

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
        """When a rule's date changes a decision, or a sign-in is too long ago, epoch ms."""
        decided = [known for known in self.known if known.decision is not None]
        moments = [known.decision.next_change_at for known in decided if known.decision is not None]
        dates = [int(moment.timestamp() * 1000) for moment in moments if moment is not None]
        dates += [known.lapses for known in decided if known.lapses is not None and known.rests_on_sign_in]
        return min(dates, default=None)

    def reference(self, workspace: Workspace) -> Reference | None:
        """How some account's file names a workspace."""
        for known in self.known:
            for alias in (*known.references, *(known.decision.grants if known.decision else ())):
                found = known.reference(alias)
                if found is not None and found.key == workspace.reference:
                    return found
        return None

    def facts_digest(self) -> str:
        """Changes when a fact about the person does: what a discarded removal waits for."""
        facts = [[known.account.connection, known.account.state, _facts(known.identity)] for known in self.known]
        return hashlib.sha256(orjson.dumps([self.person.revoked, facts], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _facts(seen: Identity | None) -> Any:
    if seen is None:
        return None
    groups = sorted([group.name, group.id or "", group.through or ""] for group in seen.groups)
    return [seen.email, groups, {name: list(values) for name, values in seen.attributes.items()}]
