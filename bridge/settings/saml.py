"""What signing in by SAML asks of the files together: where metadata is, what our keys are, what else must be there.

A checkout is read without its secrets and its neighbours' files (`problems`); a service needs them (`looked_up`, `served`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from bridge.settings.layers import Layered, dig
from bridge.settings.pem import pair
from bridge.settings.references import Secret, SecretMissing, resolve
from bridge.settings.values import ConnectionSettings, Saml
from mappings.located import Document, Problem
from mappings.located.problem import Severity

SANDBOX = "sandbox"
_HERE = ("sign_in", "saml")
_KEYS = (*_HERE, "keys")
Connections = Mapping[str, ConnectionSettings]


@dataclass(frozen=True, slots=True)
class Files:
    """The folder that was read. `documents` and `layers` by the name of the file, "bridge" for bridge.yaml."""

    config: Path
    documents: Mapping[str, Document]
    layers: Mapping[str, Layered]

    def bridge(self, key: str) -> object:
        return self.layers["bridge"].data.get(key)

    def written(self, name: str, path: tuple[str, ...]) -> object:
        return dig(self.layers[name].data, path)

    def problem(
        self, name: str, path: tuple[str | int, ...], text: str, hint: str | None, severity: Severity = "error"
    ) -> Problem:
        """At its place in the connection file, or in the defaults of bridge.yaml where it came from there."""
        document, defaults = self.documents[name], self.documents.get("bridge")
        if dig(document.data, path[:3]) is None and dig(defaults and defaults.data, ("defaults", *path[:3])) is not None:
            assert defaults is not None
            return defaults.problem(("defaults", *path), text, hint, severity=severity)
        return document.problem(path, text, hint, severity=severity)


def placed(files: Files, connections: Connections) -> dict[str, ConnectionSettings]:
    """With `file:PATH` as a whole path and `sandbox` as the address of its stand-in IdP."""
    return {name: _with(one, metadata=_place(files, one)) for name, one in connections.items()}


def problems(files: Files, connections: Connections) -> Iterator[Problem]:
    """What the files alone show."""
    allowed = {*_texts(dig(files.bridge("outbound"), ("allow",)))}
    for name, _ in _with_saml(connections):
        yield from _needs_keys(files, name)
        url = str(files.written(name, (*_HERE, "metadata")))
        if url.startswith("http:") and _address(url) not in allowed:
            hint = f"write https://, or `outbound: {{allow: ['{_address(url)}']}}` in bridge.yaml, if you mean it"
            yield files.problem(name, (*_HERE, "metadata"), "metadata must come by https", hint)
        if not (connections[name].domains or connections[name].borrowed):
            hint = "write domains: the e-mail domains whose people sign in here"
            text = "nobody's address is in a domain of this connection, so nobody is found in Clerk or made there"
            yield files.problem(name, _HERE, text, hint, "warning")


def looked_up(
    files: Files, connections: Connections, environment: Mapping[str, str]
) -> tuple[dict[str, ConnectionSettings], list[Problem]]:
    """With the keys that their references point at; and what is not there, or is no key, or no file."""
    found: list[Problem] = []
    known = dict(connections)
    for name, saml in _with_saml(connections):
        known[name] = _with(connections[name], keys=tuple(_keys(files, name, environment, found)))
        if not saml.metadata.startswith("http"):
            found += _unreadable(files, name, Path(saml.metadata))
    return known, found


def served(files: Files, connections: Connections, *, sandbox: bool) -> Iterator[Problem]:
    """What only a service has: a Clerk instance, real or the sandbox, and an address."""
    names = [name for name, _ in _with_saml(connections)]
    for name in names if not sandbox else ():
        if files.written(name, (*_HERE, "metadata")) == SANDBOX:
            hint = "write the URL of the IdP's metadata, or file:PATH"
            text = "the stand-in IdP signs anybody in, so it is none for a real Clerk instance"
            yield files.problem(name, (*_HERE, "metadata"), text, hint)
    if names and not sandbox and not files.bridge("dashboard_url"):
        hint = "write dashboard_url in bridge.yaml: the sign-in page of the dashboard, which takes Clerk's tickets"
        yield files.problem(names[0], _HERE, "nobody knows where people go once they are signed in", hint)
    url = str(files.bridge("public_url") or f"http://{files.bridge('listen')}")
    if names and not url.startswith("https:") and not _loopback(url):
        yield _plain_http(files, url)


def variables(files: Files) -> set[str]:
    """The environment variables that connection files refer to."""
    references = [one for layers in files.layers.values() for one in _texts(dig(layers.data, _KEYS))]
    return {one.removeprefix("env:") for one in references}


def _with_saml(connections: Connections) -> list[tuple[str, Saml]]:
    return [(name, one.sign_in.saml) for name, one in sorted(connections.items()) if one.sign_in.saml]


def _with(connection: ConnectionSettings, **values: object) -> ConnectionSettings:
    saml = connection.sign_in.saml
    if saml is None:
        return connection
    return replace(connection, sign_in=replace(connection.sign_in, saml=replace(saml, **values)))  # type: ignore[arg-type]


def _place(files: Files, connection: ConnectionSettings) -> str | None:
    saml = connection.sign_in.saml
    if saml is None:
        return None
    if saml.metadata == SANDBOX:
        return f"http://{files.bridge('sandbox_listen')}/idp/{connection.name}/metadata"
    if saml.metadata.startswith("file:"):
        return str((files.config / saml.metadata.removeprefix("file:")).absolute())
    return saml.metadata


def _needs_keys(files: Files, name: str) -> Iterator[Problem]:
    for key in ("sign_requests", "require_encryption"):
        if files.written(name, (*_HERE, key)) and not files.written(name, _KEYS):
            hint = "write keys: [env:NAME] or [file:PATH]; docs/saml-metadata.md says how to make one"
            yield files.problem(name, (*_HERE, key), f"{key} needs a key of ours", hint)


def _keys(files: Files, name: str, environment: Mapping[str, str], found: list[Problem]) -> Iterator[Secret]:
    for at, reference in enumerate(_texts(files.written(name, _KEYS))):
        try:
            secret = resolve(reference, files.config, environment)
            pair(secret.reveal())
        except SecretMissing as error:
            found.append(files.problem(name, (*_KEYS, at), error.sentence, error.hint))
        except ValueError as error:
            text, _, hint = str(error).partition(" | ")
            found.append(files.problem(name, (*_KEYS, at), f"{reference} is no key of ours: {text}", hint))
        else:
            yield secret


def _unreadable(files: Files, name: str, path: Path) -> Iterator[Problem]:
    try:
        with path.open("rb"):
            return
    except OSError as error:
        hint = "a path is taken from the folder of bridge.yaml"
        text = f"the file {path} can't be read: {error.strerror or 'unknown'}"
        yield files.problem(name, (*_HERE, "metadata"), text, hint)


def _plain_http(files: Files, url: str) -> Problem:
    """Cookies that hold an attempt to sign in are Secure, so browsers keep them for https and for their own machine only."""
    text, hint = f"nobody can sign in at {url}, because it is not https", "set public_url to what browsers reach it by"
    document, origin = files.documents.get("bridge"), files.layers["bridge"].origin(("public_url",))
    if document is None or origin.startswith("environment"):
        return Problem("settings", 1, 1, text, hint, "warning")
    return document.problem(("public_url",), text, hint, severity="warning")


def _address(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{host}:{parts.port or 80}"


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
