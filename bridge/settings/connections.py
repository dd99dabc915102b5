"""One customer IdP as its operator describes it: ``config/connections/NAME.yaml``. Shapes only; defaults are layered in."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator

from bridge.settings.durations import Duration
from bridge.settings.editor import for_editors
from bridge.settings.extensions import SchemaShape
from bridge.settings.kinds import Domain, Guid, Issuer, Metadata, Reference, Shape, Timezone, Url

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

    id: str | None = Field(
        default=None, description="Clerk's organization id (org_…) or slug", examples=["org_2abcDEF", "acme-production"]
    )
    create: str | None = Field(
        default=None,
        description="make an organization of this name at the first grant",
        examples=["Acme Lab", "Acme {alias}"],
    )
    ceiling: RoleWord = Field(default="owner", description="the highest role that rules may give here")
    existing: Literal["adopt", "leave"] = Field(
        default="adopt", description="memberships from before us, of people in the domains: adopt makes them ours"
    )
    at_most: int | None = Field(
        default=None, ge=1, description='only for "*": so many workspaces may be made', examples=[30]
    )
    last_resort_owner: str | None = Field(
        default=None, description="e-mail of who becomes owner before the last one goes", examples=["it@acme.com"]
    )


class EntraShape(Shape):
    """What a token of Entra must say beside the tenant. Microsoft's pages differ on `aud` and `iss`: hence keys."""

    audiences: list[str] = Field(default=[NON_GALLERY], min_length=1, description="what `aud` must be, any of these")
    object_ids: list[Guid] = Field(default=[], description="who may call: `oid` or `sub` of Entra's provisioning service")
    app_ids: list[Guid] = Field(default=[], description="who may call: `appid` or `azp`")
    issuers: list[Issuer] = Field(
        default=[], description="what `iss` must be, any of these; without it the forms that Microsoft uses"
    )
    keys_url: Url | None = Field(default=None, description="the JWKS; the tenant's own at Microsoft without it")


class ScimShape(Shape):
    """The SCIM endpoint of the connection."""

    auth: list[Literal["token", "raw_token", "oauth", "entra"]] = Field(
        default=["token"], description="how the IdP authenticates, any of these; docs/callers.md"
    )
    token_lasts: Duration = Field(default=3600, description="how long an access token of /oauth2/token lives, 5m to 24h")
    dialect: Literal["lenient", "strict"] = Field(
        default="lenient", description="heal what IdPs are known to get wrong, or refuse it"
    )
    entra_tenant: Guid | None = Field(default=None, description="the Entra tenant whose tokens are believed, for auth entra")
    entra: EntraShape = Field(default_factory=EntraShape, description="what Entra's tokens must say beside the tenant")
    unique_group_names: bool = Field(default=True, description="answer 409 to a second group of one name")
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

    scim: ScimShape | None = Field(
        default_factory=ScimShape, description="the IdP pushes users and groups to us by SCIM 2.0"
    )
    google: dict[str, Any] | None = Field(default=None, description="we pull from Google Workspace (not served yet)")
    ldap: dict[str, Any] | None = Field(default=None, description="we pull from Active Directory (not served yet)")
    graph: dict[str, Any] | None = Field(default=None, description="we pull from Microsoft Graph (not served yet)")
    deactivation: Literal["remove", "ban", "lock", "delete"] = Field(
        default="remove", description="what happens to the Clerk user of somebody who is deactivated or deleted"
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
        examples=["name.givenName", "{name.givenName} {name.familyName}", ['emails[type eq "work"].value', "userName"]],
    )
    saml: Texts | None = Field(
        default=None,
        description="the same with names of SAML attributes",
        examples=["mail", ["mail", "email"], "{givenName} {sn}"],
    )


class BrakeShape(Shape):
    """How many people may lose something before a human is asked; the larger of the two may go."""

    people: int = Field(default=5, ge=0, description="so many people may lose something unasked")
    percent: float = Field(default=10, ge=0, le=100, description="or so many percent of those with access, if that is more")
    within: Duration = Field(default=900, description="counted over this time")


class MfaShape(Shape):
    required_for: list[RoleWord] = Field(default=[], description="roles for which a sign-in needs a second factor")
    missing: Literal["step_up", "refuse"] = Field(
        default="step_up", description="what happens without one: ask the IdP once more, or refuse"
    )
    accept: list[str] = Field(
        default=[], description="further AuthnContext classes or method names of the IdP that say there was one"
    )
    request: list[str] = Field(
        default=[], description="the AuthnContext classes to ask for, any of these; the provider's own without it"
    )


class SessionsShape(Shape):
    """What the bridge ends sessions by; docs/sessions.md."""

    max_age: Duration | None = Field(default=None, description="the longest that a session lives, 5m at least")
    idle: Duration | None = Field(default=None, description="the longest that a session may rest unused, 5m at least")
    from_idp: Literal["long", "always", "never"] = Field(
        default="long", description="does SessionNotOnOrAfter end sessions: if it leaves 15m at least, always, never"
    )
    end_on: list[Literal["deactivated", "lowered", "removed"]] = Field(
        default=["deactivated", "removed"], description="what ends sessions at once"
    )

    @field_validator("max_age", "idle")
    @classmethod
    def _sensible(cls, value: int | None) -> int | None:
        if value is not None and value < 300:
            raise ValueError("a session is given 5m at least | a session token of Clerk lives for 60 s in any case")
        return value


class SamlShape(Shape):
    """The IdP, and what is agreed on with it; docs/saml.md."""

    metadata: Metadata = Field(
        description="the IdP's metadata: an https URL, or file:PATH beside bridge.yaml; sandbox: the stand-in IdP",
        examples=["https://acme.okta.com/app/exk1a2b3c/sso/saml/metadata", "file:acme-okta.idp.xml"],
    )
    keys: list[Reference] = Field(
        default=[], description="our keys, PEM with private key and certificate: the first signs, all decrypt"
    )
    sign_requests: bool = Field(default=False, description="sign what we send to the IdP by the first key")
    require_encryption: bool = Field(default=False, description="refuse an assertion that is not encrypted")
    idp_initiated: bool = Field(default=False, description="let sign-ins begin at the IdP, with no request of ours")
    force_authn: bool = Field(default=False, description="the IdP must ask people anew each time (ForceAuthn)")
    single_logout: bool = Field(default=True, description="offer single logout where the IdP's metadata has an endpoint")
    skew: Duration = Field(default=180, description="how far the IdP's clock may be from ours, 5m at most")

    @field_validator("skew")
    @classmethod
    def _small(cls, value: int) -> int:
        if value > 300:
            raise ValueError("a clock may be 5m off at most | set the clocks instead: NTP does it")
        return value


class SignInShape(Shape):
    saml: SamlShape | None = Field(default=None, description="the IdP's metadata, our keys, and how we talk")
    groups_from: Literal["directory", "assertion", "both"] | None = Field(
        default=None, description="whose word about groups counts; directory where there is one, else assertion"
    )
    jit: Literal["create", "update", "off"] | None = Field(
        default=None, description="what a sign-in may do to accounts; update where there is a directory, else create"
    )
    mfa: MfaShape = Field(default_factory=MfaShape, description="when a second factor is needed")
    sessions: SessionsShape = Field(default_factory=SessionsShape, description="how long sessions last and what ends them")
    elsewhere: Literal["allow", "alarm"] = Field(
        default="allow", description="what a sign-in at Clerk is that did not come through us; docs/webhooks.md"
    )
    access_lasts: Duration = Field(default=14 * 86400, description="how long what an assertion told outlives the sign-in")


class MappingShape(Shape):
    activate: Literal["automatic", "by_hand"] = Field(
        default="automatic", description="take a changed mapping file into service at once, or let it wait"
    )


class ConnectionDefaults(Shape):
    """What bridge.yaml may set for every connection."""

    mode: Literal["observe", "additive", "enforce"] = Field(
        default="observe", description="how far we go: report only, never take away, or do what is decided"
    )
    domains: list[Domain] = Field(default=[], description="e-mail domains this connection speaks for, exactly these")
    shared_with: list[str] = Field(
        default=[], description="connections that may speak for these domains, too", examples=[["acme-entra"]]
    )
    outsiders: Literal["refuse", "invite"] = Field(
        default="refuse", description="what happens to people with addresses in other domains"
    )
    contact: str | None = Field(
        default=None,
        description="who is shown on the page of somebody who could not sign in",
        examples=["identity@acme.com"],
    )
    timezone: Timezone = Field(default="UTC", description="where the days of rules begin and end")
    workspaces: dict[
        str, Annotated[WorkspaceShape, BeforeValidator(_as_workspace, json_schema_input_type=str | WorkspaceShape)]
    ] = Field(
        default={},
        description='what rules may name: {alias: org id}, {alias: {create: name}} or more; "*": what captures bring',
        examples=[{"production": "org_2abcDEF", "lab": {"create": "Acme Lab", "ceiling": "editor"}}],
    )
    directory: DirectoryShape = Field(
        default_factory=DirectoryShape, description="who tells us about users and groups; none: only sign-ins do"
    )
    attributes: dict[str, NamesShape] = Field(
        default={},
        description="where facts stand, as far as it differs from the provider's preset",
        examples=[{"title": {"scim": "title", "saml": "jobTitle"}}],
    )
    sign_in: SignInShape = Field(
        default_factory=SignInShape, description="how people sign in: SAML, second factor, sessions"
    )
    brake: BrakeShape = Field(
        default_factory=BrakeShape, description="the stop on mass removal: more than this waits for a human"
    )
    settle: Duration = Field(default=10, description="how long a loss by a changed group waits for the other half of a move")
    mapping: MappingShape = Field(default_factory=MappingShape, description="how a changed mapping file is taken")
    clerk_instance: Literal["main"] = Field(default="main", description="which Clerk instance; one is served")

    @field_validator("directory", mode="before", json_schema_input_type=Literal["none"] | DirectoryShape)
    @classmethod
    def _none(cls, value: Any) -> Any:
        return {"scim": None} if value == "none" else value


class ConnectionShape(ConnectionDefaults):
    """A whole connection file."""

    customer: str = Field(description="the company; its connections share the workspaces they create", examples=["Acme"])
    provider: Provider = Field(description="the IdP product: its quirks and attribute names are data")


def connection_schema() -> dict[str, Any]:
    """The JSON Schema that editors complete from."""
    schema = for_editors(ConnectionShape.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Connection file"}
