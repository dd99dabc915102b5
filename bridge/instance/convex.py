"""What Convex and the dashboard have to know of this instance: the issuer of its tokens, and where that goes.

The issuer is the address of the Frontend API. A publishable key is that address in base64, with a $ at its end.
"""

import base64
from dataclasses import dataclass

from bridge.errors import BridgeError
from bridge.instance.wanted import AUDIENCE


class KeyMalformed(BridgeError):
    """It is no publishable key."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`issuer` None: nobody said what it is. `publishable_key` None: it is to be copied from Clerk's dashboard."""

    issuer: str | None
    publishable_key: str | None


def issuer_of(publishable_key: str) -> str:
    """``pk_test_Y2xlcmsuYWNtZS5kZXYk`` -> ``https://clerk.acme.dev``; KeyMalformed."""
    kind, _, encoded = publishable_key.strip().rpartition("_")
    try:
        host = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True).decode("ascii")
    except ValueError:  # not base64, not ASCII
        host = ""
    if kind not in {"pk_test", "pk_live"} or not host.endswith("$") or len(host) < 4:
        raise KeyMalformed(
            "publishable_key_malformed",
            f"{publishable_key[:12]}… is no publishable key.",
            hint="It begins with pk_test_ or pk_live_; Clerk's dashboard shows it under API keys.",
        )
    return f"https://{host.removesuffix('$')}"


def publishable_key_of(issuer: str, *, live: bool) -> str:
    """The other way round."""
    host = issuer.partition("://")[2]
    return f"pk_{'live' if live else 'test'}_{base64.b64encode(f'{host}$'.encode()).decode().rstrip('=')}"


def auth_config(issuer: str) -> str:
    """``convex/auth.config.ts``. Convex finds the keys by the issuer's discovery document and checks `iss` and `aud`."""
    return f"""export default {{
  providers: [
    {{
      domain: "{issuer}",
      applicationID: "{AUDIENCE}",
    }},
  ],
}};
"""


def environment(dashboard: Dashboard) -> list[tuple[str, str]]:
    """What goes into the dashboard's environment. The secret key is never shown."""
    return [
        ("VITE_CLERK_PUBLISHABLE_KEY", dashboard.publishable_key or "(Clerk's dashboard, API keys)"),
        ("CLERK_SECRET_KEY", "(the one that the bridge has, or another of this instance)"),
        ("CLERK_JWT_ISSUER_DOMAIN", dashboard.issuer or "(Clerk's dashboard, API keys, Frontend API URL)"),
        ("VITE_CONVEX_URL", "(Convex's dashboard, Settings, URL and deploy key)"),
    ]


SESSION_TOKEN = (
    "Or without a template: activate the Convex integration in Clerk's dashboard. Then the session token itself has the\n"
    f'audience "{AUDIENCE}", and the workspace is in its claim `o` (id, slg, rol without org:). The same auth.config.ts\n'
    "serves both; convex/react-clerk takes the session token where it can, else the template."
)
