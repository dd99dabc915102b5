"""The names that SAML, XML Signature and XML Encryption give things."""

SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
SAMLP = "urn:oasis:names:tc:SAML:2.0:protocol"
DS = "http://www.w3.org/2000/09/xmldsig#"
XENC = "http://www.w3.org/2001/04/xmlenc#"
XENC11 = "http://www.w3.org/2009/xmlenc11#"
XS = "http://www.w3.org/2001/XMLSchema"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
NAMESPACES = {"saml": SAML, "samlp": SAMLP, "ds": DS, "xenc": XENC}

STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
BEARER = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"
PERSISTENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
ENTITY = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity"
BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
NAME_UNSPECIFIED = "urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"
CONTEXT = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
PASSWORD = CONTEXT + "PasswordProtectedTransport"

ENVELOPED = DS + "enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
EXCLUSIVE_COMMENTS = EXCLUSIVE + "WithComments"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_COMMENTS = INCLUSIVE + "#WithComments"
INCLUSIVE_11 = "http://www.w3.org/2006/12/xml-c14n11"

DIGESTS = {"sha1": DS + "sha1", "sha224": MORE + "sha224", "sha256": XENC + "sha256", "sha384": MORE + "sha384"}
DIGESTS |= {"sha512": XENC + "sha512", "md5": MORE + "md5"}
SIGNATURES = {f"rsa-{name}": f"{MORE}rsa-{name}" for name in ("md5", "sha224", "sha256", "sha384", "sha512")}
SIGNATURES |= {f"ecdsa-{name}": f"{MORE}ecdsa-{name}" for name in ("sha1", "sha224", "sha256", "sha384", "sha512")}
SIGNATURES |= {f"hmac-{name}": f"{MORE}hmac-{name}" for name in ("sha256", "sha512")}
SIGNATURES |= {"rsa-sha1": DS + "rsa-sha1", "hmac-sha1": DS + "hmac-sha1"}
SIGNATURES |= {"rsa-pss-sha256": "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"}

CONTENTS = {"tripledes-cbc": XENC + "tripledes-cbc"}
CONTENTS |= {f"aes{bits}-cbc": f"{XENC}aes{bits}-cbc" for bits in (128, 192, 256)}
CONTENTS |= {f"aes{bits}-gcm": f"{XENC11}aes{bits}-gcm" for bits in (128, 192, 256)}
TRANSPORTS = {"rsa-oaep-mgf1p": XENC + "rsa-oaep-mgf1p", "rsa-oaep": XENC11 + "rsa-oaep", "rsa-1_5": XENC + "rsa-1_5"}
