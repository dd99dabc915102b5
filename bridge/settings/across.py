"""What only the files of a folder together show: domains that two claim, names that nobody has, files that nobody reads."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bridge.settings.layers import Layered, dig
from mappings.located import Document, Problem, did_you_mean
from mappings.words import fold

Documents = Mapping[str, Document]
Layers = Mapping[str, Layered]


def errors(documents: Documents, layers: Layers) -> Iterator[Problem]:
    """`documents` and `layers` by the name of the file; "bridge" is bridge.yaml."""
    names = sorted(name for name in documents if name != "bridge")
    yield from _domains(names, documents, layers)
    for name in names:
        for at, other in enumerate(_texts(layers[name].data.get("shared_with"))):
            if other not in names:
                hint = did_you_mean(other, names)
                yield documents[name].problem(("shared_with", at), f"there is no connection {other}", hint)


def warnings(config: Path, documents: Documents, layers: Layers) -> Iterator[Problem]:
    """What was probably meant for us and does nothing, or does more than was meant."""
    yield from _unread(config)
    for name in sorted(documents):
        yield from _unpinned(documents[name], layers[name])


def _domains(names: list[str], documents: Documents, layers: Layers) -> Iterator[Problem]:
    """A domain has one owner (rule R5); who claims it twice is told at both places."""
    owners: dict[str, Problem] = {}
    for name in names:
        for at, domain in enumerate(_texts(layers[name].data.get("domains"))):
            path = ("domains", at)
            here = documents[name].problem(path, name)  # the owner's name, and where it stands
            first = owners.setdefault(fold(domain), here)
            if first.message == name:
                continue
            hint = f"a domain has one owner; {first.message} may say shared_with: [{name}]"
            yield documents[first.message].problem_at(
                first.line, first.column, f"{name} claims the domain {domain}, too ({_place(here)})", hint
            )
            yield documents[name].problem(path, f"the domain {domain} belongs to {first.message} ({_place(first)})", hint)


def _place(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}:{problem.column}"


def _unread(config: Path) -> Iterator[Problem]:
    """YAML in the folder that nobody looks at. Names with a dot in front are an editor's or Kubernetes' own."""
    for path in sorted(config.rglob("*")):
        within = path.relative_to(config)
        if path.suffix not in {".yaml", ".yml"} or any(part.startswith(".") for part in within.parts):
            continue
        hint = _not_read(within)
        if hint is not None and path.is_file():
            yield Problem(str(path), 1, 1, "this file is not read", hint, "warning")


def _not_read(within: Path) -> str | None:
    """Why a file of the folder is not read; None: it is."""
    kinds = {"connections": "connection", "mappings": "mapping"}
    kind = kinds.get(within.parts[0]) if len(within.parts) == 2 else None
    if kind is not None:
        return None if within.suffix == ".yaml" else f"{kind} files end in .yaml"
    if within.stem == "bridge" and len(within.parts) == 1:
        return None if within.suffix == ".yaml" else "the operator's own file is called bridge.yaml"
    return "connection files stand in connections/, mapping files in mappings/, and neither has folders of its own"


def _unpinned(document: Document, layers: Layered) -> Iterator[Problem]:
    """A tenant alone is little: whoever may register an application there gets a token for any audience."""
    scim = dig(layers.data, ("directory", "scim")) or {}
    pins, believed = dig(scim, ("entra",)) or {}, {"entra", "oauth"} & {*_texts(dig(scim, ("auth",)))}
    if dig(scim, ("entra_tenant",)) and believed and not (dig(pins, ("object_ids",)) or dig(pins, ("app_ids",))):
        hint = "name Entra's provisioning service in entra.object_ids; docs/callers.md says where to find it"
        text = "any application of the Entra tenant may call"
        yield document.problem(("directory", "scim", "auth"), text, hint, severity="warning")


def _texts(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
