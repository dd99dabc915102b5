"""Did a second factor prove who signs in? PURE: what the IdP says against what the connection asks for (rule R13).

A Clerk role isn't per session, so nobody gets less for one sign-in: they are sent back for a second factor once, or refused.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from bridge.people.asserted import Asserted
from bridge.people.grant import Grant
from bridge.provisioning.situation import Known, Situation
from bridge.saml import factors
from bridge.settings import ConnectionSettings, Settings
from mappings.roles import Role

METHODS = "authn_methods"
"""The fact that names the factors: Entra keeps ``Password`` as the context after a second one, and says so there alone."""

Verdict = Literal["fine", "step_up", "refuse"]


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """`role`: for which one is needed, None: for none of theirs; `proved_by`: what said that there was one."""

    role: Role | None
    proved_by: str | None


def needed(known: Situation, settings: Settings, connection: str) -> set[Role]:
    """The roles that need one, of those that somebody has or is to have: by the rule of the connection that they come by,
    whoever gave them, and by that of whoever gives them. So nobody gets round the stricter of two."""
    theirs = given(known.known) | held(known.grants, settings.bridge.roles)
    return (theirs & set(settings.connections[connection].sign_in.mfa_for)) | of_givers(known.known)


def given(accounts: Iterable[Known]) -> set[Role]:
    """What somebody is to have."""
    return {grant.role for one in accounts if one.decision is not None for grant in one.decision.grants.values()}


def held(rows: Iterable[Grant], keys: Mapping[str, str]) -> set[Role]:
    """What somebody has at Clerk; `keys`: our word for a role -> Clerk's key."""
    words = {key: Role.parse(word) for word, key in keys.items()}
    return {words[row.in_clerk] for row in rows if row.in_clerk in words}


def of_givers(accounts: Iterable[Known]) -> set[Role]:
    """The roles for which the connection that gives them asks for a second factor."""
    return {
        grant.role
        for one in accounts
        if one.decision is not None and one.settings is not None
        for grant in one.decision.grants.values()
        if grant.role in one.settings.sign_in.mfa_for
    }


def judge(context: str | None, told: Asserted, roles: Iterable[Role], settings: ConnectionSettings) -> SecondFactor:
    """For somebody whose `roles` need one, or none does; `context`: the AuthnContextClassRef."""
    accepted = factors.proving(settings)
    names = settings.attributes.get(METHODS)
    methods = names.saml.values(told.values) if names is not None else ()
    said = [one for one in (context, *methods) if one is not None]
    return SecondFactor(max(roles, default=None), next((one for one in said if one in accepted), None))


def verdict(found: SecondFactor, settings: ConnectionSettings, *, asked: bool) -> Verdict:
    """`asked`: the IdP was asked for one already; a second time is no use."""
    if found.role is None or found.proved_by is not None:
        return "fine"
    return "refuse" if asked or settings.sign_in.mfa_missing == "refuse" else "step_up"
