"""Settings as the rest of the house sees them: frozen values, secrets that don't print."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from bridge.settings.layers import Layered
from bridge.settings.references import Secret
from mappings.located import Problem
from mappings.providers import Names
from mappings.roles import Role
from mappings.ruleset import Scope
from scim.schemas import Schema

SANDBOX_KEY = "sk_test_sandbox"
OWN_CONDITIONS = frozenset({"email", "groups", "groups_link", "authn_methods", "user_name"})
"""Attributes that rules ask for by conditions of their own, and not by `attribute`; and what is no fact of a person: where
the groups are, how somebody proved who they are, what they may be called in the directory."""


@dataclass(frozen=True, slots=True)
class Clerk:
    """`sandbox`: no key was given, so the stand-in serves. `calls_per_10s`: Clerk's rate limit for this key.

    `sweep_every` in seconds; 0: never. `dashboard_secret`: what the sandbox's dashboard asks us with, made by each `serve`.
    """

    secret_key: Secret
    api_url: str
    sandbox: bool
    calls_per_10s: int
    jwt_issuer_domain: str | None
    webhook_signing_secret: Secret | None
    sweep_every: int = 3600
    dashboard_secret: Secret | None = None


@dataclass(frozen=True, slots=True)
class Bridge:
    """The operator's settings. `roles`: our word -> Clerk's role key."""

    config: Path
    listen: tuple[str, int]
    public_url: str
    data: Path
    database_url: str = field(repr=False)  # it may hold a password
    sandbox_listen: tuple[str, int]
    clerk: Clerk
    roles: Mapping[str, str]
    log_level: str
    log_format: str
    audit_key: Secret | None
    seal_every: int
    requests_keep: int
    requests_body: int
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...]
    outbound_allow: frozenset[str]
    dashboard_url: str | None = None  # its sign-in page, where tickets go


@dataclass(frozen=True, slots=True)
class Workspace:
    """How one connection may use one workspace: by `id` (or slug), or a name to `create`."""

    id: str | None
    create: str | None
    ceiling: Role
    existing: str
    last_resort_owner: str | None
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Wildcard:
    """``"*"``: aliases that captures bring. `create` is a name with {alias} in it."""

    create: str
    at_most: int | None
    ceiling: Role


@dataclass(frozen=True, slots=True)
class Brake:
    """So many people, or percent, may lose something within so many seconds."""

    people: int
    percent: float
    within: int


@dataclass(frozen=True, slots=True)
class Entra:
    """What a token of Microsoft Entra must say to be believed; no pins: any application of the tenant."""

    tenant: str
    audiences: tuple[str, ...]
    issuers: tuple[str, ...]
    object_ids: frozenset[str]
    app_ids: frozenset[str]
    keys_url: str


@dataclass(frozen=True, slots=True)
class Callers:
    """Who may call /scim: the methods listed in `auth` and no other. `token_lasts` in seconds."""

    auth: tuple[str, ...] = ()
    entra: Entra | None = None
    token_lasts: int = 3600


@dataclass(frozen=True, slots=True)
class Scim:
    """How the connection's SCIM endpoint behaves. `group_patch`: nothing or group; the schemas are those beyond RFC 7643."""

    strict: bool = False
    unique_group_names: bool = True
    group_patch: Literal["nothing", "group"] = "nothing"
    user_schemas: tuple[Schema, ...] = ()
    group_schemas: tuple[Schema, ...] = ()


@dataclass(frozen=True, slots=True)
class Saml:
    """`metadata`: a URL or a file's whole path; `keys` are PEM texts, the first signs. `skew` in seconds."""

    metadata: str
    keys: tuple[Secret, ...] = ()
    sign_requests: bool = False
    require_encryption: bool = False
    idp_initiated: bool = False
    force_authn: bool = False
    single_logout: bool = True
    skew: int = 180


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a sign-in may do, and what it must bring. `mfa_for`: roles; `access_lasts` in seconds."""

    saml: Saml | None = None
    groups_from: Literal["directory", "assertion", "both"] = "directory"
    jit: Literal["create", "update", "off"] = "update"
    mfa_for: tuple[Role, ...] = ()
    mfa_missing: Literal["step_up", "refuse"] = "step_up"
    mfa_accept: tuple[str, ...] = ()
    mfa_request: tuple[str, ...] = ()
    from_idp: Literal["long", "always", "never"] = "long"
    access_lasts: int = 14 * 86400


@dataclass(frozen=True, slots=True)
class ConnectionSettings:
    """One connection, defaults layered in. `directory`: scim, google, ldap, graph or none; `settle` in seconds, as are
    `max_age` and `idle`, the limits of sessions."""

    name: str
    customer: str
    provider: str
    mode: str
    domains: tuple[str, ...]
    shared_with: tuple[str, ...]
    outsiders: str
    contact: str | None
    timezone: str
    workspaces: Mapping[str, Workspace]
    wildcard: Wildcard | None
    directory: str
    callers: Callers
    scim: Scim
    deactivation: str
    attributes: Mapping[str, Names]
    brake: Brake
    settle: int
    activate: str
    clerk_instance: str
    end_on: tuple[str, ...]
    elsewhere: str
    max_age: int | None
    idle: int | None
    sign_in: SignIn = SignIn()
    borrowed: tuple[str, ...] = ()
    """Domains that other connections share with this one."""

    @property
    def facts(self) -> dict[str, Names]:
        """The attributes that rules may ask for by name."""
        return {name: names for name, names in self.attributes.items() if name not in OWN_CONDITIONS}

    def scope(self) -> Scope:
        """What its mapping file may name."""
        ceilings = {alias: workspace.ceiling for alias, workspace in self.workspaces.items()}
        wildcard = self.wildcard.ceiling if self.wildcard else None
        spoken_for = frozenset((*self.domains, *self.borrowed)) if self.outsiders == "refuse" else frozenset()
        return Scope(self.name, ceilings, wildcard, self.timezone, frozenset(self.facts), spoken_for or None)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything. `origins`: "bridge" or a connection -> its layers, as ``config`` prints them. `warnings` stop nothing."""

    bridge: Bridge
    connections: Mapping[str, ConnectionSettings]
    origins: Mapping[str, Layered]
    warnings: tuple[Problem, ...] = ()
