"""What an identity team has to enter at its IdP for one connection: one value, shown as a page, as text and as JSON.

Every name comes from where the bridge itself reads it, the connection's `attributes` over the provider's preset; nothing
here is a secret.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from bridge.answers.saml.consoles import Console, console
from bridge.saml.ours import Ours
from bridge.saml.party import Certificate
from bridge.settings import ConnectionSettings, Settings
from mappings.expressions import Expression, Name
from mappings.providers import Pick, preset
from mappings.words import fold

_EMAIL_OVER_SCIM = 'emails[type eq "work"].value'  # rule R4 finds it without an expression
_ALWAYS = {
    "email": "the address; without one nobody gets a Clerk user",
    "first_name": "the first name of a new Clerk user",
    "last_name": "the last name of a new Clerk user",
    "id": "what a person is known by for good, whatever becomes of name and address; leave it out if there is none",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A field of the IdP. `value` is to be pasted, or, where `choice` says so, what to choose there."""

    label: str
    value: str
    note: str = ""
    choice: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A name to enter and what fills it; `pick` "": nothing is known of that. `others`: names that would do as well."""

    name: str
    pick: str
    why: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the IdP's; `where` it is."""

    title: str
    where: str
    entries: tuple[Entry, ...] = ()
    claims: tuple[Claim, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guide:
    """`idp`: the product, as its maker calls it."""

    connection: str
    provider: str
    idp: str
    sections: tuple[Section, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def guide(
    settings: Settings,
    here: Ours,
    *,
    asked: Sequence[str] = (),
    idp: Sequence[Certificate] = (),
) -> Guide:
    """For a connection that has `sign_in.saml`. `asked`: attributes that its rules ask for; `idp`: its certificates."""
    connection = settings.connections[here.connection]
    theirs = console(connection.provider)
    sections = (
        _sign_on(connection, theirs, here),
        _claims(connection, theirs, asked),
        _groups(connection, theirs),
        _second_factor(connection, theirs),
        _provisioning(settings, connection, theirs, asked),
        Section("What the bridge needs from you", theirs.theirs, notes=_back(connection)),
        Section(
            "Certificates",
            "",
            entries=(*_shown("ours", [key.certificate for key in here.keys]), *_shown("the IdP's", idp)),
            notes=_certificates(connection),
        ),
    )
    return Guide(connection.name, connection.provider, theirs.name, tuple(one for one in sections if one is not None))


def _sign_on(connection: ConnectionSettings, theirs: Console, here: Ours) -> Section:
    saml = connection.sign_in.saml
    initiated = saml is not None and saml.idp_initiated
    entries = [
        Entry(theirs.entity_id, here.entity_id),
        Entry(theirs.acs, here.acs),
        Entry(
            theirs.login or "Sign-on URL",
            f"{here.entity_id}/login",
            "" if theirs.login else "where people begin; for a bookmark",
        ),
        Entry(theirs.logout, here.slo, "optional") if theirs.logout and saml and saml.single_logout else None,
        Entry(theirs.relay_state, "leave it empty", "where to go afterwards is never taken from it", choice=True)
        if theirs.relay_state
        else None,
        Entry(theirs.name_id.label, theirs.name_id.choose, choice=True),
        Entry(
            theirs.ours or "Our metadata",
            f"{here.entity_id}/metadata",
            "our metadata; fills the fields above" if theirs.ours else "the same, for whoever asks for a file",
        ),
    ]
    launch = "Sign-ins that begin at the IdP are let in (idp_initiated)." if initiated else theirs.launch
    return Section("Single sign-on", theirs.at, tuple(filter(None, entries)), notes=(*theirs.notes, launch))


def _claims(connection: ConnectionSettings, theirs: Console, asked: Sequence[str]) -> Section:
    facts = [*_ALWAYS, *(asked if connection.directory == "none" else ())]
    return Section("Attributes in assertions", theirs.claims, claims=tuple(_each(connection, facts, "saml")))


def _groups(connection: ConnectionSettings, theirs: Console) -> Section | None:
    if connection.sign_in.groups_from == "directory":
        return None
    return Section("Groups in assertions", theirs.groups, claims=tuple(_each(connection, ["groups"], "saml")))


def _second_factor(connection: ConnectionSettings, theirs: Console) -> Section | None:
    if not connection.sign_in.mfa_for:
        return None
    roles = ", ".join(str(role) for role in connection.sign_in.mfa_for)
    return Section("Second factor", "", notes=(f"Asked of people whose role is {roles}.", theirs.second_factor))


def _provisioning(
    settings: Settings, connection: ConnectionSettings, theirs: Console, asked: Sequence[str]
) -> Section | None:
    if connection.directory != "scim":
        return None
    scim = theirs.scim or console("generic").scim
    assert scim is not None, "the generic table has one"
    entries = (
        Entry(scim.url, f"{settings.bridge.public_url}/scim/v2/{connection.name}"),
        Entry(scim.token, "a token that the bridge's operator made for you", "`inferpipe-bridge token create`", choice=True),
    )
    fixed = tuple(Claim(one.ours, one.filled_by, one.do) for one in scim.fixed)
    facts = [fact for fact in (*_ALWAYS, "display_name", "locale", *asked) if fact != "id"]
    known = {one.name for one in fixed}
    rest = {one.name: one for one in reversed(list(_each(connection, facts, "scim"))) if one.name not in known}
    return Section(
        "Provisioning of users and groups (SCIM)", scim.at, entries, (*fixed, *reversed(rest.values())), scim.notes
    )


def _each(connection: ConnectionSettings, facts: Sequence[str], protocol: str) -> Iterator[Claim]:
    """A row for each fact that the connection reads in this protocol, its first name first."""
    names = {fold(name): name for name in connection.attributes}
    for fact in dict.fromkeys(names[fold(one)] for one in facts if fold(one) in names):
        known = connection.attributes[fact]
        written = _of(known.saml if protocol == "saml" else known.scim)
        if fact == "email" and protocol == "scim" and not written:
            written = (_EMAIL_OVER_SCIM,)
        if written:
            pick = preset(connection.provider).picks.get(fact, Pick())
            picked = (pick.saml if protocol == "saml" else pick.scim) or ""
            yield Claim(written[0], picked, _why(connection, fact), written[1:])


def _of(found: Expression) -> tuple[str, ...]:
    """The names it reads whole, in their order; the pieces of texts made of several, if it has no other."""
    whole = [choice.name for choice in found.choices if isinstance(choice, Name)]
    return tuple(dict.fromkeys(whole or found.names))


def _why(connection: ConnectionSettings, fact: str) -> str:
    if fact == "groups":
        return "rules that name groups go by it"
    return _ALWAYS.get(fact) or {
        "display_name": "what the person is called in reports",
        "locale": "the language of a new Clerk user",
    }.get(fact, f"rules ask for {fact}")


def _back(connection: ConnectionSettings) -> tuple[str, ...]:
    """Where the metadata lies that is in use is the operator's business."""
    return (f"The metadata of your IdP, as sign_in.saml.metadata of {connection.name}; a URL is read again by itself.",)


def _shown(whose: str, certificates: Sequence[Certificate]) -> Iterator[Entry]:
    for one in certificates:
        yield Entry(f"{whose}, SHA-256", _pairs(one.fingerprint), f"until {_day(one.ends)}", choice=True)


def _pairs(fingerprint: str) -> str:
    """As browsers and IdPs show it."""
    return ":".join(fingerprint[at : at + 2] for at in range(0, len(fingerprint), 2)).upper()


def _day(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d")


def _certificates(connection: ConnectionSettings) -> tuple[str, ...]:
    saml = connection.sign_in.saml
    if saml is None or not saml.keys:
        return ("The bridge signs nothing and needs no encrypted assertions from you.",)
    signs = "signs its requests by the first of them" if saml.sign_requests else "does not sign its requests"
    takes = "takes encrypted assertions only" if saml.require_encryption else "takes encrypted assertions"
    return (f"The bridge {signs}, and {takes}, by any of them; they are in its metadata.",)
