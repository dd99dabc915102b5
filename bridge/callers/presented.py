"""What an Authorization header presents: a method, told by the shape of the credential, and the credential itself."""

from bridge.callers import access, tokens
from bridge.callers.visitor import Method


def presented(authorization: str) -> tuple[Method, str] | None:
    """None for a header that is absent, of another scheme, or of no shape that we make or believe."""
    scheme, _, rest = authorization.strip().partition(" ")
    secret = rest.strip()
    if not authorization.isascii():
        return None
    if not secret:  # Okta's "Header" mode sends the bare token (docs: OIN, SCIM authentication settings)
        return ("raw_token", scheme) if _shape(scheme) == "token" else None
    method = _shape(secret) if scheme.lower() == "bearer" else None
    return (method, secret) if method else None


def _shape(secret: str) -> Method | None:
    if secret.startswith(access.PREFIX):
        return "oauth"
    if secret.startswith(tokens.PREFIX):
        return "token"
    return "entra" if secret.count(".") == 2 else None
