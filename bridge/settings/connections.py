"""One customer IdP as its operator describes it: ``config/connections/NAME.yaml``. Shapes only; defaults are layered in."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from bridge.settings.durations import Duration
from bridge.settings.extensions import SchemaShape
from bridge.settings.kinds import Domain, Guid, Issuer, Shape, Timezone, Url

Provider = Literal["okta", "entra", "google", "active-directory", "generic"]
RoleWord = Literal["owner", "admin", "editor", "viewer"]
NON_GALLERY = "8adf8e6e-67b2-4cf2-a259-e3dc5476c621"  # `aud` for every non-gallery app of Entra
SOURCES = ("scim", "google", "ldap", "graph")


def _as_workspace(value: Any) -> Any:
    return {"id": value} if isinstance(value, str) else value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Texts = Annotated[
    list[str],
    BeforeValidator(_as_list),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
"""A text, or a list of them."""


class WorkspaceShape(Shape):
    """One Clerk organization that rules may name."""

    id: str | None = Field(default=None, description="Clerk's organization id (org_…) or slug")
    create: str | None = Field(default=None, description="make an organization of this name")
    ceiling: RoleWord = Field(default="owner", description="the highest role rules may give here")
    existing: Literal["adopt", "leave"] = Field(default="adopt", description="memberships from before: ours, or left alone")
    at_most: int | None = Field(default=None, ge=1, description='only for "*": so many workspaces may be made')
    last_resort_owner: str | None = Field(default=None, description="e-mail of who becomes owner before the last one goes")


class EntraShape(Shape):
    """What a token of Entra must say beside the tenant. Microsoft's pages differ on `aud` and `iss`: hence keys."""

    audiences: list[str] = Field(default=[NON_GALLERY], min_length=1, description="`aud`, any of these")
    object_ids: list[Guid] = Field(default=[], description="who may call: `oid` or `sub` of Entra's provisioning service")
    app_ids: list[Guid] = Field(default=[], description="who may call: `appid` or `azp`")
    issuers: list[Issuer] = Field(default=[], description="`iss`, any of these; the forms Microsoft uses without it")
    keys_url: Url | None = Field(default=None, description="the JWKS; the tenant's own at Microsoft without it")


class ScimShape(Shape):
    """The SCIM endpoint of the connection."""

    auth: list[Literal["token", "raw_token", "oauth", "entra"]] = Field(
        default=["token"], description="how the IdP authenticates, any of these; docs/callers.md"
    )
    token_lasts: Duration = Field(default=3600, description="how long an access token of /oauth2/token lives, 5m to 24h")
    dialect: Literal["lenient", "strict"] = Field(default="lenient", description="heal what IdPs get wrong, or refuse it")
    entra_tenant: Guid | None = Field(default=None, description="the tenant whose tokens are believed")
    entra: EntraShape = Field(default_factory=EntraShape, description="what they must say beside that")
    unique_group_names: bool = Field(default=True, description="409 for a second group of one name")
    group_patch: Literal["nothing", "group"] = Field(
        default="nothing", description="what a group's PATCH answers: 204, or 200 with the group while it is small"
    )
    schemas: list[SchemaShape] = Field(default=[], description="attributes beyond RFC 7643's; docs/scim.md")

    @field_validator("token_lasts")
    @classmethod
    def _modest(cls, value: int) -> int:
        if not 300 <= value <= 86400:
            raise ValueError("an access token lives for 5m to 24h | Entra wants 1h to 6h; 1h is the default")
        return value

    @field_validator("schemas")
    @classmethod
    def _apart(cls, value: list[SchemaShape]) -> list[SchemaShape]:
        ids = [one.id.lower() for one in value]
        twins = sorted({one for one in ids if ids.count(one) > 1})
        if twins:
            raise ValueError(f"two schemas have the id {twins[0]} | give each its own URN")
        return value


class DirectoryShape(Shape):
    """Who tells us about users and groups."""

    scim: ScimShape | None = Field(default_factory=ScimShape, description="the IdP pushes by SCIM")
    google: dict[str, Any] | None = Field(default=None, description="pull from Google Workspace")
    ldap: dict[str, Any] | None = Field(default=None, description="pull from Active Directory")
    graph: dict[str, Any] | None = Field(default=None, description="pull from Microsoft Graph")
    deactivation: Literal["remove", "ban", "lock", "delete"] = Field(
        default="remove", description="what happens to the Clerk user of somebody deactivated"
    )

    @model_validator(mode="after")
    def _one_source(self) -> "DirectoryShape":
        named = [kind for kind in SOURCES if kind in self.model_fields_set and getattr(self, kind) is not None]
        if len(named) > 1:
            raise ValueError(f"a connection has one directory source, not {' and '.join(named)} | take out all but one")
        return self


class NamesShape(Shape):
    """Where one attribute stands."""

    scim: Texts | None = Field(
        default=None,
        description="a SCIM attribute path, a text with {paths} in it, or a list: the first one sent counts",
    )
    saml: Texts | None = Field(default=None, description="the same with names of SAML attributes")


class BrakeShape(Shape):
    """How many people may lose something before a human is asked; the larger of the two may go."""

    people: int = Field(default=5, ge=0, description="so many people")
    percent: float = Field(default=10, ge=0, le=100, description="so many percent of those with access")
    within: Duration = Field(default=900, description="counted over this time")


class MfaShape(Shape):
    required_for: list[RoleWord] = Field(default=[], description="roles that need a second factor")
    missing: Literal["step_up", "refuse"] = Field(default="step_up", description="ask the IdP once more, or refuse")


class SessionsShape(Shape):
    max_age: Duration | None = Field(default=None, description="the longest a session lives")
    idle: Duration | None = Field(default=None, description="the longest it may rest")
    end_on: list[Literal["deactivated", "lowered", "removed"]] = Field(
        default=["deactivated", "removed"], description="what ends sessions"
    )


class SignInShape(Shape):
    saml: dict[str, Any] | None = Field(default=None, description="the IdP's metadata and our keys")
    groups_from: Literal["directory", "assertion", "both"] | None = Field(default=None, description="who speaks of groups")
    jit: Literal["create", "update", "off"] | None = Field(default=None, description="what a sign-in may make")
    mfa: MfaShape = Field(default_factory=MfaShape, description="second factor")
    sessions: SessionsShape = Field(default_factory=SessionsShape, description="limits of sessions")
    access_lasts: Duration = Field(default=14 * 86400, description="how long access by assertion alone outlives a sign-in")


class MappingShape(Shape):
    activate: Literal["automatic", "by_hand"] = Field(default="automatic", description="take a changed file, or let it wait")


class ConnectionDefaults(Shape):
    """What bridge.yaml may set for every connection."""

    mode: Literal["observe", "additive", "enforce"] = Field(
        default="observe", description="report only; never take away; do what is decided"
    )
    domains: list[Domain] = Field(default=[], description="e-mail domains this connection speaks for, exactly these")
    shared_with: list[str] = Field(default=[], description="connections that may speak for these domains too")
    outsiders: Literal["refuse", "invite"] = Field(default="refuse", description="people with other addresses")
    contact: str | None = Field(default=None, description="shown on error pages, told of holds")
    timezone: Timezone = Field(default="UTC", description="in which dates of rules begin and end")
    workspaces: dict[str, Annotated[WorkspaceShape, BeforeValidator(_as_workspace)]] = Field(
        default={}, description='alias: org id, or {create: name}, or {id, ceiling, existing}; "*" for captured aliases'
    )
    directory: DirectoryShape = Field(default_factory=DirectoryShape, description="scim, google, ldap, graph or none")
    attributes: dict[str, NamesShape] = Field(default={}, description="names that differ from the provider's preset")
    sign_in: SignInShape = Field(default_factory=SignInShape, description="SAML, MFA, sessions")
    brake: BrakeShape = Field(default_factory=BrakeShape, description="the stop on mass removal")
    settle: Duration = Field(default=10, description="how long a loss waits for the other half of a move")
    mapping: MappingShape = Field(default_factory=MappingShape, description="how a mapping file is taken")
    clerk_instance: Literal["main"] = Field(default="main", description="which Clerk instance; one is served")

    @field_validator("directory", mode="before")
    @classmethod
    def _none(cls, value: Any) -> Any:
        return {"scim": None} if value == "none" else value


class ConnectionShape(ConnectionDefaults):
    """A whole connection file."""

    customer: str = Field(description="the company; its connections may share workspaces and domains")
    provider: Provider = Field(description="the IdP product: its quirks and attribute names are data")


def connection_schema() -> dict[str, Any]:
    """The JSON Schema that editors complete from."""
    schema = ConnectionShape.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Connection file"}
