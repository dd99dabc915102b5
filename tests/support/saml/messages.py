"""What an identity provider says: one value with everything that can be said otherwise, and verbs that make it a message.

message = say()                                     # generic, assertion signed; party() accepts it at NOW
message = say("okta", groups=("Engineering",), in_response_to="_" + "0" * 32)
answer = make("entra", to=party("beta"), signed="both")
tree = unsigned(answer); ...; message = posted(sealed(tree, answer))     # surgery before or after the signatures
"""

import base64
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from lxml import etree

from bridge.saml.party import Party
from tests.support.saml import names
from tests.support.saml.encrypting import Encryption, encrypt
from tests.support.saml.keys import Signer, signer
from tests.support.saml.looks import LOOKS, Look
from tests.support.saml.parties import REQUEST, party
from tests.support.saml.signing import Seal, sign

NOW = 1_790_000_000_000
"""The moment of all that is said, epoch ms, unless told otherwise: 2026-09-21T14:13:20Z."""


@dataclass(frozen=True)
class Answer:
    """One response. A field that is None is left out of the message.

    Times are seconds from `now`; `fraction` stands before the Z (`.123`). `signed`: assertion | response | both | none.
    `encrypted_to`: whose key, with `encryption`; the assertion is signed before, the response after it. `facts`: what
    the attributes of the look say; `groups` and `attributes` (name, values) come on top. `status`: codes, outermost first.
    """

    look: Look
    now: int
    issuer: str | None
    acs: str
    audience: str | None
    destination: str | None
    recipient: str | None
    by: Signer
    issuer_of_assertion: str | None = None
    response_id: str | None = ""
    assertion_id: str | None = ""
    in_response_to: str | None = REQUEST
    confirmed_in_response_to: str | None = ""  # "": as the response says
    name_id: str | None = "ada@acme.test"
    name_format: str | None = ""
    name_qualifier: str | None = None
    sp_name_qualifier: str | None = None
    facts: Mapping[str, str] | None = None
    groups: tuple[str, ...] = ()
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    issued: int = 0
    begins: int | None = None
    ends: int | None = None
    confirmed: int | None = None
    confirmed_begins: int | None = None
    authenticated: int | None = 0
    session_until: int | None = None
    session_index: str | None = ""
    context: str | None = None
    method: str = names.BEARER
    version: str | None = "2.0"
    status: tuple[str, ...] = (names.STATUS + "Success",)
    status_message: str | None = None
    fraction: str = ""
    signed: str = "assertion"
    seal: Seal = field(default_factory=Seal)
    encrypted_to: Signer | None = None
    encryption: Encryption = field(default_factory=Encryption)


_TYPES = f' xmlns:xs="{names.XS}" xmlns:xsi="{names.XSI}"'
FACTS = {"email": "ada@acme.test", "first": "Ada", "last": "Lovelace", "full": "Ada Lovelace", "id": "00u1ada"}


def make(look: str = "generic", *, to: Party | None = None, **changes: Any) -> Answer:
    """An answer as that IdP gives it, for that party (default: `party()`); `changes` are fields of `Answer`."""
    to, how = to or party(), LOOKS[look]
    told: dict[str, Any] = {
        "now": NOW,
        "issuer": to.idp.entity_id,
        "acs": to.acs,
        "audience": to.entity_id,
        "destination": to.acs,
        "recipient": to.acs,
        "by": signer(),
        "begins": how.begins,
        "ends": how.ends,
        "confirmed": how.confirmed,
        "session_until": how.session,
        "context": how.context,
        "signed": how.signed,
        "seal": Seal(prefix=how.ds, wrap=how.wrapped, prefixes=("xs",) if how.typed and how.saml == "saml2" else ()),
    } | changes
    for either, spelled in (("response_id", "_r"), ("assertion_id", "_a"), ("session_index", "_s")):
        if told.get(either, "") == "":
            told[either] = spelled + uuid.uuid4().hex
    if "issuer_of_assertion" not in told:
        told["issuer_of_assertion"] = told["issuer"]
    if told.get("confirmed_in_response_to", "") == "":
        told["confirmed_in_response_to"] = told.get("in_response_to", REQUEST)
    if told.get("name_format", "") == "":
        told["name_format"] = how.name_format
    return Answer(look=how, **told)


def say(look: str = "generic", *, to: Party | None = None, **changes: Any) -> str:
    """The form field SAMLResponse of such an answer."""
    return posted(document(make(look, to=to, **changes)))


def document(answer: Answer) -> etree._Element:
    """The finished Response as a tree: signed and encrypted as the answer says."""
    return sealed(unsigned(answer), answer)


def sealed(response: etree._Element, answer: Answer) -> etree._Element:
    """Signs and encrypts a tree in place, in the order that IdPs keep; surgery may have happened before."""
    assertion = response.find(f"{{{names.SAML}}}Assertion")
    if answer.signed in {"assertion", "both"} and assertion is not None:
        sign(assertion, answer.by, answer.seal)
    if answer.encrypted_to and assertion is not None:
        encrypt(assertion, answer.encrypted_to, answer.encryption)
    if answer.signed in {"response", "both"}:
        sign(response, answer.by, answer.seal)
    return response


def posted(message: etree._Element | bytes | str) -> str:
    """Base64 of a tree or text, as a form carries it."""
    if isinstance(message, str):
        message = message.encode()
    return base64.b64encode(message if isinstance(message, bytes) else etree.tostring(message)).decode()


def raw(message: str) -> bytes:
    """The document in a form field."""
    return base64.b64decode(message)


def unsigned(answer: Answer) -> etree._Element:
    """The Response before anything is signed or encrypted."""
    return etree.fromstring(_response(answer).encode())


def again(answer: Answer, **changes: Any) -> Answer:
    """The same answer, some fields changed."""
    return replace(answer, **changes)


def moment(now: int, seconds: int, fraction: str = "") -> str:
    """An xs:dateTime in UTC."""
    return datetime.fromtimestamp(now // 1000 + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S") + fraction + "Z"


def _response(answer: Answer) -> str:
    p = answer.look.samlp
    said = _said(
        ID=answer.response_id,
        Version=answer.version,
        IssueInstant=_at(answer, answer.issued),
        Destination=answer.destination,
        Consent=answer.look.consent,
        InResponseTo=answer.in_response_to,
    )
    issuer = _issuer(answer, answer.issuer, f' xmlns{_colon(answer.look.saml)}="{names.SAML}"')
    inside = f"{issuer}{_status(answer, p)}{_assertion(answer)}"
    return f'<{p}:Response xmlns:{p}="{names.SAMLP}"{answer.look.also[0]}{said}>{inside}</{p}:Response>'


def _status(answer: Answer, p: str) -> str:
    inside = ""
    for code in reversed(answer.status):
        inside = f"<{p}:StatusCode Value={quoteattr(code)}>{inside}</{p}:StatusCode>"
    if answer.status_message is not None:
        inside += f"<{p}:StatusMessage>{escape(answer.status_message)}</{p}:StatusMessage>"
    return f"<{p}:Status>{inside}</{p}:Status>"


def _assertion(answer: Answer) -> str:
    s, declared = _tag(answer), f' xmlns{_colon(answer.look.saml)}="{names.SAML}"'
    declared += answer.look.also[1] + ("" if answer.look.anew or not answer.look.typed else _TYPES)
    said = _said(ID=answer.assertion_id, Version=answer.version, IssueInstant=_at(answer, answer.issued))
    audience = "" if answer.audience is None else f"<{s}Audience>{escape(answer.audience)}</{s}Audience>"
    audience = audience and f"<{s}AudienceRestriction>{audience}</{s}AudienceRestriction>"
    window = _said(NotBefore=_at(answer, answer.begins), NotOnOrAfter=_at(answer, answer.ends))
    statements = [_authentication(answer, s), _attributes(answer, s)]
    return (
        f"<{s}Assertion{declared}{said}>{_issuer(answer, answer.issuer_of_assertion)}{_subject(answer, s)}"
        f"<{s}Conditions{window}>{audience}</{s}Conditions>"
        f"{''.join(reversed(statements) if answer.look.claims_first else statements)}</{s}Assertion>"
    )


def _subject(answer: Answer, s: str) -> str:
    about = _said(Format=answer.name_format, NameQualifier=answer.name_qualifier, SPNameQualifier=answer.sp_name_qualifier)
    name = "" if answer.name_id is None else f"<{s}NameID{about}>{escape(answer.name_id)}</{s}NameID>"
    data = _said(
        NotBefore=_at(answer, answer.confirmed_begins),
        NotOnOrAfter=_at(answer, answer.confirmed),
        Recipient=answer.recipient,
        InResponseTo=answer.confirmed_in_response_to,
    )
    confirmed = (
        f'<{s}SubjectConfirmation Method="{answer.method}"><{s}SubjectConfirmationData{data}/></{s}SubjectConfirmation>'
    )
    return f"<{s}Subject>{name}{confirmed}</{s}Subject>"


def _authentication(answer: Answer, s: str) -> str:
    if answer.authenticated is None:
        return ""
    said = _said(
        AuthnInstant=_at(answer, answer.authenticated),
        SessionIndex=answer.session_index,
        SessionNotOnOrAfter=_at(answer, answer.session_until),
    )
    inside = "".join(f"<{s}AuthenticatingAuthority>{name}</{s}AuthenticatingAuthority>" for name in answer.look.authorities)
    if answer.context is not None:
        inside = f"<{s}AuthnContextClassRef>{escape(answer.context)}</{s}AuthnContextClassRef>{inside}"
    return f"<{s}AuthnStatement{said}><{s}AuthnContext>{inside}</{s}AuthnContext></{s}AuthnStatement>"


def _attributes(answer: Answer, s: str) -> str:
    told = FACTS | dict(answer.facts or {})
    listed = [(name, (told[fact],)) for name, fact in answer.look.attributes]
    if answer.look.groups and answer.groups:
        each = [(group,) for group in answer.groups] if answer.look.apart else [answer.groups]
        listed += [(answer.look.groups, values) for values in each]
    listed += [*answer.look.more, *answer.attributes]
    written = "".join(_attribute(answer, s, name, values) for name, values in listed)
    return f"<{s}AttributeStatement>{written}</{s}AttributeStatement>" if written else ""


def _attribute(answer: Answer, s: str, name: str, values: tuple[str, ...]) -> str:
    kind = f'{_TYPES if answer.look.anew else ""} xsi:type="xs:string"' if answer.look.typed else ""
    inside = "".join(f"<{s}AttributeValue{kind}>{escape(value)}</{s}AttributeValue>" for value in values)
    return f"<{s}Attribute{_said(Name=name, NameFormat=answer.look.attribute_format)}>{inside}</{s}Attribute>"


def _issuer(answer: Answer, value: str | None, declared: str = "") -> str:
    s = _tag(answer)
    return (
        "" if value is None else f"<{s}Issuer{declared}{_said(Format=answer.look.issuer_format)}>{escape(value)}</{s}Issuer>"
    )


def _tag(answer: Answer) -> str:
    return f"{answer.look.saml}:" if answer.look.saml else ""


def _colon(prefix: str) -> str:
    return f":{prefix}" if prefix else ""


def _at(answer: Answer, seconds: int | None) -> str | None:
    return None if seconds is None else moment(answer.now, seconds, answer.fraction)


def _said(**attributes: str | None) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items() if value is not None)
