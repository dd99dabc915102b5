"""PURE: what is to be done for a decided person: what all accounts want together, under their connections' terms."""

from collections.abc import Mapping
from datetime import UTC, datetime

from bridge.people.invitations import Invitation
from bridge.provisioning.plan import Plan, Terms, Want, diff
from bridge.provisioning.situation.known import Known, Situation
from bridge.settings import Settings
from mappings.decide import Grant as Given
from mappings.roles import Role


def plan(situation: Situation, settings: Settings, *, now: int, as_if: str | None = None, settled: bool = False) -> Plan:
    """The plan of a decided person.

    For reports: `as_if` is a mode to plan in instead of the connections' own; `settled` counts every loss as ripe.
    """
    if situation.stranded or situation.unusable:
        return Plan((), situation.grants)
    terms = _terms(situation, settings, now, as_if, settled)
    return diff(wants(situation, settings, as_if=as_if), situation.grants, terms)


def wants(situation: Situation, settings: Settings, *, as_if: str | None = None) -> list[Want]:
    """The highest role each workspace gets from the active accounts; observed connections count only where alone."""
    best: dict[int, Want] = {}
    if not situation.active:
        return []
    for known in situation.known:
        if not known.active or known.decision is None or known.settings is None:
            continue
        if not known.speaks and situation.barrier is None:
            continue  # another account speaks for this person; this one's address may not
        for alias, grant in known.decision.grants.items():
            found = known.reference(alias)
            if found is None or found.key not in situation.places:
                continue
            mode = as_if or known.settings.mode
            want = _want(situation.places[found.key], alias, grant, known, settings, mode)
            best[want.workspace] = _higher(best.get(want.workspace), want)
    return list(best.values())


def role_keys(settings: Settings) -> dict[str, int]:
    """Clerk role key -> rank; keys that aren't ours have no rank."""
    return {settings.bridge.roles[str(role)]: int(role) for role in Role}


def _want(pk: int, alias: str, grant: Given, known: Known, settings: Settings, mode: str) -> Want:
    name = known.account.connection
    because = tuple({**reason.as_dict(), "connection": name, "alias": alias} for reason in grant.because)
    role = settings.bridge.roles[str(grant.role)]
    return Want(pk, role, int(grant.role), (name,), because, applies=mode != "observe")


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


def _terms(situation: Situation, settings: Settings, now: int, as_if: str | None, settled: bool) -> Terms:
    reach: dict[int, set[str]] = {}
    leave: set[int] = set()
    settle = max((known.settings.settle * 1000 for known in situation.known if known.settings), default=0)
    for known in situation.known:
        for alias, found in known.references.items():
            pk = situation.places.get(found.key)
            if pk is not None:
                reach.setdefault(pk, set()).add(known.account.connection)
                if known.settings is not None and known.settings.workspaces[alias].existing == "leave":
                    leave.add(pk)
    return Terms(
        now=now,
        active=situation.active,
        changed_at=situation.person.changed_at,
        settle_ms=None if settled else settle,
        modes={name: as_if or connection.mode for name, connection in settings.connections.items()},
        reach={pk: tuple(sorted(connections)) for pk, connections in reach.items()},
        ranks=role_keys(settings),
        leave=frozenset(leave),
        blocked=_blocked(situation, now),
        barrier=situation.barrier,
        conflict=situation.conflict or "",
        invited={pk: _invited(one) for pk, one in situation.invitations.items() if one.clerk_user is None},
        joined=frozenset(pk for pk in situation.invitations if situation.joined(pk)),
    )


def _invited(one: Invitation) -> str:
    return f"invited on {datetime.fromtimestamp(one.created / 1000, UTC):%Y-%m-%d}"


def _blocked(situation: Situation, now: int) -> Mapping[int, str]:
    return {
        pk: workspace.blocked_sentence or workspace.blocked_code
        for pk, workspace in situation.workspaces.items()
        if workspace.blocked_code is not None and workspace.blocked_until > now
    }
