"""The shape of a mapping file. pydantic stands only here; everything behind it works on compiled values.

Descriptions are the editor's help: ``config/mapping.schema.json`` and docs/mapping.md are made from them.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Date = date
RoleWord = Literal["owner", "admin", "editor", "viewer"]
Ceiling = Literal["owner", "admin", "editor", "viewer", "none"]


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float | date) else value


def _text(value: Any) -> Any:
    """Numbers and dates in a list of values are meant as the text an IdP sends."""
    return str(value) if isinstance(value, int | float | date) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[list[Text], BeforeValidator(_many), Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Test(_Strict):
    """What an attribute's value must be. All keys given must hold, for one of its values."""

    like: Texts | None = Field(None, description="a glob with *, or a list of them")
    present: bool | None = Field(None, description="true: it is sent and not empty; false: it is not")
    before: date | None = Field(None, description="the value is a date before this one")
    after: date | None = Field(None, description="the value is a date after this one")
    at_least: float | None = Field(None, description="the value is a number of at least this")


class When(_Strict):
    """A condition. All keys of one `when` must hold."""

    everyone: Literal[True] | None = Field(None, description="holds for everybody")
    group: Texts | None = Field(None, description="in this group, by its exact name; a list: in any of them")
    group_like: str | None = Field(None, description="in a group whose name fits, with * and {captures}")
    group_regex: str | None = Field(None, description="in a group whose whole name fits this regular expression")
    attribute: dict[str, Test | Texts] | None = Field(
        None, description="attribute: value, a list of values, or {like, present, before, after, at_least}"
    )
    email: Texts | None = Field(None, description="the e-mail address, or a glob, or a list of them")
    email_domain: Texts | None = Field(None, description="the domain of the e-mail address, exactly")
    source: Texts | None = Field(None, description="directory or assertion: who told the facts")
    all: list["When"] | None = Field(None, description="all of these hold")
    any: list["When"] | None = Field(None, description="one of these holds")
    not_: "When | None" = Field(None, alias="not", description="this does not hold")


class Except(_Strict):
    """Every known word except these."""

    except_: Texts = Field(alias="except", description="words this capture never stands for")


Capture = Except | dict[str, Text] | Texts


class Rule(_Strict):
    """Who gets which role in which workspace."""

    name: str = Field(min_length=1, description="what `explain` calls it")
    when: When = Field(description="whom it is about")
    captures: dict[str, Capture] = Field(
        default_factory=dict, description="what a {capture} may stand for: a list, {word: meaning}, or {except: […]}"
    )
    grant: dict[str, str] = Field(min_length=1, description="workspace alias: role")
    from_: date | None = Field(None, alias="from", description="the first day it counts")
    until: date | None = Field(None, description="the last day it counts")
    disabled: str | None = Field(None, description="switched off, and why")


class Limit(_Strict):
    """The most that people may have, over all rules."""

    name: str = Field(min_length=1, description="what `explain` calls it")
    when: When = Field(description="whom it is about")
    at_most: Ceiling = Field(description="the highest role left to them; none: no access")
    in_: list[str] | None = Field(None, alias="in", description="only in these workspaces; without it in all")


class Given(_Strict):
    """The person of a test."""

    email: str | None = Field(None, description="the e-mail address")
    groups: list[str] = Field(default_factory=list, description="names of the groups they are in")
    attributes: dict[str, Texts] = Field(default_factory=dict, description="attribute: value or values")
    source: Literal["directory", "assertion"] = Field("directory", description="who told it")


class Expectation(_Strict):
    """`expect` is exactly what the person gets, nothing more."""

    name: str = Field(min_length=1, description="what it shows")
    given: Given = Field(description="the person")
    date: "Date | None" = Field(None, description="the day of the decision; today without it")
    expect: dict[str, RoleWord] | Literal["none"] = Field(description="{alias: role}, or none")


class MappingFile(_Strict):
    """Who gets what, for one connection."""

    connection: str = Field(description="the connection this file is for")
    groups: dict[str, Text] = Field(default_factory=dict, description="name: the IdP's id of that group")
    rules: list[Rule] = Field(default_factory=list, description="who gets which role where; the order never matters")
    limits: list[Limit] = Field(default_factory=list, description="ceilings over all rules")
    otherwise: dict[str, RoleWord] | Literal["none"] = Field(
        "none", description="for whom no rule gave anything: {alias: role}, or none"
    )
    tests: list[Expectation] = Field(default_factory=list, description="examples that must come out as written")


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema that editors complete from."""
    schema = MappingFile.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Mapping file"}
