"""Secrets stand in YAML as references: ``env:NAME`` or ``file:PATH``, never as themselves."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bridge.errors import BridgeError


class SecretMissing(BridgeError):
    """A reference points at nothing."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that never prints. `origin` says where it comes from."""

    _value: str
    origin: str

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return f"Secret(from {self.origin})"

    __str__ = __repr__


def is_reference(text: str) -> bool:
    kind, _, name = text.partition(":")
    return kind in {"env", "file"} and bool(name.strip())


def resolve(reference: str, folder: Path, environment: Mapping[str, str] = os.environ) -> Secret:
    """The secret behind a reference; `file:` paths are relative to `folder`."""
    kind, _, name = reference.partition(":")
    if kind == "env":
        if not environment.get(name):
            raise SecretMissing("secret_missing", f"The environment has no {name}.", hint=f"It is needed for {reference}.")
        return Secret(environment[name], f"environment {name}")
    path = folder / name
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretMissing("secret_missing", f"The file {path} can't be read: {_why(error)}.") from error
    if not value:
        raise SecretMissing("secret_missing", f"The file {path} is empty.", hint=f"It is needed for {reference}.")
    return Secret(value, str(path))


def _why(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or "unknown") if isinstance(error, OSError) else "it is no text"
