"""Metadata as each product writes it, in our own words: the parts that differ, around keys of the kit."""

from tests.support.saml import Signer, signer
from tests.support.saml.metadata import MD, POST, REDIRECT, certificate, entity, key, role, service, slo, sso
from tests.support.saml.names import DS


def entra(first: Signer, second: Signer) -> bytes:
    """Entra's federation metadata: a BOM, a signature, WS-Federation roles around the one that counts, two keys."""
    token_service = (
        '<RoleDescriptor xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/'
        'federation/200706" xsi:type="fed:SecurityTokenServiceType" protocolSupportEnumeration="http://docs.oasis-open.org/'
        f'wsfed/federation/200706"><KeyDescriptor use="signing"><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>'
        f"{certificate(signer('not-for-saml'))}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><fed:ClaimTypesOffered>"
        '<auth:ClaimType xmlns:auth="http://docs.oasis-open.org/wsfed/authorization/200706" Uri="http://schemas.xmlsoap.org/ws'
        '/2005/05/identity/claims/name"><auth:DisplayName>Name</auth:DisplayName></auth:ClaimType></fed:ClaimTypesOffered>'
        "</RoleDescriptor>"
    )
    keys = "".join(
        f'<KeyDescriptor use="signing"><KeyInfo xmlns="{DS}"><X509Data><X509Certificate>{certificate(one)}'
        "</X509Certificate></X509Data></KeyInfo></KeyDescriptor>"
        for one in (first, second)
    )
    home = "https://login.example.test/5c3e2a54-0000-4000-8000-000000000001/saml2"
    text = (
        '<?xml version="1.0" encoding="utf-8"?>'
        '<EntityDescriptor ID="_9b1f" entityID="https://sts.example.test/5c3e2a54-0000-4000-8000-000000000001/" '
        f'xmlns="{MD}"><Signature xmlns="{DS}"><SignedInfo/><SignatureValue>AAAA</SignatureValue></Signature>'
        f"{token_service}"
        f'<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}'
        f'<SingleLogoutService Binding="{REDIRECT}" Location="{home}"/><SingleSignOnService Binding="{REDIRECT}" '
        f'Location="{home}"/><SingleSignOnService Binding="{POST}" Location="{home}"/></IDPSSODescriptor></EntityDescriptor>'
    )
    return b"\xef\xbb\xbf" + text.encode()


def okta() -> bytes:
    """Okta: POST before Redirect, no logout, NameID formats, WantAuthnRequestsSigned said and false."""
    at = "https://acme.example.test/app/acme_bridge_1/exk1a2b3c/sso/saml"
    formats = "<md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified</md:NameIDFormat>"
    inside = role(key(signer(), broken=True), formats, sso(at, POST), sso(at), attributes='WantAuthnRequestsSigned="false"')
    return ('<?xml version="1.0" encoding="UTF-8"?>' + entity(inside, id="http://www.example.test/exk1a2b3c")).encode()


def google() -> bytes:
    """Google Workspace: validUntil of the certificate's end, no logout."""
    at = "https://accounts.example.test/o/saml2/idp?idpid=C01abcdef"
    inside = role(key(signer(), broken=True), sso(at), sso(at, POST), attributes='WantAuthnRequestsSigned="false"')
    whole = entity(
        inside,
        id="https://accounts.example.test/o/saml2?idpid=C01abcdef",
        attributes='validUntil="2031-01-02T03:04:05.000Z"',
    )
    return ('<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n' + whole).encode()


def adfs() -> bytes:
    """AD FS: an SP role of the same entity, an encryption key first, logout by both bindings, attributes it may send."""
    sp = (
        '<md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol" WantAssertionsSigned="true">'
        f"{key(signer('adfs-sp'))}{service('AssertionConsumerService', 'https://fs.acme.test/adfs/ls/', POST, index='0')}"
        "</md:SPSSODescriptor>"
    )
    offered = (
        '<saml:Attribute xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname'
        '-format:uri" Name="http://schemas.xmlsoap.org/claims/Group" FriendlyName="Group"/>'
    )
    at = "https://fs.acme.test/adfs/ls/"
    idp = role(
        key(signer("adfs-encrypts"), "encryption"), key(signer()), slo(at), slo(at, POST), sso(at), sso(at, POST), offered
    )
    return entity(sp, idp, id="http://fs.acme.test/adfs/services/trust").encode()


def keycloak() -> bytes:
    """Keycloak: wants signed requests, an artifact service, POST logout before Redirect, SOAP among the bindings."""
    at = "https://sso.acme.test/realms/acme/protocol/saml"
    artifact = service("ArtifactResolutionService", at + "/resolve", "urn:oasis:names:tc:SAML:2.0:bindings:SOAP", index="0")
    soap = slo(at, "urn:oasis:names:tc:SAML:2.0:bindings:SOAP")
    inside = role(
        key(signer()),
        artifact,
        slo(at, POST),
        slo(at),
        soap,
        sso(at, POST),
        sso(at),
        attributes='WantAuthnRequestsSigned="true"',
    )
    return entity(inside, id="https://sso.acme.test/realms/acme").encode()


def simplesamlphp() -> bytes:
    """SimpleSAMLphp: one key for both uses, each stated, a contact person, all over http on this machine."""
    at = "http://127.0.0.1:18080/simplesaml/saml2/idp"
    contact = (
        '<md:ContactPerson contactType="technical"><md:GivenName>Ada</md:GivenName><md:EmailAddress>mailto:ada@acme.test'
        "</md:EmailAddress></md:ContactPerson>"
    )
    inside = role(
        key(signer()),
        key(signer(), "encryption"),
        slo(f"{at}/SingleLogoutService.php"),
        "<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:transient</md:NameIDFormat>",
        sso(f"{at}/SSOService.php"),
    )
    return entity(inside, contact, id=f"{at}/metadata.php").encode()
