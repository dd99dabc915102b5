"""pydantic's complaints in our words, each with what to do: what was meant, or an example of the field at that place."""

import re
from datetime import date
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mappings.located.fields import field_at, keys_at
from mappings.located.problem import did_you_mean, flow, shown
from mappings.located.reader import Path

_BOOLEANS = "in this file only true and false are booleans"
_TRAPS = {"yes", "no", "on", "off", "y", "n", "true", "false"}  # booleans in YAML 1.1, in any case
_YES = {"yes", "on", "y", "true"}
_NOBODY = {"no", "off", "n", "false"}

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


def sentence(model: type[BaseModel], detail: ErrorDetails, path: Path) -> tuple[str, str | None]:
    """A message and a hint."""
    kind, context, got = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "extra_forbidden":
        return _unknown(model, str(detail["loc"][-1]), path)
    if kind == "missing":
        return _missing(model, (*path, str(detail["loc"][-1])))
    if kind in {"literal_error", "enum"}:
        return f"{shown(got)} is not possible here", _choice(model, path, got, str(context.get("expected", "")))
    if kind == "value_error":
        text, _, hint = str(context.get("error", "")).partition(" | ")
        return text, hint or None
    return _wrong(model, path, kind, got) or (str(detail["msg"]), _such(model, path, "write it"))


def _wrong(model: type[BaseModel], path: Path, kind: str, got: Any) -> tuple[str, str | None] | None:
    """A value of the wrong kind, or none at all."""
    if kind in {"too_short", "string_too_short"}:
        return "this must not be empty", _such(model, path, "write something")
    if kind not in _WANTED:
        return None
    return f"{_WANTED[kind]} is expected here, not {shown(got)}", _wanted(model, path, _WANTED[kind], got)


def sample(model: type[BaseModel], path: Path) -> str | None:
    """An example of the field that a path is about, if it has one."""
    found = field_at(model, path)
    if found is None or not found[1].examples:
        return None
    name, example = found[0], found[1].examples[0]
    entry = bool(path) and isinstance(path[-1], int) and isinstance(example, list)
    return f"such as `- {flow(example[0])}`" if entry else f"such as `{name}: {flow(example)}`"


def required(model: type[BaseModel], path: Path) -> bool:
    """Must the key at the end of a path stand there?"""
    found = field_at(model, path)
    return found is not None and found[0] == path[-1] and found[1].is_required()


def _such(model: type[BaseModel], path: Path, lead: str) -> str | None:
    such = sample(model, path)
    return f"{lead}, {such}" if such else None


def _unknown(model: type[BaseModel], name: str, path: Path) -> tuple[str, str | None]:
    known, colon = keys_at(model, path[:-1]), name.partition(":")
    if colon[1] and colon[0] in known:
        return f"the key {name} is unknown", f"write a space after the colon: `{colon[0]}: {colon[2]}`"
    return f"the key {name} is unknown", did_you_mean(name, known)


def _missing(model: type[BaseModel], path: Path) -> tuple[str, str | None]:
    name, found = path[-1], field_at(model, path)
    about = found[1].description if found else None
    return f"the key {name} is missing", _such(model, path, "add it") or (f"add `{name}`: {about}" if about else None)


def _choice(model: type[BaseModel], path: Path, got: Any, expected: str) -> str | None:
    """A hint out of pydantic's list of what a literal may be: ``'a', 'b' or 'c'``, or ``True``."""
    words = re.findall(r"'([^']+)'", expected)
    word = shown(got).lower()
    if not words:
        instead = f"write {expected.lower()}, or take the key out"
        return f"{_BOOLEANS}: {instead}" if word in _TRAPS else instead
    if "none" in words and word in _NOBODY:
        return f"{_BOOLEANS}, and neither means nobody: write none"
    if isinstance(got, list | dict) or len(words) == 1:
        return _such(model, path, "write one value") or f"write {words[0]}"
    return did_you_mean(shown(got), words)


def _wanted(model: type[BaseModel], path: Path, wanted: str, got: Any) -> str | None:
    if wanted == "text" and isinstance(got, int | float | bool | date):
        return f'put it in quotes: "{shown(got)}"'
    if wanted == "true or false":
        word = "true" if shown(got).lower() in _YES else "false"
        return f"{_BOOLEANS}: write {word}" if shown(got).lower() in _TRAPS else "only the words true and false mean that"
    if wanted == "a list" and isinstance(got, dict):
        return "begin each entry with a dash and a space: `- name: …`"
    if wanted == "text" and isinstance(got, list):
        return _such(model, path, "write one value")
    if isinstance(got, list) and {"all", "any"} <= set(keys_at(model, path)):
        return "write `any:` in front of the list if one of these is enough, `all:` if all of them must hold"
    return _such(model, path, "write it as a map" if wanted.startswith("a map") else "write it")
