"""Data -> a pydantic model, with one located sentence per mistake in place of pydantic's own."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from mappings.located import hints
from mappings.located.document import Document
from mappings.located.fields import keys_at
from mappings.located.problem import Problem
from mappings.located.reader import Path

Model = TypeVar("Model", bound=BaseModel)


def validate(model: type[Model], document: Document) -> tuple[Model | None, list[Problem]]:
    """`document` as `model`, or None and one located problem per mistake."""
    if not isinstance(document.data, Mapping):
        return None, [document.problem((), "the file must be a map of keys", "start with `key: value` lines")]
    try:
        return model.model_validate(document.data), []
    except ValidationError as error:
        return None, list(_problems(model, document, error))


def no_value(model: type[BaseModel], document: Document, path: Path) -> Problem:
    """The problem of a key (or an entry of a list) that stands there without a value."""
    name = path[-1] if path and isinstance(path[-1], str) else "this entry"
    such = hints.sample(model, path)
    hint = f"write a value, {such}" if such else "write a value"
    if not hints.required(model, path):
        hint += ", or take the key out" if isinstance(path[-1], str) else ", or take the dash out"
    return document.problem(path, f"{name} has no value", hint, key=True)


def _problems(model: type[BaseModel], document: Document, error: ValidationError) -> Iterator[Problem]:
    seen: set[tuple[Path, str]] = set()
    misspelt = set(_misspelt(model, document, error))
    for detail in error.errors():
        path = _existing(document, detail["loc"])
        if detail["type"] == "missing" and (path, detail["loc"][-1]) in misspelt:
            continue
        if detail["input"] is None and detail["type"] != "extra_forbidden":
            problem = no_value(model, document, path)
        else:
            message, hint = hints.sentence(model, detail, path)
            problem = document.problem(path, message, hint, key=detail["type"] == "extra_forbidden")
        if (path, problem.message) not in seen:
            seen.add((path, problem.message))
            yield problem


def _misspelt(model: type[BaseModel], document: Document, error: ValidationError) -> Iterator[tuple[Path, str]]:
    """Keys that an unknown one was meant to be: nobody needs to hear that they are missing too."""
    for detail in error.errors():
        if detail["type"] == "extra_forbidden":
            path = _existing(document, detail["loc"])
            near = difflib.get_close_matches(str(detail["loc"][-1]), keys_at(model, path[:-1]), 1, 0.6)
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
