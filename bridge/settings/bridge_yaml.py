"""The operator's own file, ``config/bridge.yaml``, as shapes. The environment wins over it, and it over the defaults."""

from typing import Any, Literal

from pydantic import Field

from bridge.settings.connections import Shape
from bridge.settings.durations import Duration


class ClerkShape(Shape):
    """The Clerk instance; without a secret key, the sandbox."""

    secret_key: str | None = Field(None, description="env:NAME or file:PATH")
    api_url: str | None = Field(None, description="the Backend API without /v1")
    jwt_issuer_domain: str | None = Field(None, description="the issuer that Convex trusts")
    webhook_signing_secret: str | None = Field(None, description="env:NAME or file:PATH")
    calls_per_10s: int | None = Field(None, ge=10, description="the rate limit; by the key's kind without it")


class RolesShape(Shape):
    """Clerk's key for each workspace role."""

    owner: str = "org:owner"
    admin: str = "org:admin"
    editor: str = "org:editor"
    viewer: str = "org:viewer"


class LogShape(Shape):
    level: Literal["debug", "info", "warning", "error"] = Field("info", description="the least that is logged")
    format: Literal["auto", "json", "text"] = Field("auto", description="auto: text on a terminal")


class AuditShape(Shape):
    key: str | None = Field(None, description="env:NAME or file:PATH; a file in the data folder without it")
    seal_every: Duration = Field(1, description="how often the audit trail is sealed")


class BridgeShape(Shape):
    """The whole of bridge.yaml."""

    listen: str = Field("127.0.0.1:8080", description="address and port of the service")
    public_url: str | None = Field(None, description="how IdPs and browsers reach it; http://LISTEN without it")
    data: str = Field("data", description="the folder for what must survive a restart")
    database_url: str | None = Field(None, description="sqlite:///FILE or postgresql://…; bridge.db in the data folder")
    sandbox_listen: str = Field("127.0.0.1:8081", description="address and port of the sandbox")
    clerk: ClerkShape = Field(default_factory=ClerkShape, description="the Clerk instance")
    roles: RolesShape = Field(default_factory=RolesShape, description="Clerk's key for each role")
    log: LogShape = Field(default_factory=LogShape, description="what is logged, and how")
    audit: AuditShape = Field(default_factory=AuditShape, description="the audit trail")
    defaults: dict[str, Any] = Field({}, description="defaults for every connection: any of its keys")


ENVIRONMENT = {
    "BRIDGE_LISTEN": ("listen",),
    "BRIDGE_PUBLIC_URL": ("public_url",),
    "BRIDGE_DATA": ("data",),
    "BRIDGE_DATABASE_URL": ("database_url",),
    "BRIDGE_SANDBOX_LISTEN": ("sandbox_listen",),
    "CLERK_API_URL": ("clerk", "api_url"),
    "CLERK_JWT_ISSUER_DOMAIN": ("clerk", "jwt_issuer_domain"),
}
"""Environment variables that set a key of bridge.yaml. CLERK_SECRET_KEY and CLERK_WEBHOOK_SIGNING_SECRET are secrets:
they become the reference ``env:…``."""

SECRETS = {
    "CLERK_SECRET_KEY": ("clerk", "secret_key"),
    "CLERK_WEBHOOK_SIGNING_SECRET": ("clerk", "webhook_signing_secret"),
}
