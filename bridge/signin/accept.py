"""An assertion that is believed becomes an accepted sign-in, in ONE transaction: its turn, the attempt, the account, the
facts, the mark, the trail. Or it becomes nothing, and then only its turn is used up.
"""

from dataclasses import dataclass
from typing import Any

from bridge.audit import events
from bridge.audit.events import Event
from bridge.dirty import persons as marks
from bridge.dirty.persons import Priority
from bridge.people import asserted, identity, persons, recognised
from bridge.people.asserted import NAME_ID, Asserted
from bridge.people.domains import speaks_for
from bridge.people.recognised import CREATED, Ambiguous, Match, Stranger
from bridge.provisioning import conflicts, situation
from bridge.provisioning.sessions import from_idp
from bridge.provisioning.situation import Situation
from bridge.provisioning.tools import View
from bridge.saml import replay
from bridge.saml.assertion import PERSISTENT, Assertion
from bridge.saml.party import Party
from bridge.settings import ConnectionSettings
from bridge.signin import attempts, mfa, signed_in
from bridge.signin.attempts import SECOND_FACTOR, Attempt
from bridge.signin.mfa import SecondFactor
from bridge.signin.refusals import NotLetIn
from scim.ports import Tx, Write

UNASKED_MS = 300_000  # an assertion that nobody asked for must be fresh


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came, and by which browser. `fresh_ids`: an id for a new person, and for an attempt that the IdP began."""

    party: Party
    assertion: Assertion
    browser: str
    request_id: str
    fresh_ids: tuple[str, str]

    @property
    def connection(self) -> str:
        return self.party.connection


@dataclass(frozen=True, slots=True)
class Accepted:
    """Somebody may come in. `until`: when their session must be over by the IdP's word, epoch ms. `known`: all about
    them, where the sign-in told nothing new; None: it is to be looked up, unless they were `marked` for what it told."""

    attempt: Attempt
    person: int
    signed_in: int
    until: int | None
    known: Situation | None = None
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A test login: nobody is signed in, and nothing is kept of it."""

    attempt: Attempt


class FactorMissing(Exception):
    """A second factor is needed and was not there; what was written is taken back."""

    def __init__(self, found: SecondFactor, about: dict[str, Any]) -> None:
        super().__init__(str(found.role))
        self.found = found
        self.about = about


def take_turn(tx: Tx, came: Arrived, settings: ConnectionSettings, *, now: int) -> Attempt:
    """The assertion's one turn, though nobody is let in by it, and the attempt of this browser that it answers. NotLetIn
    where there is none: it has had its turn all the same."""
    if not replay.first_time(tx, came.assertion.issuer, came.assertion.id, until=came.assertion.until):
        raise _replayed(came)
    attempt = _answered(tx, came, settings, now)
    if tx.together(_arrival(came, attempt, now)) != [1]:
        raise _astray(tx, came, now)
    return attempt


def accept(tx: Tx, view: View, came: Arrived, settings: ConnectionSettings, *, now: int) -> Accepted | Rehearsal:
    """Everything that an accepted assertion means: first read and judged, then written. NotLetIn; FactorMissing, which the
    caller lets roll back."""
    attempt = _answered(tx, came, settings, now)
    _asked_anew(attempt, came)
    if attempt.kind == "test":
        _use_up(tx, came, attempt, now)
        return Rehearsal(attempt)
    told, kept = told_by(came.assertion, now), []
    who = stranger(came, told, view, settings)
    match = _matched(tx, came, who, settings, view.instance, now)
    account, changed = match.account, match.by == CREATED
    facts = about(came) | {"person": account.person, "subject": who.told.email, "by": match.by}
    if settings.sign_in.jit != "off":
        renamed = recognised.bind(tx, match, who, now=now)
        if renamed:
            conflicts.freed(tx, account, who.told.email, now=now)
        changed |= renamed
        told, news, keeping = asserted.keeping(match.told, account.pk, told.attributes, settings, now=now)
        kept.append(keeping)
        changed |= news
    known = None
    if not changed or any(one.sign_in.mfa_for for one in view.settings.connections.values()):
        said = {account.pk: told} if kept else {}
        known = situation.load(tx, view.settings, view.rulebook, account.person, now=now, said=said)
    needed = mfa.needed(known, view.settings, settings.name) if known is not None else ()
    factor = mfa.judge(came.assertion.context, told, needed, settings)
    if mfa.verdict(factor, settings, asked=attempt.step == SECOND_FACTOR) != "fine":
        raise FactorMissing(factor, facts)
    until = from_idp.cap(now, came.assertion.session_until, settings)
    row = signed_in.begin(
        tx, came.party, came.assertion, account=account.pk, person=account.person, browser=came.browser, now=now
    )
    attempt = attempts.entered(attempt, row, proved=factor.proved_by is not None)
    if changed:
        marks.mark(tx, [account.person], now=now, cause="signed in", priority=Priority.SIGN_IN)
    _use_up(tx, came, attempt, now, *kept, events.entry(_event(came, match, who, told, factor, now)))
    return Accepted(attempt, account.person, row, until, None if changed else known, changed)


def stranger(came: Arrived, told: Asserted, view: View, settings: ConnectionSettings) -> Stranger:
    """Whoever the assertion speaks of, by the expressions of the connection file."""
    called = identity.told_by(told, settings)
    name_id = came.party.between_us(came.assertion.name_id)
    bound = name_id.format == PERSISTENT
    key = name_id.key(came.assertion.issuer) if bound else None
    names = [name_id.value] if name_id.lasting and not bound else []
    names += [one for one in _said(told, settings, "user_name") if one not in names]
    speaks = called.email is not None and speaks_for(view.settings.connections, settings.name, called.email)
    id = next(iter(_said(told, settings, "id")), None)
    return Stranger(settings.name, id, key, tuple(names), called, speaks)


def told_by(assertion: Assertion, now: int) -> Asserted:
    """What it says; a subject that the IdP made up for this once says nothing."""
    name_id = assertion.name_id
    subject = {NAME_ID: (name_id.value,)} if name_id.lasting else {}
    return Asserted(now, {**assertion.attributes, **subject}, now)


def about(came: Arrived) -> dict[str, Any]:
    """What the trail has of an assertion: never itself."""
    assertion, proof = came.assertion, came.assertion.proof
    return {
        "issuer": assertion.issuer,
        "assertion": assertion.id,
        "answers": assertion.in_response_to,
        "signed": proof.signed,
        "certificate": proof.certificate,
        "signature": proof.signature,
        "digest": proof.digest,
        "encryption": proof.encryption,
        "context": assertion.context,
    }


def _answered(tx: Tx, came: Arrived, settings: ConnectionSettings, now: int) -> Attempt:
    """The attempt of this browser that the assertion may answer; where the IdP began, one that is not written yet."""
    if came.assertion.in_response_to is None:
        return _unasked(came, settings, now)
    found = attempts.expected(tx, came.connection, came.assertion.in_response_to, came.browser, now=now)
    if found is None:
        raise _astray(tx, came, now)
    return found


def _asked_anew(attempt: Attempt, came: Arrived) -> None:
    if attempt.fresh and (came.assertion.authenticated or 0) < attempt.created - came.party.skew_ms:
        raise NotLetIn("sign_in_not_fresh", "The IdP was to ask anew (ForceAuthn), and did not.", about=about(came))


def _use_up(tx: Tx, came: Arrived, attempt: Attempt, now: int, *beside: Write) -> None:
    """The assertion's one turn and the attempt's one answer, of all that come at once; and what is written with them."""
    seen = replay.turn(came.assertion.issuer, came.assertion.id, until=came.assertion.until)
    first, arrived, *_ = tx.together(seen, _arrival(came, attempt, now), *beside)
    if not first:
        raise _replayed(came)
    if not arrived:
        raise _astray(tx, came, now)


def _arrival(came: Arrived, attempt: Attempt, now: int) -> Write:
    return attempts.beginning(attempt) if came.assertion.in_response_to is None else attempts.arrival(attempt, now=now)


def _unasked(came: Arrived, settings: ConnectionSettings, now: int) -> Attempt:
    """The IdP began: only where that is wanted, and only while it is fresh."""
    if settings.sign_in.saml is None or not settings.sign_in.saml.idp_initiated:
        raise NotLetIn("sign_in_unasked", "Nobody asked for this assertion: idp_initiated is off.", about=about(came))
    if came.assertion.issued < now - UNASKED_MS:
        raise NotLetIn("sign_in_stale", "Nobody asked for this assertion, and it is minutes old.", about=about(came))
    if settings.sign_in.saml.force_authn and (came.assertion.authenticated or 0) < now - UNASKED_MS - came.party.skew_ms:
        sentence = "People are to be asked anew (force_authn), and the IdP asked this one longer ago."
        raise NotLetIn("sign_in_not_fresh", sentence, about=about(came))
    expires = now + attempts.LASTS_MS
    return Attempt(came.fresh_ids[1], came.connection, "login", came.browser, None, None, 0, False, now, expires, now)


def _replayed(came: Arrived) -> NotLetIn:
    return NotLetIn("sign_in_replayed", "This assertion had its turn already.", about=about(came))


def _astray(tx: Tx, came: Arrived, now: int) -> NotLetIn:
    """Why an answer counts for nothing at this browser."""
    facts = about(came)
    known = attempts.find(tx, came.connection, came.assertion.in_response_to or "")
    if known is None:
        sentence = "It answers a request that we never made, or that is done with."
        return NotLetIn("sign_in_unknown_request", sentence, about=facts)
    if known.browser != came.browser:
        return NotLetIn("sign_in_other_browser", "It answers a request of another browser.", about=facts)
    if known.arrived is not None:
        return NotLetIn("sign_in_answered", "The request was answered before.", about=facts)
    return NotLetIn("sign_in_late", f"The request is {(now - known.created) // 60_000} minutes old.", about=facts)


def _matched(tx: Tx, came: Arrived, who: Stranger, settings: ConnectionSettings, instance: str, now: int) -> Match:
    """The account, and how it was found; made where a sign-in may do that."""
    facts = about(came) | {"subject": who.told.email}
    try:
        match = recognised.find(tx, who)
        if match is None and settings.sign_in.jit == "create":
            recognised.alone(tx, who)
            match = recognised.find(tx, who)
    except Ambiguous as error:
        sentence = "Several accounts may be meant by this name or address, and nothing else tells which one it is."
        raise NotLetIn("sign_in_ambiguous", sentence, about=facts) from error
    if match is None and settings.sign_in.jit != "create":
        hint = "The directory has not told of them yet; or let sign-ins make accounts: jit: create."
        sentence = "No account is known by this id, name or address, and sign-ins make none here."
        raise NotLetIn("sign_in_unknown", sentence, hint=hint, about=facts)
    if match is None:
        return recognised.add(tx, who, persons.new(tx, instance, came.fresh_ids[0], now=now), now=now)
    if match.account.state != "active":
        sentence = f"The account is {match.account.state} in its directory."
        raise NotLetIn("sign_in_inactive", sentence, about=facts | {"person": match.account.person, "by": match.by})
    return match


def _event(
    came: Arrived,
    match: Match,
    who: Stranger,
    told: Asserted,
    factor: SecondFactor,
    now: int,
) -> Event:
    facts = about(came) | {
        "by": match.by,
        "second_factor": factor.proved_by,
        "role": str(factor.role) if factor.role else None,
    }
    if told.groups_kept:
        facts["groups"] = "only linked to: those told before stay"
    return Event(
        came.connection,
        now,
        "system",
        "sign_in.accepted",
        person=match.account.person,
        subject=who.told.email,
        request_id=came.request_id,
        facts=facts,
    )


def _said(told: Asserted, settings: ConnectionSettings, fact: str) -> tuple[str, ...]:
    names = settings.attributes.get(fact)
    return names.saml.values(told.values) if names is not None else ()
