"""A test login: what came with it, whose account that is, and what the rules would make of it. Nothing is written.

It takes the same steps as `accept`, so what is told is what would happen, and whatever would stand in the way is told by its
code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from bridge.people import asserted, identity, recognised
from bridge.people.asserted import Asserted
from bridge.people.domains import speaks_for
from bridge.people.recognised import Ambiguous, Match, Stranger
from bridge.provisioning import situation
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import View
from bridge.rulebook import Unusable, Version
from bridge.saml.assertion import Assertion
from bridge.settings import ConnectionSettings
from bridge.signin import accept, mfa
from bridge.signin.accept import Arrived
from bridge.signin.mfa import SecondFactor, Verdict
from mappings.explain import Explanation
from mappings.explain import explain as explain_rules
from mappings.identity import Identity
from mappings.roles import Role
from scim import person as directory
from scim.ports import Tx


@dataclass(frozen=True, slots=True)
class Sent:
    """An attribute as it was sent; `facts`: which of ours are read from it, none: it is passed over."""

    name: str
    values: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hurdle:
    """What would keep the person out; `code` as the trail would have it."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Tried:
    """`match` None: no account yet. `seen`: the facts that the rules would see; `rules`: what they make of them, None: none
    are in service that could. `hurdles`: everything that would keep the person out, the first of it first.
    """

    assertion: Assertion
    sent: tuple[Sent, ...]
    who: Stranger
    match: Match | None
    seen: Identity
    rules: Explanation | None
    factor: SecondFactor
    factor_verdict: Verdict
    hurdles: tuple[Hurdle, ...]


def rehearse(tx: Tx, view: View, came: Arrived, settings: ConnectionSettings, *, now: int) -> Tried:
    """In a transaction that reads."""
    told = accept.told_by(came.assertion, now)
    who = accept.stranger(came, told, view, settings)
    match, hurdle = _match(tx, who, settings)
    seen = _seen(tx, match, told, settings, now)
    version = _version(tx, view, settings)
    moment = datetime.fromtimestamp(now / 1000, UTC)
    rules = explain_rules(seen, version.ruleset, moment) if isinstance(version, Version) else None
    known = situation.load(tx, view.settings, view.rulebook, match.account.person, now=now) if match is not None else None
    factor = mfa.judge(came.assertion.context, told, _needing(known, rules, view, settings), settings)
    verdict = mfa.verdict(factor, settings, asked=False)
    speaks = seen.email is not None and speaks_for(view.settings.connections, settings.name, seen.email)
    hurdles = (
        *([hurdle] if hurdle else _of_person(known)),
        *_hurdles(seen.email, speaks, rules, version, factor, verdict, settings, enters=_enters(known)),
    )
    return Tried(came.assertion, tuple(_sent(told, settings)), who, match, seen, rules, factor, verdict, hurdles)


def _match(tx: Tx, who: Stranger, settings: ConnectionSettings) -> tuple[Match | None, Hurdle | None]:
    try:
        match = recognised.find(tx, who)
    except Ambiguous:
        return None, Hurdle(
            "sign_in_ambiguous",
            "Several accounts may be meant by this name or address, and nothing else tells which one it is.",
        )
    if match is None and settings.sign_in.jit != "create":
        return None, Hurdle("sign_in_unknown", f"No account is known by this, and jit: {settings.sign_in.jit} makes none.")
    if match is not None and match.account.state != "active":
        return match, Hurdle("sign_in_inactive", f"The account is {match.account.state} in its directory.")
    return match, None


def _seen(tx: Tx, match: Match | None, told: Asserted, settings: ConnectionSettings, now: int) -> Identity:
    """What the directory tells, and what this assertion would leave behind."""
    if match is None:
        return identity.identity(None, told, settings)
    account = match.account
    before = asserted.of_accounts(tx, [account.pk]).get(account.pk)
    facts = directory.facts(tx, settings.name, account.subject) if account.subject is not None else None
    if settings.sign_in.jit != "off":
        return identity.identity(facts, asserted.after(lambda: before, told.attributes, settings, now=now), settings)
    fresh = before if before is not None and now < before.at + settings.sign_in.access_lasts * 1000 else None
    return identity.identity(facts, fresh, settings) if facts is not None or fresh is not None else Identity(account.email)


def _version(tx: Tx, view: View, settings: ConnectionSettings) -> Version | Unusable | None:
    try:
        return view.rulebook.in_service(tx, settings.name)
    except Unusable as error:
        return error


def _needing(known: Situation | None, rules: Explanation | None, view: View, settings: ConnectionSettings) -> set[Role]:
    """The roles that need a second factor, as `mfa.needed` finds them, but with what this connection would give now."""
    theirs = {grant.role for grant in rules.decision.grants.values()} if rules is not None else set()
    others = [one for one in known.known if one.account.connection != settings.name] if known is not None else []
    if known is not None:
        theirs |= mfa.given(others) | mfa.held(known.grants, view.settings.bridge.roles)
    return (theirs & set(settings.sign_in.mfa_for)) | mfa.of_givers(others)


def _of_person(known: Situation | None) -> Iterator[Hurdle]:
    """What is known of them beside this connection's account."""
    if known is not None and known.person.revoked is not None:
        yield Hurdle("sign_in_inactive", "Everything was taken from this person by hand (revoke), and stays so.")
    if known is not None and known.conflict is not None:
        yield Hurdle("no_access_yet", f"Nothing is given while this is in doubt: {known.conflict.rstrip('.')}.")


def _enters(known: Situation | None) -> bool:
    """Whether some workspace is open to them already: who observes takes nothing away."""
    rows = known.grants if known is not None else ()
    return any(row.in_clerk is not None and row.decided is not None for row in rows)


def _hurdles(
    email: str | None,
    speaks: bool,
    rules: Explanation | None,
    version: Version | Unusable | None,
    factor: SecondFactor,
    verdict: Verdict,
    settings: ConnectionSettings,
    *,
    enters: bool,
) -> Iterator[Hurdle]:
    if verdict == "step_up":
        yield Hurdle("sign_in.step_up", f"Role {factor.role} needs a second factor: the IdP would be asked for one.")
    elif verdict == "refuse":
        yield Hurdle("sign_in_second_factor", f"Role {factor.role} needs a second factor, and there was none.")
    if email is None:
        yield Hurdle("no_access_yet", "No address came, and without one nobody becomes a user of Clerk.")
    elif not speaks:
        yield Hurdle("no_access_yet", f"The connection does not speak for the domain of {email}.")
    if isinstance(version, Unusable):
        yield Hurdle(version.code, version.sentence)
    elif rules is None:
        yield Hurdle("no_access_yet", "No rules are in service.")
    elif not rules.decision.grants:
        yield Hurdle("no_access_yet", "No rule gives this person anything.")
    if settings.mode == "observe" and not enters:
        yield Hurdle("no_access_yet", "The connection only observes, so nothing is given.")


def _sent(told: Asserted, settings: ConnectionSettings) -> Iterator[Sent]:
    reads = _reads(settings)
    for name, values in told.attributes.items():
        facts = dict.fromkeys(fact for called in sorted(asserted.calls(name)) for fact in reads.get(called, ()))
        yield Sent(name, values, tuple(facts))


def _reads(settings: ConnectionSettings) -> Mapping[str, list[str]]:
    """Folded name of an attribute -> the facts that it may be read for."""
    found: dict[str, list[str]] = {}
    for fact, names in settings.attributes.items():
        for name in names.saml.names:
            for called in asserted.calls(name):
                found.setdefault(called, []).append(fact)
    return found
