"""How each identity provider writes what it says (facts of captured responses): prefixes, order, windows, what is signed."""

from dataclasses import dataclass

from tests.support.saml import names

CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/"
MS_CLAIMS = "http://schemas.microsoft.com/identity/claims/"
MS_GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"
MS_METHODS = "http://schemas.microsoft.com/claims/authnmethodsreferences"


@dataclass(frozen=True)
class Look:
    """`attributes`: name -> which of a person's facts (`email`, `first`, `last`, `full`, `id`), written in this order.

    `begins`, `ends`, `confirmed`: seconds from the time of issue. `apart`: one Attribute element for each group.
    `claims_first`: AttributeStatement comes before AuthnStatement. `typed`: xsi:type="xs:string" on values; `anew`: each of
    them declares both prefixes itself; `also`: what the response and the assertion declare besides, needed or not.
    """

    saml: str = "saml"
    samlp: str = "samlp"
    ds: str = "ds"
    signed: str = "assertion"
    name_format: str | None = names.EMAIL
    attributes: tuple[tuple[str, str], ...] = (("email", "email"), ("firstName", "first"), ("lastName", "last"))
    attribute_format: str | None = names.BASIC
    groups: str | None = "groups"
    apart: bool = False
    typed: bool = True
    anew: bool = False
    also: tuple[str, str] = ("", "")
    begins: int | None = -300
    ends: int = 300
    confirmed: int = 300
    session: int | None = None
    context: str = names.PASSWORD
    issuer_format: str | None = None
    consent: str | None = None
    claims_first: bool = False
    authorities: tuple[str, ...] = ()
    wrapped: bool = False
    more: tuple[tuple[str, tuple[str, ...]], ...] = ()


_XS = f' xmlns:xs="{names.XS}"'
_URIS = (("emailaddress", "email"), ("givenname", "first"), ("surname", "last"))

LOOKS = {
    "generic": Look(),
    "okta": Look(
        saml="saml2",
        samlp="saml2p",
        signed="both",
        name_format=names.UNSPECIFIED,
        attributes=(("email", "email"), ("firstName", "first"), ("lastName", "last"), ("id", "id")),
        attribute_format=names.NAME_UNSPECIFIED,
        anew=True,
        also=(_XS, _XS),
        issuer_format=names.ENTITY,
        wrapped=True,
    ),
    "entra": Look(
        saml="",
        ds="",
        attributes=(
            (MS_CLAIMS + "objectidentifier", "id"),
            (MS_CLAIMS + "displayname", "full"),
            *((CLAIMS + name, fact) for name, fact in _URIS),
            (CLAIMS + "name", "email"),
        ),
        attribute_format=None,
        groups=MS_GROUPS,
        typed=False,
        ends=3600,
        confirmed=3600,
        context=names.CONTEXT + "Password",
        claims_first=True,
        more=(
            (MS_CLAIMS + "tenantid", ("0f1e2d3c-4b5a-4978-8675-645342312011",)),
            (MS_METHODS, (names.CONTEXT + "Password", "http://schemas.microsoft.com/claims/multipleauthn")),
        ),
    ),
    "adfs": Look(
        saml="",
        attributes=tuple((CLAIMS + name, fact) for name, fact in _URIS),
        attribute_format=None,
        groups="http://schemas.xmlsoap.org/claims/Group",
        typed=False,
        begins=0,
        ends=3600,
        consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified",
        claims_first=True,
        wrapped=True,
    ),
    "google": Look(
        saml="saml2",
        samlp="saml2p",
        name_format=names.UNSPECIFIED,
        attributes=(),
        attribute_format=None,
        groups=None,
        context=names.CONTEXT + "unspecified",
        wrapped=True,
    ),
    "keycloak": Look(
        signed="response",
        ds="dsig",
        name_format=names.UNSPECIFIED,
        groups="member",
        apart=True,
        anew=True,
        also=(f' xmlns:saml="{names.SAML}"', f' xmlns="{names.SAML}"'),
        begins=-2,
        ends=58,
        confirmed=58,
        session=36_000,
        context=names.CONTEXT + "unspecified",
        more=(("Role", ("offline_access",)), ("Role", ("uma_authorization",))),
    ),
    "jumpcloud": Look(
        name_format="urn:oasis:names:tc:SAML:1.0:nameid-format:unspecified",
        attribute_format=names.NAME_UNSPECIFIED,
        consent="urn:oasis:names:tc:SAML:2.0:consent:unspecified",
        groups="memberOf",
    ),
    "pingone": Look(
        name_format=None,
        attributes=(("saml_subject", "id"), ("email", "email")),
        begins=-60,
        session=300,
        context=names.CONTEXT + "unspecified",
        authorities=("0f1e2d3c-aaaa-bbbb-cccc-645342312011",),
    ),
    "onelogin": Look(
        attributes=(
            ("User.email", "email"),
            ("User.FirstName", "first"),
            ("User.LastName", "last"),
            ("PersonImmutableID", "id"),
        ),
        groups="memberOf",
        begins=-180,
        ends=180,
        confirmed=180,
        session=86_400,
    ),
}
