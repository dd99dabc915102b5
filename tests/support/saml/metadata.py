"""Metadata of identity providers, part by part, around keys of the kit; and the file that an administrator would send."""

import base64
from pathlib import Path

from tests.support.saml.keys import Signer, signer
from tests.support.saml.names import DS, SAMLP
from tests.support.saml.parties import IDP

MD = "urn:oasis:names:tc:SAML:2.0:metadata"
BINDING = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"
REDIRECT, POST = BINDING + "Redirect", BINDING + "POST"


def metadata_file(folder: Path, *parts: str, name: str = "idp.xml") -> str:
    """Write one of the kit's IdP; returns what `sign_in.saml.metadata` says. `parts` as in `document`."""
    path = folder / name
    path.write_bytes(document(*parts))
    return f"file:{path}"


def certificate(by: Signer) -> str:
    return base64.b64encode(by.der).decode()


def key(by: Signer, use: str | None = "signing", *, broken: bool = False) -> str:
    """A KeyDescriptor; `broken` over lines, as most products write it."""
    text = certificate(by)
    text = "\n  " + "\n  ".join(text[at : at + 64] for at in range(0, len(text), 64)) + "\n" if broken else text
    used = f' use="{use}"' if use else ""
    return (
        f'<md:KeyDescriptor{used}><ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509Certificate>{text}'
        "</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
    )


def service(name: str, location: str, binding: str = REDIRECT, **more: str) -> str:
    rest = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<md:{name} Binding="{binding}" Location="{location}"{rest}/>'


def sso(location: str = "https://idp.acme.test/sso", binding: str = REDIRECT) -> str:
    return service("SingleSignOnService", location, binding)


def slo(location: str = "https://idp.acme.test/slo", binding: str = REDIRECT, **more: str) -> str:
    return service("SingleLogoutService", location, binding, **more)


def role(*parts: str, attributes: str = "", protocols: str = SAMLP) -> str:
    head = f'<md:IDPSSODescriptor protocolSupportEnumeration="{protocols}" {attributes}>'
    return head + "".join(parts) + "</md:IDPSSODescriptor>"


def entity(*roles: str, id: str = IDP, attributes: str = "") -> str:
    return f'<md:EntityDescriptor xmlns:md="{MD}" entityID="{id}" {attributes}>{"".join(roles)}</md:EntityDescriptor>'


def entities(*them: str, attributes: str = "") -> bytes:
    return f'<md:EntitiesDescriptor xmlns:md="{MD}" {attributes}>{"".join(them)}</md:EntitiesDescriptor>'.encode()


def document(*parts: str, by: Signer | None = None, **attributes: str) -> bytes:
    """A sound one. `parts`: what stands in the role beside a key and the SSO endpoint; `attributes` of the entity."""
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    return entity(role(key(by or signer()), *parts, sso()), attributes=written).encode()
