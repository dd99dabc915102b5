"""Data -> a pydantic model, with one located sentence per mistake in place of pydantic's own."""

import difflib
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mappings.located.document import Document, Path
from mappings.located.problem import Problem, did_you_mean

Model = TypeVar("Model", bound=BaseModel)
NO_VALUE_HINT = "write a value, or take the key out"

_WANTED = {
    "string_type": "text",
    "int_type": "a number",
    "int_parsing": "a number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a map",
    "model_type": "a map of keys",
    "date_type": "a date",
}


def validate(model: type[Model], document: Document) -> tuple[Model | None, list[Problem]]:
    """`document` as `model`, or None and one located problem per mistake."""
    if not isinstance(document.data, Mapping):
        return None, [document.problem((), "the file must be a map of keys", "start with `key: value` lines")]
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        return None, list(_problems(model, document, error))


def no_value(document: Document, path: Path) -> Problem:
    """The problem of a key (or an entry of a list) that stands there without a value."""
    name = path[-1] if path and isinstance(path[-1], str) else "this entry"
    return document.problem(path, f"{name} has no value", NO_VALUE_HINT, key=True)


def _problems(model: type[BaseModel], document: Document, error: ValidationError) -> Iterator[Problem]:
    seen: set[tuple[Path, str]] = set()
    misspelt = set(_misspelt(model, document, error))
    for detail in error.errors():
        path = _existing(document, detail["loc"])
        if detail["type"] == "missing" and (path, detail["loc"][-1]) in misspelt:
            continue
        if detail["input"] is None and detail["type"] != "extra_forbidden":
            problem = no_value(document, path)
        else:
            message, hint = _sentence(model, detail, path)
            problem = document.problem(path, message, hint, key=detail["type"] == "extra_forbidden")
        if (path, problem.message) not in seen:
            seen.add((path, problem.message))
            yield problem


def _misspelt(model: type[BaseModel], document: Document, error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Keys that an unknown one was meant to be: nobody needs to hear that they are missing too."""
    for detail in error.errors():
        if detail["type"] == "extra_forbidden":
            path = _existing(document, detail["loc"])
            near = difflib.get_close_matches(str(detail["loc"][-1]), _keys_at(model, path[:-1]), 1, 0.6)
            yield from ((path[:-1], key) for key in near)


def _existing(document: Document, loc: tuple[str | int, ...]) -> Path:
    """pydantic's location without the tags of unions and validators that are no part of the file."""
    path: Path = ()
    data = document.data
    for part in loc:
        if _has(data, part):
            data = data[part]
            path = (*path, part)
    return path


def _has(data: Any, part: str | int) -> bool:
    return part in data if isinstance(data, Mapping) else isinstance(data, list) and part in range(len(data))


def _sentence(model: type[BaseModel], detail: ErrorDetails, path: Path) -> tuple[str, str | None]:
    kind, context, got = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind in {"extra_forbidden", "missing"}:
        return _key_sentence(model, kind, str(detail["loc"][-1]), path)
    if kind in {"literal_error", "enum"}:
        return f"{_shown(got)} is not possible here", _choice(got, str(context.get("expected", "")))
    if kind == "value_error":
        text, _, text_hint = str(context.get("error", "")).partition(" | ")
        return text, text_hint or None
    if kind in {"too_short", "string_too_short"}:
        return "this must not be empty", None
    if kind in _WANTED:
        return f"{_WANTED[kind]} is expected here, not {_shown(got)}", _hint(_WANTED[kind], got)
    return str(detail["msg"]), None


def _key_sentence(model: type[BaseModel], kind: str, name: str, path: Path) -> tuple[str, str | None]:
    if kind == "missing":
        return f"the key {name} is missing", None
    return f"the key {name} is unknown", did_you_mean(name, _keys_at(model, path[:-1]))


def _choice(got: Any, expected: str) -> str | None:
    """A hint out of pydantic's list of what a literal may be: ``'a', 'b' or 'c'``, or ``True``."""
    words = re.findall(r"'([^']+)'", expected)
    return did_you_mean(str(got), words) if words else f"write {expected.lower()}"


def _hint(wanted: str, got: Any) -> str | None:
    if wanted == "text" and isinstance(got, int | float | bool | date):
        return f'put it in quotes: "{_shown(got)}"'
    if wanted == "true or false":
        return "only the words true and false mean that"
    return None


def _shown(value: Any) -> str:
    """A value as a file would write it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a map"
    return str(value)


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """The keys that the model knows at a path; follows fields, lists, maps and optional values."""
    kinds: list[Any] = [model]
    for part in path:
        kinds = [inner for kind in kinds for inner in _inside(kind, part)]
    return sorted({key for kind in kinds for key in _fields(kind)})


def _fields(kind: Any) -> list[str]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [field.alias or name for name, field in kind.model_fields.items()]
    return []


def _inside(kind: Any, part: str | int) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        found = [f.annotation for name, f in kind.model_fields.items() if (f.alias or name) == part]
        if found:
            return [leaf for annotation in found for leaf in _leaves(annotation)]
    return [kind]


def _leaves(annotation: Any) -> list[Any]:
    """Every class mentioned in an annotation, however wrapped."""
    arguments = getattr(annotation, "__args__", None)
    if not arguments:
        value = getattr(annotation, "__value__", None)
        return _leaves(value) if value is not None else [annotation]
    return [leaf for argument in arguments for leaf in _leaves(argument)]
