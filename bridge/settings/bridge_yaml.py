"""The operator's own file, ``config/bridge.yaml``, as shapes. The environment wins over it, and it over the defaults."""

from typing import Literal

from pydantic import Field

from bridge.settings.connections import ConnectionDefaults
from bridge.settings.durations import Duration, Period
from bridge.settings.kinds import Address, DatabaseUrl, Network, Reference, Shape, Url


class ClerkShape(Shape):
    """The Clerk instance; without a secret key, the sandbox."""

    secret_key: Reference | None = Field(default=None, description="a reference; the sandbox serves without it")
    api_url: Url | None = Field(
        default=None, description="the Backend API without /v1; https://api.clerk.com, or the sandbox"
    )
    jwt_issuer_domain: str | None = Field(default=None, description="the issuer that Convex trusts")
    webhook_signing_secret: Reference | None = Field(default=None, description="a reference; proves a webhook is Clerk's")
    calls_per_10s: int | None = Field(
        default=None, ge=10, description="the rate limit; 1000 for live keys and the sandbox, else 100"
    )
    sweep_every: Period = Field(
        default=3600, description="how often Clerk is compared with what we believe of it; never: only `drift` does"
    )


class RolesShape(Shape):
    """Clerk's key for each workspace role."""

    owner: str = Field(default="org:owner", description="Clerk's key for owner")
    admin: str = Field(default="org:admin", description="Clerk's key for admin")
    editor: str = Field(default="org:editor", description="Clerk's key for editor")
    viewer: str = Field(default="org:viewer", description="Clerk's key for viewer")


class LogShape(Shape):
    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="the least that is logged")
    format: Literal["auto", "json", "text"] = Field(default="auto", description="auto: text on a terminal")


class AuditShape(Shape):
    key: Reference | None = Field(default=None, description="a reference; the file audit.key in the data folder without it")
    seal_every: Duration = Field(default=1, description="how often the audit trail is sealed")


class RequestsShape(Shape):
    keep: int = Field(default=500, ge=0, le=100_000, description="requests kept per connection; 0: none")
    body: int = Field(
        default=2000, ge=0, le=16_000, description="characters of a body that are kept; 0: no body, no filter, no detail"
    )


class OutboundShape(Shape):
    allow: list[Address] = Field(
        default=[], description="HOST:PORT that a URL of a connection file may lead to, although private or without TLS"
    )


class BridgeShape(Shape):
    """The whole of bridge.yaml."""

    listen: Address = Field(default="127.0.0.1:8080", description="address and port of the service")
    public_url: Url | None = Field(default=None, description="how IdPs and browsers reach it; http://LISTEN without it")
    dashboard_url: Url | None = Field(
        default=None, description="the dashboard's sign-in page, where tickets go; the sandbox's own stand-in without it"
    )
    trusted_proxies: list[Network] = Field(
        default=[], description="proxies whose X-Forwarded-For is believed; without them, the address is the peer's"
    )
    data: str = Field(default="data", description="the folder for what must survive a restart")
    database_url: DatabaseUrl | None = Field(
        default=None, description="sqlite:///FILE, postgresql://… or a reference; DATA/bridge.db without it"
    )
    sandbox_listen: Address = Field(default="127.0.0.1:8081", description="address and port of the sandbox")
    clerk: ClerkShape = Field(default_factory=ClerkShape, description="the Clerk instance")
    roles: RolesShape = Field(default_factory=RolesShape, description="Clerk's key for each role")
    log: LogShape = Field(default_factory=LogShape, description="what is logged, and how")
    audit: AuditShape = Field(default_factory=AuditShape, description="the audit trail")
    requests: RequestsShape = Field(default_factory=RequestsShape, description="the request log")
    outbound: OutboundShape = Field(default_factory=OutboundShape, description="where calls may go")
    defaults: ConnectionDefaults = Field(
        default_factory=ConnectionDefaults, description="for every connection: any of its keys but customer and provider"
    )


ENVIRONMENT = {
    "BRIDGE_LISTEN": ("listen",),
    "BRIDGE_PUBLIC_URL": ("public_url",),
    "BRIDGE_DASHBOARD_URL": ("dashboard_url",),
    "BRIDGE_DATA": ("data",),
    "BRIDGE_DATABASE_URL": ("database_url",),
    "BRIDGE_SANDBOX_LISTEN": ("sandbox_listen",),
    "CLERK_API_URL": ("clerk", "api_url"),
    "CLERK_JWT_ISSUER_DOMAIN": ("clerk", "jwt_issuer_domain"),
}
"""Environment variables that set a key of bridge.yaml."""

SECRETS = {
    "CLERK_SECRET_KEY": ("clerk", "secret_key"),
    "CLERK_WEBHOOK_SIGNING_SECRET": ("clerk", "webhook_signing_secret"),
}
"""Environment variables that are secrets themselves: they become the reference ``env:NAME``."""

REFERENCES = (*SECRETS.values(), ("audit", "key"), ("database_url",))
"""Keys whose value may be a reference."""
