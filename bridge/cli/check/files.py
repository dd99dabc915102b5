"""Which files are checked when some are named: what a change may have broken is checked with it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["bridge", "connection", "mapping", "proposal", "other"]


@dataclass(frozen=True, slots=True)
class Target:
    """`name`: the connection that the name of the file stands for. A proposal is a mapping file outside of the folder."""

    path: Path
    kind: Kind
    name: str = ""


def chosen(config: Path, files: Sequence[Path]) -> list[Target]:
    """Everything of the folder, or these files and what depends on them, each once: bridge.yaml, connections, mappings."""
    named = [target_of(config, path) for one in files for path in _inside(one)]
    whole = not files or any(one.kind == "bridge" for one in named)
    found = dict.fromkeys([*(_everything(config) if whole else ()), *named])
    for one in named:
        mapping = config / "mappings" / f"{one.name}.yaml"
        if one.kind == "connection" and mapping.exists():
            found[Target(mapping, "mapping", one.name)] = None
    order = ("bridge", "connection", "mapping", "proposal", "other")
    return sorted(found, key=lambda one: (order.index(one.kind), str(one.path)))


def target_of(config: Path, path: Path) -> Target:
    """What a file is by its place. Links count where they stand, as the service reads them."""
    if not path.is_relative_to(config):
        return Target(path, "proposal" if path.suffix in {".yaml", ".yml"} else "other")
    within = path.relative_to(config).parts
    if within == ("bridge.yaml",):
        return Target(path, "bridge")
    if len(within) == 2 and path.suffix == ".yaml":
        if within[0] == "connections":
            return Target(path, "connection", path.stem)
        if within[0] == "mappings":
            return Target(path, "mapping", path.stem)
    return Target(path, "other")


def _everything(config: Path) -> Iterator[Target]:
    """Strange files, too: that nobody reads them is worth a word."""
    for path in sorted(config.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(config).parts)
        if path.suffix in {".yaml", ".yml"} and path.is_file() and not hidden:
            yield target_of(config, path)


def _inside(path: Path) -> Iterator[Path]:
    """The file, or the YAML files of a folder."""
    if not path.is_dir():
        yield path
        return
    yield from (one for one in sorted(path.rglob("*")) if one.suffix in {".yaml", ".yml"} and one.is_file())
