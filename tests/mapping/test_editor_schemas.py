"""The JSON Schemas that editors complete from say what the models say."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import BaseModel

from bridge.settings.connections import connection_schema
from mappings import model
from mappings.located import parse
from mappings.model import mapping_schema
from tests.support.shared import shared

CONFIG = Path(__file__).resolve().parents[2] / "config"
SCHEMAS = {"mapping": mapping_schema, "connection": connection_schema}


def plain(value: Any) -> Any:
    """As an editor reads it: dates are text."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.isoformat() if isinstance(value, date) else value


def complaints(kind: str, text: str) -> list[str]:
    document, problems = parse(text, kind)
    assert problems == []
    validator = jsonschema.Draft202012Validator(SCHEMAS[kind](), format_checker=jsonschema.FormatChecker())
    return [error.message for error in validator.iter_errors(plain(document.data))]


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_committed_schema_is_the_models(kind):
    committed = (CONFIG / f"{kind}.schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(SCHEMAS[kind](), indent=2, ensure_ascii=False) + "\n", (
        "docs/mapping.md says how to write it"
    )


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schema_is_a_schema(kind):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[kind]())


@pytest.mark.parametrize("path", sorted(CONFIG.glob("mappings/*.yaml")), ids=lambda path: path.stem)
def test_an_editor_has_nothing_against_our_mapping_file(path):
    assert complaints("mapping", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted(CONFIG.glob("connections/*.yaml")), ids=lambda path: path.stem)
def test_an_editor_has_nothing_against_our_connection_file(path):
    assert complaints("connection", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", ["acme-okta", "nordwind-entra", "tinybird-google"])
def test_an_editor_has_nothing_against_a_finished_example(name):
    assert complaints("mapping", shared(f"examples/mappings/{name}.yaml").read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "body",
    [
        "roules: []",
        "rules: [{name: r, when: {grup: x}, grant: {a: viewer}}]",
        "rules: [{name: r, when: {group: }, grant: {a: viewer}}]",
        "rules: [{name: r, when: {group: []}, grant: {a: viewer}}]",
        "rules: [{name: r, when: {everyone: yes}, grant: {a: viewer}}]",
        "rules: [{name: r, when: {source: ldap}, grant: {a: viewer}}]",
        "rules: [{name: r, when: {group: g}, grant: {}}]",
        "rules: [{name: r, when: {group: g}}]",
        "rules: [{name: r, when: {group: g}, grant: {a: vewer}}]",
        "rules: [{name: r, when: {group: g}, grant: {a: org:member}}]",
        "rules: [{name: r, when: {group: g}, grant: {a: viewer}, captures: {b: {exept: [x]}}}]",
        "rules: [{name: r, when: {group: g}, grant: {a: viewer}, until: soon}]",
        "limits: [{name: l, when: {group: g}, at_most: boss}]",
        "otherwise: nothing",
        "tests: [{name: t, given: {}, expect: {a: boss}}]",
    ],
)
def test_an_editor_sees_a_mistake(body):
    assert complaints("mapping", f"connection: acme\n{body}\n") != []


def test_an_editor_takes_a_capture_for_a_role():
    body = 'rules: [{name: r, when: {group_like: "x-{role}"}, grant: {"{workspace}": "{role}", a: viewer}}]'
    assert complaints("mapping", f"connection: acme\n{body}\n") == []


SHAPES = [one for one in vars(model).values() if isinstance(one, type) and issubclass(one, BaseModel) and one.model_fields]
KEYS = [(kind, field.alias or name) for kind in SHAPES for name, field in kind.model_fields.items()]


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    """Every schema inside a schema; examples and enums are none."""
    if isinstance(schema, dict):
        yield schema
    inner = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for key, part in inner:
        if key not in {"examples", "enum"}:
            yield from _parts(part)


def _property(kind: type[BaseModel], key: str) -> dict[str, Any]:
    whole = mapping_schema()
    found = whole if kind is model.MappingFile else whole["$defs"][kind.__name__]
    return {"$defs": whole["$defs"], **found["properties"][key]}


@pytest.mark.parametrize(("kind", "key"), KEYS, ids=lambda one: getattr(one, "__name__", one))
def test_an_editor_explains_every_key_and_shows_examples_that_it_takes_itself(kind, key):
    schema = _property(kind, key)
    assert len(schema["description"]) > 8
    assert schema["examples"]
    for example in schema["examples"]:
        jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker()).validate(example)


@pytest.mark.parametrize(("kind", "key"), KEYS, ids=lambda one: getattr(one, "__name__", one))
def test_the_examples_that_hints_show_are_ones_that_the_model_takes(kind, key):
    needed = {field.alias or name: field for name, field in kind.model_fields.items() if field.is_required()}
    rest = {name: (field.examples or ["acme"])[0] for name, field in needed.items()}
    for example in _property(kind, key)["examples"]:
        kind.model_validate({**rest, key: example})


def test_an_editor_explains_every_word_that_a_key_allows():
    chosen = [part for part in _parts(mapping_schema()) if "enum" in part]
    assert chosen
    for part in chosen:
        assert len(part["enumDescriptions"]) == len(part["enum"])
        assert all(part["enumDescriptions"])


def test_no_part_of_the_schema_has_keys_without_a_description():
    keys = [(key, one) for part in _parts(mapping_schema()) for key, one in part.get("properties", {}).items()]
    assert len(keys) == len(KEYS)
    assert [key for key, one in keys if not one.get("description")] == []
