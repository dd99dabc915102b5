"""The response that a provider would send of somebody: what is asserted, how long it holds, what is signed.

`Wrong` is what an admin may want to see refused.
"""

import secrets
import uuid
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, get_args

from lxml import etree

from bridge.sandbox.idp.flavours import AUTHN_METHODS, FLAVOURS, GROUPS_LINK, MULTIPLE, Flavour
from bridge.sandbox.idp.keys import Key
from bridge.sandbox.idp.services import Person, Service
from bridge.sandbox.idp.xml import SAML, SAMLP, Element, child, instant, root, sign, text_of

Wrong = Literal["", "expired", "audience", "key", "cancelled"]
WRONG: tuple[str, ...] = get_args(Wrong)

_ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
_BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XS = "http://www.w3.org/2001/XMLSchema"
_WEAK = ("unspecified", "Password", "PasswordProtectedTransport")  # contexts that need no second factor
_BRIEF = 300  # seconds: an hour's validity would be refused for its age alone


@dataclass(frozen=True, slots=True)
class Picked:
    """Who signs in, and how. `request`: the id that is answered, empty where the IdP begins; `contexts`: what was asked for.

    `shape`: the provider whose form the response has, whoever the connection's is.
    """

    person: Person
    groups: tuple[str, ...]
    second_factor: bool
    shape: str
    acs: str
    audience: str
    wrong: str = ""
    request: str = ""
    contexts: tuple[str, ...] = ()
    session: str = ""


def entity_id(service: Service) -> str:
    """What the connection's IdP calls itself."""
    return _filled(FLAVOURS[service.provider].entity_id, service.connection)


def response(service: Service, picked: Picked, key: Key, now: float) -> bytes:
    """The whole message, before base64."""
    flavour, at = FLAVOURS[picked.shape], now
    if picked.wrong == "expired":
        flavour, at = replace(flavour, ends=_BRIEF, confirmed=_BRIEF), now - 3 * _BRIEF
    spaces = {"xs": _XS} if flavour.typed else {}  # values alone use it, so each signature names it: Okta does it so
    message = root(
        SAMLP,
        "Response",
        spaces,
        ID=new_id(),
        Version="2.0",
        IssueInstant=instant(at),
        Destination=picked.acs,
        InResponseTo=picked.request or None,
    )
    _issuer(message, service, flavour)
    failure = _failure(flavour, picked)
    _status(message, failure)
    if not failure:
        assertion = _assertion(message, service, flavour, picked, at)
        if "assertion" in flavour.signs:
            sign(assertion, key, prefixes=tuple(spaces))
    if "response" in flavour.signs:
        sign(message, key, prefixes=tuple(spaces))
    return text_of(message)


def new_id() -> str:
    """An xs:NCName must not begin with a digit."""
    return f"_{secrets.token_hex(16)}"


def _failure(flavour: Flavour, picked: Picked) -> tuple[str, ...]:
    """The status codes of a refusal: nobody signed in, or nobody in the way that was asked for (core §3.2.2.2)."""
    if picked.wrong == "cancelled":
        return ("Responder", "AuthnFailed")
    if flavour.obeys and picked.contexts and _context(flavour, picked) is None:
        return ("Responder", "NoAuthnContext")
    return ()


def _context(flavour: Flavour, picked: Picked) -> str | None:
    """How they signed in; None: not in any way that was asked for."""
    usual = (flavour.second_factor if picked.second_factor else None) or flavour.context
    if not (flavour.obeys and picked.contexts):
        return usual
    met = [one for one in picked.contexts if picked.second_factor or one.rpartition(":")[2] in _WEAK]
    return next(iter(met), None)


def _status(message: Element, failure: tuple[str, ...]) -> None:
    parent = child(message, SAMLP, "Status")
    for code in failure or ("Success",):
        parent = child(parent, SAMLP, "StatusCode", Value=_STATUS + code)


def _assertion(message: Element, service: Service, flavour: Flavour, picked: Picked, at: float) -> Element:
    assertion = child(message, SAML, "Assertion", ID=new_id(), Version="2.0", IssueInstant=instant(at))
    _issuer(assertion, service, flavour)
    _subject(assertion, flavour, picked, at)
    _conditions(assertion, flavour, picked, at)
    if not flavour.authn_last:
        _authn(assertion, flavour, picked, at)
    _attributes(assertion, service, flavour, picked)
    if flavour.authn_last:
        _authn(assertion, flavour, picked, at)
    return assertion


def _issuer(parent: Element, service: Service, flavour: Flavour) -> None:
    child(parent, SAML, "Issuer", entity_id(service), Format=_ENTITY if flavour.issuer_format else None)


def _subject(assertion: Element, flavour: Flavour, picked: Picked, at: float) -> None:
    subject = child(assertion, SAML, "Subject")
    child(subject, SAML, "NameID", picked.person.email, Format=flavour.name_id)
    child(
        child(subject, SAML, "SubjectConfirmation", Method=_BEARER),
        SAML,
        "SubjectConfirmationData",
        InResponseTo=picked.request or None,
        NotOnOrAfter=instant(at + flavour.confirmed),
        Recipient=picked.acs,
    )


def _conditions(assertion: Element, flavour: Flavour, picked: Picked, at: float) -> None:
    until = instant(at + flavour.ends)
    conditions = child(assertion, SAML, "Conditions", NotBefore=instant(at + flavour.begins), NotOnOrAfter=until)
    audience = "urn:sandbox:somebody-else" if picked.wrong == "audience" else picked.audience
    child(child(conditions, SAML, "AudienceRestriction"), SAML, "Audience", audience)


def _authn(assertion: Element, flavour: Flavour, picked: Picked, at: float) -> None:
    statement = child(assertion, SAML, "AuthnStatement", AuthnInstant=instant(at), SessionIndex=picked.session)
    child(child(statement, SAML, "AuthnContext"), SAML, "AuthnContextClassRef", _context(flavour, picked))


def _attributes(assertion: Element, service: Service, flavour: Flavour, picked: Picked) -> None:
    sent = [*_facts(service, flavour, picked), *_groups(service, flavour, picked), *_methods(flavour, picked)]
    if not sent:
        return
    statement = child(assertion, SAML, "AttributeStatement")
    for name, values in sent:
        attribute = child(statement, SAML, "Attribute", Name=name, NameFormat=flavour.name_format)
        for value in values:
            _value(attribute, value, typed=flavour.typed)


def _value(attribute: Element, value: str, *, typed: bool) -> None:
    if not typed:
        child(attribute, SAML, "AttributeValue", value)
        return
    element = etree.SubElement(attribute, f"{{{SAML}}}AttributeValue", nsmap={"xsi": _XSI})
    element.set(f"{{{_XSI}}}type", "xs:string")
    element.text = value


def _facts(service: Service, flavour: Flavour, picked: Picked) -> list[tuple[str, tuple[str, ...]]]:
    person = picked.person
    facts = {name: getattr(person, name) for name in ("email", "given", "family", "id", "title", "name")}
    said = {name: _filled(form, service.connection, **facts) for name, form in flavour.attributes.items()}
    return [(name, (value,)) for name, value in said.items() if value]


def _groups(service: Service, flavour: Flavour, picked: Picked) -> list[tuple[str, tuple[str, ...]]]:
    if flavour.groups is None or not picked.groups:
        return []
    if flavour.linked and flavour.most_groups is not None and len(picked.groups) > flavour.most_groups:
        person = picked.person.id or picked.person.email
        tenant = _filled("{uuid}", service.connection)
        return [(GROUPS_LINK, (f"https://graph.windows.net/{tenant}/users/{person}/getMemberObjects",))]
    ids = dict(service.groups) if flavour.group_ids else {}
    values = [ids.get(name) or (_id_of(name) if flavour.group_ids else name) for name in picked.groups]
    return [(flavour.groups, tuple(values[: flavour.most_groups]))]


def _methods(flavour: Flavour, picked: Picked) -> list[tuple[str, tuple[str, ...]]]:
    said = (*flavour.methods, *((MULTIPLE,) if picked.second_factor and flavour.counts_methods else ()))
    return [(AUTHN_METHODS, said)] if said else []


def _filled(form: str, connection: str, **facts: str) -> str:
    digest = sha256(connection.encode()).hexdigest()
    return form.format(connection=connection, key=digest[:17], uuid=_id_of(connection), **facts)


def _id_of(name: str) -> str:
    """A group that nobody gave an id has this one; and a tenant."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:sandbox:{name}"))
