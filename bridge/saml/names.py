"""Names of SAML that messages and metadata share. In braces: a namespace, as lxml writes it before a tag."""

from bridge.saml.xml import SAMLP

MD = "{urn:oasis:names:tc:SAML:2.0:metadata}"
PROTOCOL = SAMLP[1:-1]
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
