"""The words of IdPs for a second factor: what says that there was one, what to ask for (SAML authn-context, RFC 8176)."""

from collections.abc import Sequence

from bridge.settings import ConnectionSettings

_CLASSES = "urn:oasis:names:tc:SAML:2.0:ac:classes:"
MULTIPLE = "http://schemas.microsoft.com/claims/multipleauthn"
REFEDS = "https://refeds.org/profile/mfa"
PROVES = frozenset(
    {
        MULTIPLE,  # Entra and AD FS
        REFEDS,
        f"{_CLASSES}MobileTwoFactorContract",  # SAML authn-context §3.4
        f"{_CLASSES}MobileTwoFactorUnregistered",
        f"{_CLASSES}TimeSyncToken",
        f"{_CLASSES}SmartcardPKI",
        "urn:okta:loa:2fa:any",  # Okta's guide to step-up authentication
        "mfa",  # RFC 8176 §2, as Okta's session.amr has it
    }
)
"""What says that there was a second factor. A smart card counts: it asks for its PIN."""

ASKS = {"entra": (MULTIPLE,), "active-directory": (MULTIPLE,), "okta": ("urn:okta:loa:2fa:any",)}
"""What is requested, by provider; the profile that was made for it (REFEDS MFA) from everybody else."""


def proving(settings: ConnectionSettings) -> frozenset[str]:
    """What counts at a connection; `mfa.accept` adds to it."""
    return PROVES | frozenset(settings.sign_in.mfa_accept)


def requested(settings: ConnectionSettings) -> Sequence[str]:
    """What a request asks for that needs a second factor (RequestedAuthnContext, exact: any one of these)."""
    return settings.sign_in.mfa_request or ASKS.get(settings.provider, (REFEDS,))
