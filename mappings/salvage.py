"""What can be understood of a mapping file whose shape is wrong, so that all its problems are told at once.

An unknown key is left out and the rest of its entry read; an entry that is wrong otherwise waits, and only that entry.
"""

import copy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mappings import model
from mappings.located import Document, Path

_Entry = TypeVar("_Entry", bound=BaseModel)


def salvage(document: Document) -> tuple[model.MappingFile, frozenset[Path]]:
    """The file without what is wrong, and the paths of entries that could not be read (a placeholder stands there)."""
    data = document.data if isinstance(document.data, dict) else {}
    broken: set[Path] = set()
    return model.MappingFile.model_construct(
        connection="",
        groups=_part(data, "groups", {}),
        otherwise=_part(data, "otherwise", "none"),
        rules=_entries(data, "rules", model.Rule, broken),
        limits=_entries(data, "limits", model.Limit, broken),
        tests=_entries(data, "tests", model.Expectation, broken),
    ), frozenset(broken)


def _part(data: dict[str, Any], key: str, default: Any) -> Any:
    try:
        return getattr(model.MappingFile.model_validate({"connection": "", key: data.get(key, default)}), key)
    except ValidationError:
        return default


def _entries(data: dict[str, Any], key: str, kind: type[_Entry], broken: set[Path]) -> list[_Entry]:
    found = data.get(key)
    entries: list[_Entry] = []
    for at, entry in enumerate(found if isinstance(found, list) else ()):
        read = _read(kind, entry)
        if read is None:
            broken.add((key, at))
        entries.append(read or kind.model_construct())
    return entries


def _read(kind: type[_Entry], entry: Any) -> _Entry | None:
    try:
        return kind.model_validate(entry)
    except ValidationError as error:
        unknown = [detail["loc"] for detail in error.errors() if detail["type"] == "extra_forbidden"]
    known = copy.deepcopy(entry)
    for loc in unknown:
        _remove(known, loc)
    try:
        return kind.model_validate(known) if unknown else None
    except ValidationError:
        return None


def _remove(data: Any, loc: tuple[str | int, ...]) -> None:
    """Take a key out, unless it stands alone: then nothing would be left to read.

    Parts of `loc` that are no part of the data are pydantic's names of forms.
    """
    for part in loc[:-1]:
        inside = data if isinstance(data, dict) else dict(enumerate(data)) if isinstance(data, list) else {}
        data = inside.get(part, data)
    if isinstance(data, dict) and len(data) > 1:
        data.pop(loc[-1], None)
