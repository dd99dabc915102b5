"""What a connection accepts, as ServiceProviderConfig's `authenticationSchemes` say it (RFC 7643 §5)."""

from collections.abc import Mapping, Sequence

_BEARER = {
    "type": "oauthbearertoken",
    "name": "Bearer token",
    "description": "A token made by `inferpipe-bridge token create`.",
    "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
}
_OAUTH = {
    "type": "oauth2",
    "name": "OAuth 2.0 client credentials",
    "description": "An access token of /oauth2/token, for a client made by `inferpipe-bridge client create`.",
    "specUri": "https://www.rfc-editor.org/rfc/rfc6749",
}
_ENTRA = {
    "type": "oauthbearertoken",
    "name": "Microsoft Entra token",
    "description": "An access token that the pinned tenant of Microsoft Entra issued to its provisioning service.",
    "specUri": "https://www.rfc-editor.org/rfc/rfc6750",
}
_RAW = {
    "type": "oauthbearertoken",
    "name": "Bare token",
    "description": "A token in the Authorization header without the word Bearer, as Okta's Header mode sends it.",
}
_SCHEMES: Mapping[str, Mapping[str, str]] = {"token": _BEARER, "oauth": _OAUTH, "entra": _ENTRA, "raw_token": _RAW}


def authentication_schemes(auth: Sequence[str]) -> list[dict[str, str | bool]]:
    """One entry for each method of a connection's `auth`; the first listed is the primary one."""
    return [{**_SCHEMES[method], "primary": place == 0} for place, method in enumerate(dict.fromkeys(auth))]
