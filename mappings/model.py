"""The shape of a mapping file. pydantic stands only here; everything behind it works on compiled values.

Descriptions are the editor's help: ``config/mapping.schema.json`` and docs/mapping.md are made from them.
"""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, Tag, WithJsonSchema

RoleWord = Literal["owner", "admin", "editor", "viewer"]
Ceiling = Literal["owner", "admin", "editor", "viewer", "none"]
SourceWord = Literal["directory", "assertion"]

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_TEXT_SCHEMA: dict[str, Any] = {"type": ["string", "number"]}


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float | date) else value


def _text(value: Any) -> Any:
    """Numbers and dates in a list of values are meant as the text an IdP sends."""
    return str(value) if isinstance(value, int | float | date) and not isinstance(value, bool) else value


def _day(value: Any) -> Any:
    """A day as YYYY-MM-DD and in no other way: pydantic would take a number for seconds since 1970."""
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValueError(f"there is no day {value}") from error
    if value is None or isinstance(value, date):
        return value
    raise ValueError("a date is expected here | dates are YYYY-MM-DD")


def _number(value: Any) -> Any:
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value)):
        raise ValueError("a number is expected here")
    return float(value)


def _map_or(other: str) -> Discriminator:
    return Discriminator(lambda value: "a map" if isinstance(value, dict) else other)


def _capture_form(value: Any) -> str:
    if not isinstance(value, dict):
        return "a list"
    return "all but" if "except" in value or any(isinstance(one, list) for one in value.values()) else "a table"


Text = Annotated[str, BeforeValidator(_text), WithJsonSchema(_TEXT_SCHEMA)]
Texts = Annotated[
    list[Text],
    BeforeValidator(_many),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA, "minItems": 1}]}),
]
TextsOrNone = Annotated[
    list[Text],
    BeforeValidator(_many),
    WithJsonSchema({"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA}]}),
]
_SOURCE_SCHEMA: dict[str, Any] = {"enum": ["directory", "assertion"]}
Sources = Annotated[
    list[SourceWord],
    BeforeValidator(_many),
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_SOURCE_SCHEMA, {"type": "array", "items": _SOURCE_SCHEMA, "minItems": 1}]}),
]
Day = Annotated[date, BeforeValidator(_day)]
Number = Annotated[float, BeforeValidator(_number)]
Roles = Annotated[
    Annotated[dict[str, RoleWord], Tag("a map")] | Annotated[Literal["none"], Tag("the word")], _map_or("the word")
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Value(_Strict):
    """What an attribute's value must be. All keys given must hold, for one of its values."""

    like: Texts | None = Field(None, description="a glob with *, or a list of them")
    present: StrictBool | None = Field(None, description="true: it is sent and not empty; false: it is not")
    before: Day | None = Field(None, description="the value is a date before this one")
    after: Day | None = Field(None, description="the value is a date after this one")
    at_least: Number | None = Field(None, description="the value is a number of at least this")


AttributeTest = Annotated[Annotated[Value, Tag("a map")] | Annotated[Texts, Tag("values")], _map_or("values")]


class When(_Strict):
    """A condition. All keys of one `when` must hold."""

    everyone: Literal[True] | None = Field(None, description="true: holds for everybody")
    group: Texts | None = Field(None, description="in this group, by its exact name; a list: in any of them")
    group_like: str | None = Field(None, description="in a group whose name fits, with * and {captures}")
    group_regex: str | None = Field(None, description="in a group whose whole name fits this regular expression")
    attribute: dict[str, AttributeTest] | None = Field(
        None, min_length=1, description="{attribute: value, a list of values, or {like, present, before, after, at_least}}"
    )
    email: Texts | None = Field(None, description="the e-mail address, or a glob with *, or a list of them")
    email_domain: Texts | None = Field(None, description="the domain of the e-mail address, exactly, or a list of them")
    source: Sources | None = Field(None, description="who told the facts: directory, assertion, or a list of them")
    all: list["When"] | None = Field(None, min_length=1, description="a list of conditions that all hold")
    any: list["When"] | None = Field(None, min_length=1, description="a list of conditions of which one holds")
    not_: "When | None" = Field(None, alias="not", description="a condition that does not hold")


class Except(_Strict):
    """Every known word except these."""

    except_: Texts = Field(alias="except", description="words this capture never stands for")


Table = Annotated[dict[str, Text], Field(min_length=1)]
Capture = Annotated[
    Annotated[Except, Tag("all but")] | Annotated[Table, Tag("a table")] | Annotated[Texts, Tag("a list")],
    Discriminator(_capture_form),
]


class Rule(_Strict):
    """Who gets which role in which workspace."""

    name: str = Field(min_length=1, description="what `explain` calls it")
    when: When = Field(description="whom it is about")
    captures: dict[str, Capture] = Field(
        default_factory=dict, description="what a {capture} may stand for: a list, {word: meaning}, or {except: […]}"
    )
    grant: dict[str, str] = Field(min_length=1, description="{workspace alias: role}; either may hold a {capture}")
    from_: Day | None = Field(None, alias="from", description="the first day it counts")
    until: Day | None = Field(None, description="the last day it counts")
    disabled: Annotated[str, Field(min_length=1)] | None = Field(None, description="switched off, and why")


class Limit(_Strict):
    """The most that people may have, over all rules."""

    name: str = Field(min_length=1, description="what `explain` calls it")
    when: When = Field(description="whom it is about")
    at_most: Ceiling = Field(description="the highest role left to them; none: no access")
    in_: Texts | None = Field(None, alias="in", description="only in these workspaces; without it in all")


class Given(_Strict):
    """The person of a test."""

    email: str | None = Field(None, description="the e-mail address")
    groups: TextsOrNone = Field(default_factory=list, description="names of the groups they are in, direct and nested")
    attributes: dict[str, Texts] = Field(default_factory=dict, description="{attribute: value or list of values}")
    source: SourceWord = Field("directory", description="who told the facts: directory or assertion")


class Expectation(_Strict):
    """A person, and exactly what they get: nothing more."""

    name: str = Field(min_length=1, description="what it shows")
    given: Given = Field(description="the person")
    date: Day | None = Field(None, description="the day of the decision; today without it")
    expect: Roles = Field(description="{workspace alias: role}, or none")


class MappingFile(_Strict):
    """Who gets what, for one connection."""

    connection: str = Field(description="the connection this file is for")
    groups: dict[str, Text] = Field(
        default_factory=dict, description="{name: the IdP's id of that group}; rules then say the name"
    )
    rules: list[Rule] = Field(default_factory=list, description="who gets which role where; the order never matters")
    limits: list[Limit] = Field(default_factory=list, description="ceilings over all rules")
    otherwise: Roles = Field("none", description="for whom no rule gave anything: {workspace alias: role}, or none")
    tests: list[Expectation] = Field(default_factory=list, description="examples that must come out as written")


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema that editors complete from. ``config/mapping.schema.json`` holds it."""
    schema: dict[str, Any] = _without_null(MappingFile.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Mapping file"}


def _without_null(schema: Any) -> Any:
    """A key without a value is a mistake in a mapping file, so editors should say so too."""
    if isinstance(schema, list):
        return [_without_null(one) for one in schema if one != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _without_null(value)
        for key, value in schema.items()
        if not (key == "default" and value is None) and not (key == "title" and isinstance(value, str))
    }
    if len(kept.get("anyOf", ())) == 1:
        only = kept.pop("anyOf")[0]
        kept = {**only, **kept}
    return kept
