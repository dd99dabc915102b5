"""The shape of a mapping file. pydantic stands only here; everything behind it works on compiled values.

Descriptions are the editor's help: ``config/mapping.schema.json`` and docs/mapping.md are made from them.
"""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, StrictBool, Tag, WithJsonSchema

from mappings import traps

RoleWord = Literal["owner", "admin", "editor", "viewer"]
Ceiling = Literal["owner", "admin", "editor", "viewer", "none"]
SourceWord = Literal["directory", "assertion"]

WORDS = {
    "owner": "the highest role; a group's name gives it only where `captures` lists it",
    "admin": "below owner",
    "editor": "below admin",
    "viewer": "the lowest role",
    "none": "nobody, or no access",
    "directory": "what the IdP pushed by SCIM, or what was pulled from it",
    "assertion": "what the IdP said when the person last signed in by SAML",
}
"""What an editor says of each word that a key allows."""

_TEXT_SCHEMA: dict[str, Any] = {"type": ["string", "number"]}


def _many(value: Any) -> Any:
    return [value] if isinstance(value, str | int | float | date) else value


def _text(value: Any) -> Any:
    """Numbers and dates in a list of values are meant as the text an IdP sends."""
    return str(value) if isinstance(value, int | float | date) and not isinstance(value, bool) else value


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
Day = Annotated[date, BeforeValidator(traps.day)]
Number = Annotated[float, BeforeValidator(traps.number)]
Reason = Annotated[str, BeforeValidator(traps.reason), Field(min_length=1)]
Roles = Annotated[
    Annotated[dict[str, RoleWord], Tag("a map")] | Annotated[Literal["none"], Tag("the word")], _map_or("the word")
]
Grants = Annotated[
    dict[str, str],
    Field(min_length=1),
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "description": "a role: owner, admin, editor or viewer; or a {capture} that stands for one",
                "anyOf": [{"enum": ["owner", "admin", "editor", "viewer"]}, {"type": "string", "pattern": r"\{[a-z_]+\}"}],
            },
        }
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Value(_Strict):
    """What an attribute's value must be. All keys given must hold, for one of its values."""

    like: Texts | None = Field(
        None, description="a glob with `*`, or a list of them: any of these", examples=["Senior *", ["Senior *", "*Lead*"]]
    )
    present: StrictBool | None = Field(
        None, description="true: it is sent and not empty; false: it is not sent, or empty", examples=[True]
    )
    before: Day | None = Field(
        None, description="the value is a date before this one, such as a hiring date", examples=["2024-07-01"]
    )
    after: Day | None = Field(
        None, description="the value is a date after this one, such as a contract's end", examples=["2026-12-31"]
    )
    at_least: Number | None = Field(
        None, description="the value is a number of at least this, such as a pay grade", examples=[7]
    )


AttributeTest = Annotated[Annotated[Value, Tag("a map")] | Annotated[Texts, Tag("values")], _map_or("values")]


class When(_Strict):
    """A condition. All keys of one `when` must hold."""

    everyone: Literal[True] | None = Field(None, description="true: it holds for everybody", examples=[True])
    group: Texts | None = Field(
        None,
        description="in this group, by its exact name, directly or through another group; a list: in any of them",
        examples=["platform-engineering", ["platform-engineering", "site-reliability"]],
    )
    group_like: str | None = Field(
        None,
        description="in a group whose whole name fits, with `*` for any text and {captures} for words that `grant` repeats",
        examples=["inferpipe-{workspace}-{role}", "eng-*"],
    )
    group_regex: str | None = Field(
        None,
        description="in a group whose whole name fits this regular expression; single quotes keep its backslashes",
        examples=["team-[0-9]+-(leads|admins)"],
    )
    attribute: dict[str, AttributeTest] | None = Field(
        None,
        min_length=1,
        description="what the IdP sends about the person: {attribute: value}, {attribute: list of values} for any of them, "
        "or {attribute: {like, present, before, after, at_least}}; an attribute that is not sent equals nothing",
        examples=[{"department": "Finance"}, {"userType": ["Employee", "Intern"]}, {"title": {"like": "*Lead*"}}],
    )
    email: Texts | None = Field(
        None,
        description="the e-mail address, or a glob with `*`; a list: any of them",
        examples=["ada@acme.com", "*@audit.acme.com"],
    )
    email_domain: Texts | None = Field(
        None,
        description="the domain of the e-mail address, exactly: no subdomains; a list: any of them",
        examples=["acme.com", ["acme.com", "acme.de"]],
    )
    source: Sources | None = Field(
        None,
        description="who told the facts: the directory, a sign-in's assertion; a list: any of them",
        examples=["directory"],
    )
    all: list["When"] | None = Field(
        None,
        min_length=1,
        description="a list of conditions that all hold; only needed for two of one kind, such as two groups",
        examples=[[{"group": "platform-engineering"}, {"group": "on-call"}]],
    )
    any: list["When"] | None = Field(
        None,
        min_length=1,
        description="a list of conditions of which one holds",
        examples=[[{"group": "ext-auditors"}, {"email_domain": "audit.acme.com"}]],
    )
    not_: "When | None" = Field(
        None,
        alias="not",
        description="a condition that does not hold; it stands beside others, to take people out of them",
        examples=[{"group": "on-leave"}],
    )

    @property
    def needed(self) -> list[str]:
        """The attributes that it asks for by itself: where one is not sent, it does not hold."""
        tests = (self.attribute or {}).items()
        return [name for name, test in tests if isinstance(test, list) or test.present is not False]


class Except(_Strict):
    """Every known word except these."""

    except_: Texts = Field(
        alias="except", description="words this capture never stands for", examples=["billing", ["production", "billing"]]
    )


Table = Annotated[dict[str, Text], Field(min_length=1)]
Capture = Annotated[
    Annotated[Except, Tag("all but")] | Annotated[Table, Tag("a table")] | Annotated[Texts, Tag("a list")],
    Discriminator(_capture_form),
]


class Rule(_Strict):
    """Who gets which role in which workspace."""

    name: str = Field(
        min_length=1,
        description="what `explain` and the audit trail call it; no two rules share a name",
        examples=["Platform runs production"],
    )
    when: When = Field(
        description="whom it is about: all of its keys must hold", examples=[{"group": "platform-engineering"}]
    )
    captures: dict[str, Capture] = Field(
        default_factory=dict,
        description="what a {capture} of `group_like` may stand for: a list of words, {word: meaning}, or {except: [word]}",
        examples=[{"role": ["viewer", "editor"]}, {"team": {"ds": "data-science"}}, {"workspace": {"except": ["billing"]}}],
    )
    grant: Grants = Field(
        description="what it gives: {workspace alias: role}; either may hold a {capture}",
        examples=[{"production": "viewer"}, {"{workspace}": "{role}"}],
    )
    from_: Day | None = Field(
        None,
        alias="from",
        description="the first day it counts, in the connection's timezone; without it, from the start",
        examples=["2027-03-01"],
    )
    until: Day | None = Field(
        None,
        description="the last day it counts, in the connection's timezone; without it, for good",
        examples=["2027-04-30"],
    )
    disabled: Reason | None = Field(None, description="it is switched off, and why", examples=["nobody until the summer"])


class Limit(_Strict):
    """The most that people may have, over all rules."""

    name: str = Field(
        min_length=1,
        description="what `explain` and the audit trail call it; no two limits share a name",
        examples=["Contractors never run anything"],
    )
    when: When = Field(
        description="whom it is about: all of its keys must hold", examples=[{"attribute": {"userType": "Contractor"}}]
    )
    at_most: Ceiling = Field(description="the highest role left to them, or none: no access", examples=["editor", "none"])
    in_: Texts | None = Field(
        None,
        alias="in",
        description="only in these workspaces; without it in all",
        examples=["billing", ["billing", "production"]],
    )


class Given(_Strict):
    """The person of a test."""

    email: str | None = Field(None, description="their e-mail address", examples=["ada@acme.com"])
    groups: TextsOrNone = Field(
        default_factory=list,
        description="names of the groups they are in, direct and nested",
        examples=[["platform-engineering", "on-call"]],
    )
    attributes: dict[str, Texts] = Field(
        default_factory=dict,
        description="what the IdP sends about them: {attribute: value or list of values}",
        examples=[{"userType": "Contractor", "department": "Finance"}],
    )
    source: SourceWord = Field(
        "directory", description="who told the facts: the directory, or a sign-in's assertion", examples=["directory"]
    )


class Expectation(_Strict):
    """A person, and exactly what they get: nothing more."""

    name: str = Field(min_length=1, description="what it shows", examples=["a contractor never runs production"])
    given: Given = Field(description="the person", examples=[{"groups": ["platform-engineering"]}])
    date: Day | None = Field(None, description="the day of the decision; today without it", examples=["2027-04-30"])
    expect: Roles = Field(
        description="exactly what they get: {workspace alias: role}, or none", examples=[{"production": "viewer"}, "none"]
    )


class MappingFile(_Strict):
    """Who gets what, for one connection."""

    connection: str = Field(
        description="the connection this file is for, as its connection file is called",
        json_schema_extra={"examples": ["acme-okta"]},  # for editors only: a hint must not name another's connection
    )
    groups: dict[str, Text] = Field(
        default_factory=dict,
        description="{a name of yours: the IdP's id of that group}; rules then say the name, and renaming the group changes "
        "nothing",
        examples=[{"Platform": "00g1emaKYZTWRYYRRTSK"}],
    )
    rules: list[Rule] = Field(
        default_factory=list,
        description="who gets which role where; the highest role wins, and the order never matters",
        examples=[[{"name": "Readers", "when": {"group": "readers"}, "grant": {"production": "viewer"}}]],
    )
    limits: list[Limit] = Field(
        default_factory=list,
        description="ceilings over all rules; the lowest counts",
        examples=[[{"name": "Guests look", "when": {"attribute": {"userType": "Guest"}}, "at_most": "viewer"}]],
    )
    otherwise: Roles = Field(
        "none",
        description="for whom no rule gave anything: {workspace alias: role}, or none",
        examples=["none", {"sandbox": "viewer"}],
    )
    tests: list[Expectation] = Field(
        default_factory=list,
        description="examples that must come out as written, or the file is not taken into service",
        examples=[[{"name": "a reader", "given": {"groups": ["readers"]}, "expect": {"production": "viewer"}}]],
    )


def mapping_schema() -> dict[str, Any]:
    """The JSON Schema that editors complete from. ``config/mapping.schema.json`` holds it."""
    schema: dict[str, Any] = _for_editors(MappingFile.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Mapping file"}


def _for_editors(schema: Any) -> Any:
    """A key without a value is a mistake in a mapping file, so editors should say so too; and each word is explained."""
    if isinstance(schema, list):
        return [_for_editors(one) for one in schema if one != {"type": "null"}]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: value if key in {"examples", "enum"} else _for_editors(value)
        for key, value in schema.items()
        if not (key == "default" and value is None) and not (key == "title" and isinstance(value, str))
    }
    if "enum" in kept:
        kept["enumDescriptions"] = [WORDS[word] for word in kept["enum"]]
    if len(kept.get("anyOf", ())) == 1:
        only = kept.pop("anyOf")[0]
        kept = {**only, **kept}
    return kept
