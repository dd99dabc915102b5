"""People read and decided, a page at a time: a handful of statements, however many people.

What rules can't change is read first (`read`), then decided (`decided`): so one reading serves two versions of the rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bridge.people import asserted, grants, households, identity, invitations, workspaces
from bridge.people.accounts import Account
from bridge.people.asserted import Asserted
from bridge.people.domains import speaks_for
from bridge.people.persons import Person
from bridge.people.workspaces import Reference, Workspace
from bridge.provisioning.situation.known import Known, Situation
from bridge.rulebook import Rules, Unusable, Version
from bridge.settings import Settings
from mappings.decide import decide
from mappings.identity import Identity
from scim import person as directory
from scim.keys import fold
from scim.person import PersonFacts
from scim.ports import Tx

Imagine = Callable[[str, Identity], Identity]
NOTHING_YET: Mapping[int, Asserted] = {}


def as_they_are(connection: str, identity: Identity) -> Identity:
    """The facts of an account of `connection`, unchanged."""
    return identity


def load(
    tx: Tx,
    settings: Settings,
    rules: Rules,
    pk: int,
    *,
    now: int,
    imagine: Imagine = as_they_are,
    said: Mapping[int, Asserted] = NOTHING_YET,
) -> Situation | None:
    """Read and decide one person; None if there is no such person. `imagine` may change the facts: what if? `said`: what
    sign-ins told of accounts, where the caller knows it already."""
    return next(iter(decided(tx, rules, read(tx, settings, [pk], now=now, imagine=imagine, said=said), now=now)), None)


def load_all(
    tx: Tx, settings: Settings, rules: Rules, pks: Sequence[int], *, now: int, imagine: Imagine = as_they_are
) -> list[Situation]:
    """Read and decide those of these persons that there are, in key order."""
    return decided(tx, rules, read(tx, settings, pks, now=now, imagine=imagine), now=now)


def read(
    tx: Tx,
    settings: Settings,
    pks: Sequence[int],
    *,
    now: int,
    imagine: Imagine = as_they_are,
    said: Mapping[int, Asserted] = NOTHING_YET,
) -> list[Situation]:
    """Everything about these persons that no rule changes; nothing is decided yet."""
    rows = households.some(tx, pks)
    people, every = [row.person for row in rows], [account for row in rows for account in row.accounts]
    told, said = _told(tx, every), {**_asserted(tx, settings, every, said), **said}
    references = {
        name: {alias: found for alias in connection.workspaces if (found := workspaces.reference(connection, alias))}
        for name, connection in settings.connections.items()
        if name in {account.connection for account in every}
    }
    known: dict[int, list[Known]] = {person.pk: [] for person in people}
    for account in every:
        facts = told.get((account.connection, account.subject or ""))
        known[account.person].append(
            _known(settings, account, facts, said.get(account.pk), references.get(account.connection, {}), imagine, now)
        )
    granted = grants.of_people(tx, list(known))
    invited = invitations.of_people(tx, [row.person.pk for row in rows if row.invited])
    return [
        Situation(
            row.person,
            tuple(known[row.person.pk]),
            tuple(granted[row.person.pk]),
            _twin(row.shared, known[row.person.pk]) or _standing(row.person, known[row.person.pk]),
            invitations=invited.get(row.person.pk, {}),
        )
        for row in rows
    ]


def decided(tx: Tx, rules: Rules, people: Sequence[Situation], *, now: int) -> list[Situation]:
    """These people, decided by `rules`; every account of one connection by the same version."""
    if not people:
        return []
    versions, moment = _versions(tx, rules, people), datetime.fromtimestamp(now / 1000, UTC)
    judged = [tuple(_judged(known, versions, moment) for known in one.known) for one in people]
    wanted = [{item.key: item for one in known for item in one.decided} for known in judged]
    rows = _workspaces(tx, people, wanted)
    places = {workspace.reference: workspace.pk for workspace in rows.values()}
    return [
        Situation(
            one.person,
            known,
            one.grants,
            one.conflict,
            rows,
            places,
            tuple(item for key, item in sorted(own.items()) if key not in places),
            one.invitations,
        )
        for one, known, own in zip(people, judged, wanted, strict=True)
    ]


def _told(tx: Tx, every: Sequence[Account]) -> dict[tuple[str, str], PersonFacts]:
    """(connection, subject) -> what the directory says."""
    subjects: dict[str, list[str]] = {}
    for account in every:
        if account.subject is not None:
            subjects.setdefault(account.connection, []).append(account.subject)
    return {
        (connection, subject): facts
        for connection, wanted in subjects.items()
        for subject, facts in directory.facts_of(tx, connection, wanted).items()
    }


def _asserted(tx: Tx, settings: Settings, every: Sequence[Account], said: Mapping[int, Asserted]) -> Mapping[int, Asserted]:
    """What sign-ins told, by account; nobody is asked for whose connection has none."""
    signing = {name for name, connection in settings.connections.items() if connection.sign_in.saml is not None}
    wanted = [one.pk for one in every if (one.connection in signing or one.subject is None) and one.pk not in said]
    return asserted.of_accounts(tx, wanted) if wanted else {}


def _known(
    settings: Settings,
    account: Account,
    facts: PersonFacts | None,
    said: Asserted | None,
    references: Mapping[str, Reference],
    imagine: Imagine,
    now: int,
) -> Known:
    """What a sign-in told counts for a while (rule R12); what a directory tells, until it tells otherwise."""
    connection = settings.connections.get(account.connection)
    if connection is None or account.state == "deleted":
        return Known(account, connection, None, False, references)
    lapses = asserted.lapses(said.at, connection) if said is not None else None
    fresh = said if lapses is not None and now < lapses else None
    if facts is None and fresh is None:
        return Known(account, connection, None, False, references, lapses=lapses)
    seen = imagine(account.connection, identity.identity(facts, fresh, connection))
    speaks = seen.email is not None and speaks_for(settings.connections, account.connection, seen.email)
    return Known(account, connection, seen, speaks, references, lapses=lapses)


def _twin(shared: frozenset[int], known: Sequence[Known]) -> str | None:
    """Whose address another active account of the same connection has too: nobody can tell who is meant."""
    account = next((one.account for one in known if one.active and one.account.pk in shared), None)
    return f"{account.email} belongs to two active accounts of {account.connection}" if account is not None else None


def _standing(person: Person, known: Sequence[Known]) -> str | None:
    """What was found in doubt at Clerk, while it is about the address that somebody has who is to be linked."""
    doubt = person.conflict
    if doubt is None or person.clerk_user is not None:
        return None
    return doubt.sentence if any(one.active and one.account.email_key == fold(doubt.email) for one in known) else None


def _versions(tx: Tx, rules: Rules, people: Sequence[Situation]) -> dict[str, Version | Unusable | None]:
    """The version of each connection that somebody must be decided for, read once: nobody gets a mix of two."""
    found: dict[str, Version | Unusable | None] = {}
    for one in people:
        for known in one.known:
            name = known.account.connection
            if known.active and known.identity is not None and name not in found:
                try:
                    found[name] = rules.in_service(tx, name)
                except Unusable as error:
                    found[name] = error
    return found


def _judged(known: Known, versions: Mapping[str, Version | Unusable | None], moment: datetime) -> Known:
    if known.identity is None or not known.active:
        return known
    version = versions[known.account.connection]
    if isinstance(version, Version):
        return replace(known, decision=decide(known.identity, version.ruleset, moment))
    return replace(known, decision=None, unusable=version)


def _workspaces(tx: Tx, people: Sequence[Situation], wanted: Sequence[Mapping[str, Reference]]) -> dict[int, Workspace]:
    """Every workspace that concerns one of these people."""
    listed = {item.key for one in people for known in one.known for item in known.references.values()}
    touched = {grant.workspace for one in people for grant in one.grants}
    return workspaces.some(tx, people[0].person.instance, sorted(listed.union(*wanted)), sorted(touched))
