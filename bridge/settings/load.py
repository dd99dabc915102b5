"""Read bridge.yaml, every connection and the environment; report every problem of all of them at once."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bridge.errors import BridgeError
from bridge.settings.bridge_yaml import ENVIRONMENT, SECRETS, BridgeShape
from bridge.settings.connections import ConnectionShape
from bridge.settings.layers import Layered
from bridge.settings.references import Secret, SecretMissing, is_reference, resolve
from bridge.settings.values import (
    SANDBOX_KEY,
    Brake,
    Bridge,
    Clerk,
    ConnectionSettings,
    Settings,
    Wildcard,
    Workspace,
)
from mappings.located import Document, Problem, did_you_mean, parse, validate
from mappings.providers import Names, preset
from mappings.roles import Role
from mappings.ruleset import zone
from mappings.words import fold

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")


class SettingsError(BridgeError):
    """Some file or variable is wrong; `problems` has each of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in the configuration"
        super().__init__("settings", "\n".join(str(problem) for problem in problems) + f"\n{count}")


def load(config: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of a folder and an environment; SettingsError with every problem otherwise."""
    loading = _Loading(config, environment)
    bridge, layers = loading.bridge()
    defaults = loading.documents.get("bridge.yaml")
    connections: dict[str, ConnectionSettings] = {}
    origins = {"bridge": layers}
    for path in sorted((config / "connections").glob("*.yaml")):
        connection, layered = loading.connection(path, defaults)
        origins[path.stem] = layered
        if connection is not None:
            connections[path.stem] = connection
    loading.across(connections)
    if loading.problems or bridge is None:
        raise SettingsError(loading.problems)
    return Settings(bridge, connections, origins)


class _Loading:
    """One run over the folder; problems collect here."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        self.config = config
        self.environment = environment
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}

    def bridge(self) -> tuple[Bridge | None, Layered]:
        layers = Layered()
        layers.lay(BridgeShape.model_validate({}).model_dump(), "built in")
        document = self._document(self.config / "bridge.yaml", "bridge.yaml")
        if document is not None:
            shape, found = validate(BridgeShape, document)
            self.problems += found
            if shape is None:
                return None, layers
            layers.lay_document(document)
        self._lay_environment(layers)
        try:
            shape = BridgeShape.model_validate(layers.data)
        except ValidationError as error:
            self.problems += [_loose(f"environment: {detail['msg']}") for detail in error.errors()]
            return None, layers
        return self._bridge(shape, layers), layers

    def connection(self, path: Path, defaults: Document | None) -> tuple[ConnectionSettings | None, Layered]:
        layers = Layered()
        layers.lay(_built_in(), "built in")
        document = self._document(path, f"connections/{path.name}")
        if document is None:
            return None, layers
        if not _SLUG.fullmatch(path.stem):
            hint = "the file's name is the connection's name: a-z, 0-9 and -"
            self.problems.append(document.problem((), f"{path.stem} is no name for a connection", hint))
        if defaults is not None:
            layers.lay_document(defaults, ("defaults",))
        layers.lay_document(document)
        shape, found = validate(ConnectionShape, document)
        self.problems += found
        if shape is None:
            return None, layers
        return self._connection(path.stem, document, layers), layers

    def across(self, connections: Mapping[str, ConnectionSettings]) -> None:
        """What only all files together can show."""
        owner: dict[str, ConnectionSettings] = {}
        for name, connection in connections.items():
            document = self.documents[f"connections/{name}.yaml"]
            for at, domain in enumerate(connection.domains):
                first = owner.setdefault(domain, connection)
                if first.name != name:
                    message = f"the domain {domain} belongs to {first.name}"
                    hint = f"a domain has one owner; {first.name} may say shared_with: [{name}]"
                    self.problems.append(document.problem(("domains", at), message, hint))
            for at, other in enumerate(connection.shared_with):
                if other not in connections:
                    hint = did_you_mean(other, sorted(connections))
                    self.problems.append(document.problem(("shared_with", at), f"there is no connection {other}", hint))

    def _document(self, path: Path, name: str) -> Document | None:
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            self.problems.append(Problem(str(path), 1, 1, f"can't be read: {error}"))
            return None
        document, problems = parse(text, str(path))
        self.problems += problems
        if document is not None:
            self.documents[name] = document
        return document

    def _lay_environment(self, layers: Layered) -> None:
        for name, path in ENVIRONMENT.items():
            if self.environment.get(name):
                layers.lay(_nested(path, self.environment[name]), f"environment {name}")
        for name, path in SECRETS.items():
            if self.environment.get(name):
                layers.lay(_nested(path, f"env:{name}"), f"environment {name}")

    def _bridge(self, shape: BridgeShape, layers: Layered) -> Bridge | None:
        listen = self._address(shape.listen, "listen", layers)
        sandbox = self._address(shape.sandbox_listen, "sandbox_listen", layers)
        data = Path(shape.data)
        return Bridge(
            config=self.config,
            listen=listen,
            public_url=(shape.public_url or f"http://{listen[0]}:{listen[1]}").rstrip("/"),
            data=data,
            database_url=shape.database_url or f"sqlite:///{data / 'bridge.db'}",
            sandbox_listen=sandbox,
            clerk=self._clerk(shape, sandbox, layers),
            roles=shape.roles.model_dump(),
            log_level=shape.log.level,
            log_format=shape.log.format,
            audit_key=self._secret(shape.audit.key, ("audit", "key"), layers),
            seal_every=shape.audit.seal_every,
        )

    def _clerk(self, shape: BridgeShape, sandbox: tuple[str, int], layers: Layered) -> Clerk:
        key = self._secret(shape.clerk.secret_key, ("clerk", "secret_key"), layers)
        is_sandbox = key is None or key.reveal() == SANDBOX_KEY
        fast = is_sandbox or (key is not None and key.reveal().startswith("sk_live_"))
        default_url = f"http://{sandbox[0]}:{sandbox[1]}" if is_sandbox else "https://api.clerk.com"
        return Clerk(
            secret_key=key or Secret(SANDBOX_KEY, "built in"),
            api_url=(shape.clerk.api_url or default_url).rstrip("/"),
            sandbox=is_sandbox,
            calls_per_10s=shape.clerk.calls_per_10s or (1000 if fast else 100),
            jwt_issuer_domain=shape.clerk.jwt_issuer_domain,
            webhook_signing_secret=self._secret(
                shape.clerk.webhook_signing_secret, ("clerk", "webhook_signing_secret"), layers
            ),
        )

    def _connection(self, name: str, document: Document, layers: Layered) -> ConnectionSettings | None:
        try:
            shape = ConnectionShape.model_validate(layers.data)
        except ValidationError as error:
            for detail in error.errors():
                where = ".".join(str(part) for part in detail["loc"])
                message = f"{where}: {detail['msg']} (from {layers.origin(tuple(detail['loc']))})"
                self.problems.append(document.problem((), message))
            return None
        try:
            zone(shape.timezone)
        except ValueError as error:
            self.problems.append(document.problem(("timezone",), str(error), "such as Europe/Berlin"))
        for alias, workspace in shape.workspaces.items():
            if (workspace.id is None) == (workspace.create is None):
                hint = "write an org_… id, or {create: Name}"
                self.problems.append(document.problem(("workspaces", alias), f"{alias} needs an id or a create", hint))
        return _settings(name, shape)

    def _address(self, text: str, key: str, layers: Layered) -> tuple[str, int]:
        host, _, port = text.rpartition(":")
        if not host or not port.isdigit():
            self._wrong((key,), layers, f"{text!r} is no address", "write HOST:PORT, such as 127.0.0.1:8080")
            return "127.0.0.1", 0
        return host.strip("[]"), int(port)

    def _secret(self, reference: str | None, path: tuple[str, ...], layers: Layered) -> Secret | None:
        if reference is None:
            return None
        if not is_reference(reference):
            self._wrong(path, layers, f"{path[-1]} must be a reference", "write env:NAME or file:PATH, never the secret")
            return None
        try:
            return resolve(reference, self.config, self.environment)
        except SecretMissing as error:
            self._wrong(path, layers, error.sentence, error.hint)
            return None

    def _wrong(self, path: tuple[str, ...], layers: Layered, message: str, hint: str | None) -> None:
        document = self.documents.get("bridge.yaml")
        if layers.origin(path).startswith("environment") or document is None:
            self.problems.append(_loose(f"{layers.origin(path)}: {message}", hint))
        else:
            self.problems.append(document.problem(path, message, hint))


def _settings(name: str, shape: ConnectionShape) -> ConnectionSettings:
    known = {alias: one for alias, one in shape.workspaces.items() if alias != "*"}
    star = shape.workspaces.get("*")
    directory = shape.directory
    kinds = [kind for kind in ("google", "ldap", "graph", "scim") if getattr(directory, kind) is not None]
    own = {key: _names(value.scim, value.saml) for key, value in shape.attributes.items()}
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
            for alias, one in known.items()
        },
        wildcard=Wildcard(star.create or "{alias}", star.at_most, Role.parse(star.ceiling)) if star else None,
        directory=kinds[0] if kinds else "none",
        dialect=directory.scim.dialect if directory.scim else "lenient",
        unique_group_names=directory.scim.unique_group_names if directory.scim else True,
        deactivation=directory.deactivation,
        attributes={**preset(shape.provider).attributes, **own},
        brake=Brake(shape.brake.people, shape.brake.percent, shape.brake.within),
        settle=shape.settle,
        activate=shape.mapping.activate,
        clerk_instance=shape.clerk_instance,
    )


def _names(scim: str | None, saml: str | list[str] | None) -> Names:
    return Names(scim, tuple([saml] if isinstance(saml, str) else saml or ()))


def _built_in() -> dict[str, Any]:
    """The defaults of every connection, as a file would write them."""
    shape = ConnectionShape.model_construct(customer="", provider="generic")
    return shape.model_dump(exclude={"customer", "provider"}, exclude_none=True)


def _nested(path: tuple[str, ...], value: str) -> dict[str, Any]:
    return {path[0]: _nested(path[1:], value) if len(path) > 1 else value}


def _loose(message: str, hint: str | None = None) -> Problem:
    return Problem("settings", 1, 1, message, hint)
