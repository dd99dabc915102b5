"""How each provider writes a response. What differs between them is here, and nowhere asked by name.

Sources: Okta's, Microsoft's and Google's pages on SAML apps, and real responses of all four that others published.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
ANY_NAME = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
AUTHN_METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"
MULTIPLE = "http://schemas.microsoft.com/claims/multipleauthn"
GROUPS_LINK = "http://schemas.microsoft.com/claims/groups.link"
REFEDS_MFA = "https://refeds.org/profile/mfa"

_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
_PASSWORD = "http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/password"  # noqa: S105 - a name of a way
_SOAP = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
_MICROSOFT = "http://schemas.microsoft.com/identity/claims/"


@dataclass(frozen=True, slots=True)
class Flavour:
    """One provider. `{key}`, `{uuid}` and `{connection}` in `entity_id` stand for ids of this connection's IdP.

    `attributes`: name -> what it says of a person; what is empty is not sent. `begins`, `ends`, `confirmed`: seconds from
    issue to NotBefore, to the Conditions' NotOnOrAfter, to that of the SubjectConfirmationData.
    """

    title: str
    entity_id: str
    signs: tuple[Literal["assertion", "response"], ...] = ("assertion",)
    name_id: str = UNSPECIFIED
    attributes: Mapping[str, str] = field(default_factory=dict)
    name_format: str | None = None
    typed: bool = False  # xsi:type="xs:string" at values
    groups: str | None = "groups"
    group_ids: bool = False
    most_groups: int | None = None  # more are cut, or linked to
    linked: bool = False
    begins: int = -300
    ends: int = 300
    confirmed: int = 300
    context: str = f"{_CLASSES}PasswordProtectedTransport"
    second_factor: str | None = None  # the context after one
    methods: tuple[str, ...] = ()  # what authnmethodsreferences says always
    counts_methods: bool = False  # ... and after a second factor
    obeys: bool = True  # answers with a context that was asked for
    issuer_format: bool = False
    authn_last: bool = False
    logs_out: bool = True


FLAVOURS: Mapping[str, Flavour] = {
    "okta": Flavour(
        title="Okta",
        entity_id="http://www.okta.com/exk{key}",
        signs=("assertion", "response"),
        attributes={"email": "{email}", "firstName": "{given}", "lastName": "{family}", "id": "{id}", "title": "{title}"},
        name_format=ANY_NAME,
        typed=True,
        issuer_format=True,
    ),
    "entra": Flavour(
        title="Microsoft Entra ID",
        entity_id="https://sts.windows.net/{uuid}/",
        name_id=EMAIL,  # and carries the user principal name
        attributes={
            f"{_MICROSOFT}tenantid": "{uuid}",
            f"{_MICROSOFT}objectidentifier": "{id}",
            f"{_MICROSOFT}displayname": "{name}",
            f"{_MICROSOFT}identityprovider": "https://sts.windows.net/{uuid}/",
            f"{_SOAP}givenname": "{given}",
            f"{_SOAP}surname": "{family}",
            f"{_SOAP}emailaddress": "{email}",
            f"{_SOAP}name": "{email}",
        },
        groups="http://schemas.microsoft.com/ws/2008/06/identity/claims/groups",
        group_ids=True,
        most_groups=150,
        linked=True,
        ends=3600,
        confirmed=3600,
        context=f"{_CLASSES}Password",  # also after a second factor: that is said by the methods alone
        methods=(_PASSWORD,),
        counts_methods=True,
        obeys=False,
        authn_last=True,
    ),
    "google": Flavour(
        title="Google Workspace",
        entity_id="https://accounts.google.com/o/saml2?idpid=C0{key}",
        attributes={
            "email": "{email}",
            "firstName": "{given}",
            "lastName": "{family}",
        },  # an admin maps them: none by default
        most_groups=75,
        context=f"{_CLASSES}unspecified",  # Google says nothing of second factors
        obeys=False,
        logs_out=False,
    ),
    "active-directory": Flavour(
        title="AD FS",
        entity_id="http://adfs.{connection}.example/adfs/services/trust",
        name_id=EMAIL,
        attributes={
            f"{_SOAP}emailaddress": "{email}",
            f"{_SOAP}upn": "{email}",
            f"{_SOAP}givenname": "{given}",
            f"{_SOAP}surname": "{family}",
        },
        groups="http://schemas.xmlsoap.org/claims/Group",
        begins=0,
        ends=3600,
        methods=(_PASSWORD,),
        counts_methods=True,
    ),
    "generic": Flavour(
        title="A generic IdP",
        entity_id="urn:sandbox:idp:{connection}",
        name_id=EMAIL,
        attributes={
            "email": "{email}",
            "firstName": "{given}",
            "lastName": "{family}",
            "id": "{id}",
            "title": "{title}",
        },
        name_format=BASIC,
        second_factor=REFEDS_MFA,
    ),
}
