"""Checked shapes -> the frozen values that the rest of the house sees."""

from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from bridge.settings.bridge_yaml import BridgeShape
from bridge.settings.connections import SOURCES, ConnectionShape, SamlShape, ScimShape, SignInShape
from bridge.settings.extensions import schema
from bridge.settings.kinds import address
from bridge.settings.references import Secret
from bridge.settings.values import (
    SANDBOX_KEY,
    Brake,
    Bridge,
    Callers,
    Clerk,
    ConnectionSettings,
    Entra,
    Saml,
    Scim,
    SignIn,
    Wildcard,
    Workspace,
)
from mappings.expressions import expression
from mappings.providers import Names
from mappings.roles import Role
from mappings.words import fold

Secrets = Mapping[tuple[str, ...], Secret]


def bridge(config: Path, shape: BridgeShape, secrets: Secrets) -> Bridge:
    """`secrets`: what the references of the shape point at, by key."""
    listen, sandbox, data = address(shape.listen), address(shape.sandbox_listen), Path(shape.data)
    hidden, clerk = secrets.get(("database_url",)), _clerk(shape, secrets)
    return Bridge(
        config=config,
        listen=listen,
        public_url=shape.public_url or f"http://{shape.listen}",
        data=data,
        database_url=(hidden.reveal() if hidden else shape.database_url) or f"sqlite:///{data / 'bridge.db'}",
        sandbox_listen=sandbox,
        clerk=clerk,
        roles=shape.roles.model_dump(),
        log_level=shape.log.level,
        log_format=shape.log.format,
        audit_key=secrets.get(("audit", "key")),
        seal_every=shape.audit.seal_every,
        requests_keep=shape.requests.keep,
        requests_body=shape.requests.body,
        trusted_proxies=tuple(ip_network(one) for one in shape.trusted_proxies),
        outbound_allow=frozenset(shape.outbound.allow),
        dashboard_url=shape.dashboard_url or (f"http://{shape.sandbox_listen}/dashboard/sign-in" if clerk.sandbox else None),
    )


def connection(name: str, shape: ConnectionShape) -> ConnectionSettings:
    """Keys of `sign_in.saml` come later: `bridge.settings.saml` looks them up."""
    star = shape.workspaces.get("*")
    scim = shape.directory.scim
    kinds = [kind for kind in SOURCES if getattr(shape.directory, kind) is not None]
    return ConnectionSettings(
        name=name,
        customer=shape.customer,
        provider=shape.provider,
        mode=shape.mode,
        domains=tuple(fold(domain) for domain in shape.domains),
        shared_with=tuple(shape.shared_with),
        outsiders=shape.outsiders,
        contact=shape.contact,
        timezone=shape.timezone,
        workspaces={
            alias: Workspace(one.id, one.create, Role.parse(one.ceiling), one.existing, one.last_resort_owner, one.at_most)
            for alias, one in shape.workspaces.items()
            if alias != "*"
        },
        wildcard=Wildcard(star.create or "{alias}", star.at_most, Role.parse(star.ceiling)) if star else None,
        directory=kinds[0] if kinds else "none",
        callers=Callers(tuple(scim.auth), _entra(scim), scim.token_lasts) if scim else Callers(),
        scim=_scim(scim) if scim else Scim(),
        deactivation=shape.directory.deactivation,
        attributes={key: Names(expression(one.scim), expression(one.saml)) for key, one in shape.attributes.items()},
        brake=Brake(shape.brake.people, shape.brake.percent, shape.brake.within),
        settle=shape.settle,
        activate=shape.mapping.activate,
        clerk_instance=shape.clerk_instance,
        end_on=tuple(shape.sign_in.sessions.end_on),
        elsewhere=shape.sign_in.elsewhere,
        max_age=shape.sign_in.sessions.max_age,
        idle=shape.sign_in.sessions.idle,
        sign_in=_sign_in(shape.sign_in, directory=bool(kinds)),
    )


def _sign_in(shape: SignInShape, *, directory: bool) -> SignIn:
    """Where a directory tells about people, a sign-in has less to say."""
    return SignIn(
        saml=_saml(shape.saml) if shape.saml else None,
        groups_from=shape.groups_from or ("directory" if directory else "assertion"),
        jit=shape.jit or ("update" if directory else "create"),
        mfa_for=tuple(Role.parse(one) for one in shape.mfa.required_for),
        mfa_missing=shape.mfa.missing,
        mfa_accept=tuple(shape.mfa.accept),
        mfa_request=tuple(shape.mfa.request),
        from_idp=shape.sessions.from_idp,
        access_lasts=shape.access_lasts,
    )


def _saml(shape: SamlShape) -> Saml:
    return Saml(
        metadata=shape.metadata,
        sign_requests=shape.sign_requests,
        require_encryption=shape.require_encryption,
        idp_initiated=shape.idp_initiated,
        force_authn=shape.force_authn,
        single_logout=shape.single_logout,
        skew=shape.skew,
    )


def is_sandbox(secrets: Secrets) -> bool:
    """No key was given, or the sandbox's own."""
    return _key(secrets).reveal() == SANDBOX_KEY


def _key(secrets: Secrets) -> Secret:
    return secrets.get(("clerk", "secret_key"), Secret(SANDBOX_KEY, "built in"))


def _clerk(shape: BridgeShape, secrets: Secrets) -> Clerk:
    key, sandbox = _key(secrets), is_sandbox(secrets)
    generous = sandbox or key.reveal().startswith("sk_live_")
    return Clerk(
        secret_key=key,
        api_url=shape.clerk.api_url or (f"http://{shape.sandbox_listen}" if sandbox else "https://api.clerk.com"),
        sandbox=sandbox,
        calls_per_10s=shape.clerk.calls_per_10s or (1000 if generous else 100),
        jwt_issuer_domain=shape.clerk.jwt_issuer_domain,
        webhook_signing_secret=secrets.get(("clerk", "webhook_signing_secret")),
        sweep_every=shape.clerk.sweep_every,
    )


def _entra(shape: ScimShape) -> Entra | None:
    """Microsoft's addresses and issuers follow from the tenant; version 1 tokens come from sts.windows.net."""
    tenant, own = shape.entra_tenant, shape.entra
    if tenant is None:
        return None
    home = f"https://login.microsoftonline.com/{tenant}"
    return Entra(
        tenant=tenant,
        audiences=tuple(own.audiences),
        issuers=tuple(own.issuers) or (f"https://sts.windows.net/{tenant}/", f"{home}/v2.0", f"{home}/"),
        object_ids=frozenset(own.object_ids),
        app_ids=frozenset(own.app_ids),
        keys_url=own.keys_url or f"{home}/discovery/v2.0/keys",
    )


def _scim(shape: ScimShape) -> Scim:
    return Scim(
        strict=shape.dialect == "strict",
        unique_group_names=shape.unique_group_names,
        group_patch=shape.group_patch,
        user_schemas=tuple(schema(one) for one in shape.schemas if one.resource == "User"),
        group_schemas=tuple(schema(one) for one in shape.schemas if one.resource == "Group"),
    )
