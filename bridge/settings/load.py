"""Read bridge.yaml, every connection and the environment; report every problem of all of them at once."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bridge.errors import BridgeError
from bridge.settings import across, beneath, build, salvage, saml
from bridge.settings.attributes import mistakes
from bridge.settings.bridge_yaml import ENVIRONMENT, REFERENCES, SECRETS, BridgeShape
from bridge.settings.connections import ConnectionDefaults, ConnectionShape
from bridge.settings.extensions import schema
from bridge.settings.kinds import NO_REFERENCE, has_password
from bridge.settings.layers import Layered, dig
from bridge.settings.references import Secret, SecretMissing, is_reference, resolve
from bridge.settings.values import ConnectionSettings, Settings
from mappings.located import Document, Problem, did_you_mean, parse, validate
from mappings.providers import PROVIDERS
from mappings.ruleset import Scope
from scim.schemas import USERS

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_OURS = {"BRIDGE_CONFIG", *ENVIRONMENT, *SECRETS}


class SettingsError(BridgeError):
    """Some file or variable is wrong; `problems` has each of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''} in the configuration"
        super().__init__("settings", "\n".join(str(problem) for problem in problems) + f"\n{count}")


@dataclass(frozen=True, slots=True)
class Reading:
    """A folder of files as they are, sound or not. `connections` are the sound ones; `layers` by name, "bridge" for
    bridge.yaml."""

    config: Path
    connections: Mapping[str, ConnectionSettings]
    layers: Mapping[str, Layered]
    problems: tuple[Problem, ...]

    def scope(self, name: str) -> Scope:
        """What the mapping file of a connection may name, as far as the connection file can be understood."""
        known = self.connections.get(name)
        return known.scope() if known is not None else salvage.scope(name, self.layers.get(name, Layered()).data)


def load(config: Path, environment: Mapping[str, str]) -> Settings:
    """The settings of a folder and an environment; SettingsError with every problem otherwise."""
    loading = _Loading(config, environment)
    connections = loading.read()
    secrets = dict(loading.secrets())
    connections = loading.with_keys(connections, sandbox=build.is_sandbox(secrets))
    errors = [problem for problem in loading.problems if problem.severity == "error"]
    if errors:
        raise SettingsError(errors)
    bridge = build.bridge(config, BridgeShape.model_validate(loading.layers["bridge"].data), secrets)
    warnings = [problem for problem in loading.problems if problem.severity == "warning"]
    return Settings(bridge, connections, loading.layers, (*loading.unused_variables(), *warnings))


def read(config: Path) -> Reading:
    """The files alone: no environment, and what references point at is not looked up, so it works wherever the files are."""
    loading = _Loading(config, {})
    connections = loading.read()
    return Reading(config, connections, loading.layers, tuple(loading.problems))


class _Loading:
    """One run over the folder; problems collect here. `layers` and `documents` by file name, "bridge" for bridge.yaml."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        self.config = config
        self.environment = environment
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}
        self.layers: dict[str, Layered] = {}

    def read(self) -> dict[str, ConnectionSettings]:
        """Every file; returns the connections that are sound by themselves."""
        if not self.config.is_dir():
            hint = "set BRIDGE_CONFIG, or start in the folder that holds config/"
            raise SettingsError([_loose(f"there is no folder {self.config}", hint)])
        self._bridge()
        paths = sorted((self.config / "connections").glob("*.yaml"))
        connections = {path.stem: self._connection(path) for path in paths}
        self.problems += across.errors(self.documents, self.layers)
        self.problems += across.warnings(self.config, self.documents, self.layers)
        sound = _lent({name: connection for name, connection in connections.items() if connection is not None})
        self.problems += saml.problems(self.files, sound)
        return saml.placed(self.files, sound)

    @property
    def files(self) -> saml.Files:
        return saml.Files(self.config, self.documents, self.layers)

    def with_keys(self, connections: Mapping[str, ConnectionSettings], *, sandbox: bool) -> dict[str, ConnectionSettings]:
        """What a service needs for signing people in, and a checkout does not have."""
        known, found = saml.looked_up(self.files, connections, self.environment)
        self.problems += [*found, *saml.served(self.files, connections, sandbox=sandbox)]
        return known

    def _bridge(self) -> None:
        layers = self.layers["bridge"] = Layered()
        layers.lay(BridgeShape().model_dump(exclude={"defaults"}), "built in")
        document = self._document(self.config / "bridge.yaml", "bridge")
        if document is not None:
            _, found = validate(BridgeShape, document)
            self.problems += [_without_secret(problem) for problem in found] + list(_open_password(document))
            layers.lay_document(document)
        self._lay_environment(layers)

    def _connection(self, path: Path) -> ConnectionSettings | None:
        name, layers = path.stem, Layered()
        if not _SLUG.fullmatch(name) or name == "bridge":
            hint = "the file's name is the connection's name: a-z, 0-9 and -, and not bridge"
            self.problems.append(Problem(str(path), 1, 1, f"{name} is no name for a connection", hint))
            return None
        self.layers[name] = layers
        document = self._document(path, name)
        if document is None:
            return None
        shape, found = validate(ConnectionShape, document)
        self.problems += found
        self._lay_connection(layers, document)
        return self._whole(name, document, layers) if shape is not None else None

    def unused_variables(self) -> Iterator[Problem]:
        """What was probably meant for us and does nothing."""
        referred = {str(dig(self.layers["bridge"].data, path)).removeprefix("env:") for path in REFERENCES}
        referred |= saml.variables(self.files)
        for name in sorted(set(self.environment) - _OURS - referred):
            if name.startswith("BRIDGE_") and not name.startswith("BRIDGE_TEST_"):
                hint = did_you_mean(name, sorted(_OURS))
                yield replace(_loose(f"the environment variable {name} is not used", hint), severity="warning")

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
        """Each variable is checked by itself, so that its name stands in the problem."""
        for name, path in ENVIRONMENT.items():
            value = self.environment.get(name)
            if value:
                self.problems += [_loose(f"environment {name}: {text}", hint) for text, hint in _wrong(_nested(path, value))]
                layers.lay(_nested(path, value), f"environment {name}")
        for name, path in SECRETS.items():
            if self.environment.get(name):
                layers.lay(_nested(path, f"env:{name}"), f"environment {name}")

    def secrets(self) -> Iterator[tuple[tuple[str, ...], Secret]]:
        """What the references of bridge.yaml point at, by key."""
        layers = self.layers["bridge"]
        for path in REFERENCES:
            reference = dig(layers.data, path)
            if isinstance(reference, str) and is_reference(reference):
                try:
                    yield path, resolve(reference, self.config, self.environment)
                except SecretMissing as error:
                    self.problems.append(self._at(path, layers, error))

    def _at(self, path: tuple[str, ...], layers: Layered, error: SecretMissing) -> Problem:
        document = self.documents.get("bridge")
        if document is None or layers.origin(path).startswith("environment"):
            return _loose(f"{layers.origin(path)}: {error.sentence}", error.hint)
        return document.problem(path, error.sentence, error.hint)

    def _lay_connection(self, layers: Layered, document: Document) -> None:
        """Built in < defaults of bridge.yaml < the provider's preset < the file itself."""
        layers.lay(ConnectionDefaults().model_dump(exclude_none=True), "built in")
        provider = dig(document.data, ("provider",))
        for source, at in ((self.documents.get("bridge"), ("defaults",)), (document, ())):
            if source is None:
                continue
            if source is document and provider in PROVIDERS:
                layers.lay(beneath.preset_of(provider, layers), f"preset {provider}")
            beneath.spell_out(dig(source.data, at))
            beneath.change_source(layers, dig(source.data, at))
            layers.lay_document(source, at)

    def _whole(self, name: str, document: Document, layers: Layered) -> ConnectionSettings | None:
        """A sound file over sound defaults is sound, except for what only the merged whole can show."""
        try:
            shape = ConnectionShape.model_validate(layers.data)
        except ValidationError as error:
            if not any(one.severity == "error" for one in self.problems):  # else bridge.yaml's defaults are wrong, and told
                self.problems.append(document.problem((), f"its values and the defaults do not fit together: {error}"))
            return None
        scim = shape.directory.scim
        if scim is not None and "entra" in scim.auth and scim.entra_tenant is None:
            hint = "write entra_tenant: the tenant's id (a GUID), or take entra out of auth"
            path = ("directory", "scim", "auth")
            self.problems.append(document.problem(path, "entra needs to know the tenant whose tokens to believe", hint))
        for alias, workspace in shape.workspaces.items():
            if alias != "*" and (workspace.id is None) == (workspace.create is None):
                hint = "write an org_… id, or {create: Name}"
                self.problems.append(document.problem(("workspaces", alias), f"{alias} needs an id or a create", hint))
        return build.connection(name, shape) if self._expressions(shape, document, layers) else None

    def _expressions(self, shape: ConnectionShape, document: Document, layers: Layered) -> bool:
        """Whether every expression of `attributes` can be compiled; each mistake stands where it was written."""
        schemas = shape.directory.scim.schemas if shape.directory.scim else []
        users = USERS.extended([schema(one) for one in schemas if one.resource == "User"])
        found = list(mistakes(layers.data.get("attributes"), users))
        defaults = self.documents.get("bridge")
        for one in found:
            home, path = document, ("attributes", *one.path)
            if dig(document.data, path[:3]) is None and defaults is not None:
                home, path = defaults, ("defaults", *path)
            problem = _pointed(home.problem(path, one.message, one.hint, severity=one.severity), one.part)
            if problem not in self.problems:  # the defaults are the same for every connection
                self.problems.append(problem)
        return not any(one.severity == "error" for one in found)


def _pointed(problem: Problem, part: str) -> Problem:
    """The caret under a part of the text."""
    found = (problem.source or "").find(part, problem.column - 1)
    return replace(problem, column=found + 1) if found >= 0 else problem


def _wrong(data: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    try:
        BridgeShape.model_validate(data)
    except ValidationError as error:
        for detail in error.errors():
            text, _, hint = str(detail.get("ctx", {}).get("error", detail["msg"])).partition(" | ")
            yield text, hint or None


def _without_secret(problem: Problem) -> Problem:
    """A secret that stands in a file must not stand in the terminal as well."""
    return replace(problem, source=None) if problem.message.startswith(NO_REFERENCE) else problem


def _open_password(document: Document) -> Iterator[Problem]:
    url = dig(document.data, ("database_url",))
    if isinstance(url, str) and has_password(url):
        hint = "put the whole URL into BRIDGE_DATABASE_URL, or write env:NAME or file:PATH"
        yield replace(document.problem(("database_url",), "the database URL holds a password", hint), source=None)


def _lent(connections: dict[str, ConnectionSettings]) -> dict[str, ConnectionSettings]:
    """Each connection with the domains that others share with it."""
    lent: dict[str, list[str]] = {name: [] for name in connections}
    for owner in connections.values():
        for name in owner.shared_with:
            lent.get(name, []).extend(owner.domains)
    return {name: replace(one, borrowed=tuple(lent[name])) for name, one in connections.items()}


def _nested(path: tuple[str, ...], value: str) -> dict[str, Any]:
    return {path[0]: _nested(path[1:], value) if len(path) > 1 else value}


def _loose(message: str, hint: str | None = None) -> Problem:
    return Problem("settings", 1, 1, message, hint)
