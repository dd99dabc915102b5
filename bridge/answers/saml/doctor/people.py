"""Those who came: whether they are known for who they are, what the IdP says of them, and who was sent away last."""

from collections.abc import Iterator
from datetime import UTC, datetime

from bridge.answers.saml.doctor.look import Look
from bridge.counted import people
from bridge.finding import Check, Finding, by_hand, ok, problem, warning
from bridge.provisioning.sessions import from_idp
from bridge.saml import factors

_PAGE = "docs/saml.md"


def _known_by(look: Look) -> Iterator[Finding]:
    """The directory's externalId and the assertion's id must be one and the same, or nobody is found by it."""
    told = [(one, look.id(one)) for one in look.heard]
    with_id = [(one, id) for one, id in told if id is not None]
    other = [one for one, id in with_id if one.external_id is not None and one.external_id != id]
    if other:
        hint = "Let both send the same; `inferpipe-bridge saml guide` has the mapping (Entra: objectId as externalId)."
        yield problem(f"The directory's externalId of {people(len(other))} is not the id in their assertions.", hint)
    elif told and not with_id:
        hint = "Map the attribute `id`, so that a new name or address makes nobody else of a person."
        yield warning("The IdP sends no id that never changes: people are known by NameID, user name and address.", hint)
    elif told:
        yield ok(f"{people(len(with_id))} of the last {len(told)} came with their id.")
    else:
        yield ok("No assertion came yet whose id could be compared with the directory's.")


def _just_in_time(look: Look) -> Iterator[Finding]:
    jit, directory = look.connection.sign_in.jit, look.connection.directory
    if directory == "none" and jit != "create":
        yield problem(
            f"Nobody pushes people, and `jit: {jit}` makes none at a sign-in: nobody gets in.", "Set `jit: create`."
        )
    elif directory != "none" and jit == "create":
        yield ok("Whoever the IdP lets in gets an account, pushed or not.")
    elif directory != "none" and look.people.pushed == 0:
        hint = f"Start provisioning at the IdP, or set `jit: create`; `inferpipe-bridge requests {look.connection.name}`."
        yield problem("The directory has pushed nobody yet, so nobody is let in.", hint)
    else:
        yield ok(f"{people(look.people.active)} may sign in, {people(look.people.named)} did so before.")


def _groups(look: Look) -> Iterator[Finding]:
    whose = look.connection.sign_in.groups_from
    told, linked = look.named("groups"), look.named("groups_link")
    if whose == "directory":
        if told:
            yield ok("The IdP sends groups, which are not read: the directory says who is in which (`groups_from`).")
        else:
            yield ok("The directory says who is in which group.")
        return
    if linked:
        hint = "Let the IdP send only groups assigned to the application; or push groups, with `groups_from: directory`."
        yield warning(f"{people(len(linked))} came with a link instead of groups; those known before count on.", hint)
    if look.heard and not told and not linked:
        hint = "Add the group claim; `inferpipe-bridge saml guide` says where, and under which name."
        yield problem("Groups are to come with assertions, and none ever named one.", hint)
    elif told:
        yield ok(f"{len(told)} of the last {len(look.heard)} assertions named groups.")
    elif not linked:
        yield ok("Groups come with assertions; none came yet.")


def _second_factor(look: Look) -> Iterator[Finding]:
    rule = look.connection.sign_in
    roles = ", ".join(str(role) for role in rule.mfa_for)
    if not roles:
        yield ok("No role needs a second factor here; the IdP asks for what it asks for.")
        return
    asked = factors.requested(look.connection)
    if rule.mfa_missing == "step_up" and not factors.proving(look.connection).intersection(asked):
        hint = "List it under `mfa.accept`, too, if your IdP says so only after a second factor."
        sentence = f"Who lacks it is sent back for {' or '.join(asked)}, which proves nothing by itself"
        yield warning(f"{sentence}: unless the IdP says more, they are refused.", hint)
        return
    refused = sum(one.code == "sign_in_second_factor" for one in look.refusals)
    if look.sign_ins and refused and not any(one.second_factor for one in look.sign_ins):
        hint = "Ask for it in the IdP's own policy of this application; `inferpipe-bridge saml test` shows what it sends."
        sentence = f"Role {roles} needs a second factor; {refused} of the last {len(look.refusals)} refusals lacked one."
        yield warning(f"{sentence} No sign-in showed one.", hint)
    else:
        yield ok(f"Role {roles} needs a second factor; without one: {rule.mfa_missing}.")


def _sessions(look: Look) -> Iterator[Finding]:
    short, rule = [one for one in look.lasted if one < from_idp.LEAST_MS], look.connection.sign_in.from_idp
    if short and rule == "always":
        hint = "Set `sessions: {from_idp: long}`: so short a time is how long the assertion is good, not the session."
        yield warning(
            f"The IdP ends sessions {min(short) // 60_000} min after the sign-in, and `from_idp: always` does so.", hint
        )
    elif look.lasted and rule != "never":
        yield ok(f"The IdP says that a session may live {min(look.lasted) // 60_000} min and more (`from_idp: {rule}`).")
    else:
        yield ok("Nothing that the IdP says ends a session.")


def _sign_ins(look: Look) -> Iterator[Finding]:
    if look.sign_ins:
        yield ok(f"The last sign-in was at {_moment(look.sign_ins[0].at)}.")
    else:
        command = f"inferpipe-bridge saml test {look.connection.name}"
        yield by_hand("Nobody has signed in by it yet.", f"Try it, without signing anybody in: `{command}`.")


def _refusals(look: Look) -> Iterator[Finding]:
    """One that nobody got in after is likely the reason why somebody looks here."""
    since = look.sign_ins[0].at if look.sign_ins else 0
    fresh = [one for one in look.refusals if one.at >= since]
    if not fresh:
        yield ok("Nobody was refused since the last sign-in.")
        return
    last = fresh[0]
    sentence = f"{len(fresh)} refused since the last sign-in, at {_moment(last.at)} with {last.code}: {last.sentence}"
    yield warning(sentence, last.advice(look.here) or "docs/errors.md says what it means.")


def _moment(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%d %H:%M} UTC"


CHECKS = (
    Check("known_by", f"{_PAGE}#who-is-it", _known_by),
    Check("just_in_time", f"{_PAGE}#just-in-time", _just_in_time),
    Check("groups", f"{_PAGE}#groups", _groups),
    Check("second_factor", f"{_PAGE}#second-factor", _second_factor),
    Check("sessions", f"{_PAGE}#sessions", _sessions),
    Check("sign_ins", f"{_PAGE}#try-it", _sign_ins),
    Check("refusals", f"{_PAGE}#refusals", _refusals),
)
