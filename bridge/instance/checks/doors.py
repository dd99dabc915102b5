"""Side doors: how somebody whom the bridge took out could still get in, and what else changes memberships beside us.

docs/threats.md explains each. What the Backend API doesn't show is listed all the same, with where to look.
"""

from collections import Counter
from collections.abc import Iterator

from bridge.counted import people
from bridge.instance.finding import Check, Finding, by_hand, ok, problem, some, warning
from bridge.instance.look import Look, seen

_PAGE = "docs/threats.md"
_USERS = "Clerk's dashboard, User and authentication"
_ORGANIZATIONS = "Clerk's dashboard, Organizations"


def _directory_sync(look: Look) -> Iterator[Finding]:
    """Clerk's own SCIM answers 409 to everybody else who changes its people."""
    directories = [one for one in seen(look.directories) if one.enabled]
    connections = {one.id: one for one in seen(look.connections)}
    clean = True
    for one in directories:
        linked = connections.get(one.connection or "")
        where = look.governed.get(linked.organization or "") if linked else None
        domains = sorted(look.our_domains & set(linked.domains)) if linked else []
        if where is not None or domains:
            clean = False
            of = where.name if where is not None else some(domains)
            hint = f"Let one of the two have these people: switch {one.name} off at Clerk, or take {of} out of the files."
            yield problem(f"Clerk's own directory sync ({one.name}, {one.provider}) manages people of {of}.", hint)
    if clean:
        yield ok("No directory sync of Clerk's has to do with our workspaces or domains.")


def _enterprise(look: Look) -> Iterator[Finding]:
    """Clerk's documentation: a member removed from its organization joins again at the next sign-in."""
    clean = True
    for one in seen(look.connections):
        where = look.governed.get(one.organization or "")
        domains = sorted(look.our_domains & set(one.domains))
        if not one.active or (where is None and not domains):
            continue
        clean = False
        if where is not None:
            sentence = f"Whoever signs in by Clerk's connection {one.name} becomes a member of {where.name} again."
            yield problem(sentence, f"Unlink it from the organization: {_USERS}, SSO connections.")
        else:
            joins = "and makes an account for who has none" if one.joins else "for who has an account"
            hint = "Who is out at the customer's IdP can't come in by it; who is only out of the bridge's groups can."
            yield warning(f"Clerk's connection {one.name} signs people of {some(domains)} in, {joins}.", hint)
    if clean:
        yield ok("No enterprise connection of Clerk's leads to our workspaces or domains.")


def _domains(look: Look) -> Iterator[Finding]:
    clean, settings = True, seen(look.present).settings
    for one in seen(look.domains):
        where, ours = look.governed.get(one.organization), one.name in look.our_domains
        if one.mode == "manual_invitation" or (where is None and not ours):
            continue
        clean = False
        place = where.name if where is not None else f"the organization {one.organization}, which is not governed"
        hint = f"Set it to manual invitation, or remove the domain: {_ORGANIZATIONS}, the organization, Domains."
        if where is not None and one.mode in {"automatic_invitation", "enterprise_sso"}:
            yield problem(f"Anybody with an address at {one.name} gets into {place} ({one.mode}).", hint)
        else:
            yield warning(f"People with an address at {one.name} are offered {place} ({one.mode}).", hint)
    modes = [mode for mode in settings.enrollment_modes if mode != "manual_invitation"]
    if settings.domains and modes:
        sentence = f"Who manages a workspace in Clerk's pages may add domains with {some(modes)}."
        yield warning(sentence, f"Switch that off: {_ORGANIZATIONS}, Settings, Verified domains.")
    elif clean:
        yield ok("No verified domain lets people into our workspaces.")


def _invitations(look: Look) -> Iterator[Finding]:
    pending = [one for one in seen(look.invitations) if one.organization in look.governed]
    for organization, count in Counter(one.organization for one in pending).items():
        emails = some(one.email for one in pending if one.organization == organization)
        name = look.governed[organization].name
        hint = f"Revoke what is not meant: {_ORGANIZATIONS}, the organization, Invitations."
        yield warning(f"Invitations into {name} that are pending: {count} ({emails}).", hint)
    if not pending:
        yield ok("No invitation into our workspaces is pending.")


def _creation(look: Look) -> Iterator[Finding]:
    ours = [one for one in seen(look.means) if one.user in look.ours.people]
    able = sum(one.makes_organizations for one in ours)
    if able:
        sentence = (
            f"{able} of {people(len(ours))} looked at may create organizations of their own, beside the governed ones."
        )
        yield warning(sentence, f"{_ORGANIZATIONS}, Settings: who may create organizations.")
    elif ours:
        yield ok(f"None of {people(len(ours))} looked at may create organizations.")
    else:
        yield by_hand("Whether people may create organizations of their own.", f"{_ORGANIZATIONS}, Settings.")


def _means(look: Look) -> Iterator[Finding]:
    """What a person has already set up; e-mail codes need no setting up, so they don't show here."""
    ours = [one for one in seen(look.means) if one.user in look.ours.people]
    by = {
        "a password": sum(one.password for one in ours),
        "a social account": sum(one.social for one in ours),
        "a passkey": sum(one.passkey for one in ours),
    }
    shown = [f"{name} {count}" for name, count in by.items() if count]
    if not ours:
        yield by_hand("By what people sign in: nobody of ours could be looked at.", f"{_USERS}.")
    elif shown:
        sentence = f"Ways past the customer's IdP that {people(len(ours))} looked at have: {', '.join(shown)}."
        yield warning(sentence, f"Switch these off: {_USERS}; `deactivation: ban` keeps who is out from signing in.")
    else:
        yield ok(f"None of {people(len(ours))} looked at has a password, a social account or a passkey.")


def _strategies(_: Look) -> Iterator[Finding]:
    sentence = "Whether people can sign in by a code or link sent to their address, which an IdP doesn't take away."
    yield by_hand(sentence, f"{_USERS}, Email: sign-in with email.")


def _sign_up(_: Look) -> Iterator[Finding]:
    yield by_hand("Whether anybody may sign up, and so come back as somebody new.", f"{_USERS}, Restrictions: sign-up mode.")


def _deactivated(look: Look) -> Iterator[Finding]:
    kinds = {one.deactivation for one in look.settings.connections.values()}
    if look.ours.out:
        sentence = f"People who are out and can still sign in at Clerk, into no workspace of ours: {look.ours.out}."
        yield warning(sentence, f"`deactivation: ban` in the connection file ends that; it is {some(sorted(kinds))} now.")
    else:
        yield ok("Nobody who is out has a Clerk user that could sign in.")


def _holds(look: Look) -> Iterator[Finding]:
    if look.ours.held:
        sentence = f"Losses that wait for an answer: {look.ours.held}. Memberships and sessions stay until then."
        yield warning(sentence, "`inferpipe-bridge hold list`; `inferpipe-bridge revoke PERSON` goes past it.")
    else:
        yield ok("No loss waits for an answer.")


def _tokens(_: Look) -> Iterator[Finding]:
    sentence = "Whether somebody else makes sign-in tokens: Clerk's default is 30 days, and they can't be listed."
    yield by_hand(sentence, "Your own code and scripts: `expires_in_seconds`, and who has a secret key.")


def _lifetime(_: Look) -> Iterator[Finding]:
    sentence = "How long a session lives without the bridge: what `sessions.max_age` doesn't end, this does."
    yield by_hand(sentence, "Clerk's dashboard, Sessions: maximum lifetime, inactivity timeout.")


CHECKS = (
    Check("directory_sync", f"{_PAGE}#clerks-own-directory-sync", _directory_sync),
    Check("enterprise_connections", f"{_PAGE}#clerks-own-enterprise-connections", _enterprise),
    Check("organization_domains", f"{_PAGE}#verified-domains", _domains),
    Check("invitations", f"{_PAGE}#pending-invitations", _invitations),
    Check("organization_creation", f"{_PAGE}#organizations-of-ones-own", _creation),
    Check("sign_in_means", f"{_PAGE}#passwords-social-accounts-passkeys", _means),
    Check("email_sign_in", f"{_PAGE}#codes-and-links-by-e-mail", _strategies),
    Check("sign_up", f"{_PAGE}#open-sign-up", _sign_up),
    Check("deactivated_people", f"{_PAGE}#who-is-deactivated", _deactivated),
    Check("holds", f"{_PAGE}#the-hold", _holds),
    Check("sign_in_tokens", f"{_PAGE}#sign-in-tokens-of-others", _tokens),
    Check("session_lifetime", f"{_PAGE}#sessions-that-last", _lifetime),
)
