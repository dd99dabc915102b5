"""The file that an IdP's administrator would send: its metadata, with the certificate of the kit's signer."""

import base64
from pathlib import Path

from tests.support.saml import IDP, Signer, signer

_METADATA = """<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity}">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"{more}>
<KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>{certificate}
</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.acme.test/sso"/>
</IDPSSODescriptor></EntityDescriptor>"""


def metadata_file(folder: Path, by: Signer | None = None, *, entity: str = IDP, more: str = "") -> str:
    """Write one; returns what `sign_in.saml.metadata` says. `more`: attributes of the descriptor."""
    certificate = base64.b64encode((by or signer()).der).decode()
    path = folder / "idp.xml"
    path.write_text(_METADATA.format(entity=entity, more=more, certificate=certificate), encoding="utf-8")
    return f"file:{path}"
