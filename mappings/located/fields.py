"""What a pydantic model knows of a place in its file: the keys there, and the field that speaks about it."""

from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mappings.located.reader import Path


def keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the model knows at a path; follows fields, lists, maps and optional values."""
    return sorted({key for kind in _kinds_at(model, path) for key in _fields(kind)})


def field_at(model: type[BaseModel], path: Path) -> tuple[str, FieldInfo] | None:
    """The innermost field that a path leads into, and its key: words of the file's own below it are about it too."""
    for end in range(len(path), 0, -1):
        for kind in _kinds_at(model, path[: end - 1]):
            field = _fields(kind).get(str(path[end - 1]))
            if field is not None:
                return str(path[end - 1]), field
    return None


def _kinds_at(model: type[BaseModel], path: Path) -> list[Any]:
    kinds: list[Any] = [model]
    for part in path:
        kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return kinds


def _fields(kind: Any) -> dict[str, FieldInfo]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return {field.alias or name: field for name, field in kind.model_fields.items()}
    return {}


def _inside(kind: Any, part: str | int) -> list[Any]:
    field = _fields(kind).get(str(part))
    return [kind] if field is None else _leaves(field.annotation)


def _leaves(annotation: Any) -> list[Any]:
    """Every class mentioned in an annotation, however wrapped."""
    arguments = getattr(annotation, "__args__", None)
    if not arguments:
        value = getattr(annotation, "__value__", None)
        return _leaves(value) if value is not None else [annotation]
    return [leaf for argument in arguments for leaf in _leaves(argument)]
