"""Layers of settings: maps merge, lists replace, and each value remembers where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mappings.located import Document, Path


@dataclass
class Layered:
    """A merged tree and the origin of each leaf: ``built in``, ``environment NAME``, or ``file:line``."""

    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[Path, str] = field(default_factory=dict)

    def lay(self, layer: Mapping[str, Any], origin: str) -> None:
        """Put a layer over what is there."""
        self._merge(self.data, layer, (), lambda _: origin)

    def lay_document(self, document: Document, at: Path = ()) -> None:
        """Put a file (or the part of it at `at`) over what is there."""
        layer = dig(document.data, at)
        if isinstance(layer, Mapping):
            self._merge(self.data, layer, (), lambda path: f"{document.file}:{document.at((*at, *path))[0]}")

    def drop(self, path: tuple[str, ...]) -> None:
        """Take out what is at a path, whoever set it."""
        parent = dig(self.data, path[:-1])
        if isinstance(parent, dict):
            parent.pop(path[-1], None)
        self._forget(path)

    def origin(self, path: Path) -> str:
        """Where a value, or the nearest thing above it, was set."""
        while path and path not in self.origins:
            path = path[:-1]
        return self.origins.get(path, "built in")

    def _forget(self, path: Path) -> None:
        self.origins = {at: origin for at, origin in self.origins.items() if at[: len(path)] != path}

    def _merge(self, into: dict[str, Any], layer: Mapping[str, Any], path: Path, origin: Any) -> None:
        for key, value in layer.items():
            here = (*path, key)
            if isinstance(value, Mapping):
                if not isinstance(into.get(key), dict):
                    into[key] = {}
                    self.origins[here] = origin(here)
                self._merge(into[key], value, here, origin)
            else:
                self._forget(here)
                into[key] = value
                self.origins[here] = origin(here)


def dig(data: Any, path: Path) -> Any:
    """What stands at a path, None where nothing does."""
    for part in path:
        data = data.get(part) if isinstance(data, Mapping) else None
    return data
