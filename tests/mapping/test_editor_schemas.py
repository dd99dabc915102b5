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
        "rules: [{name: r, when: {group: g}, grant: {a: viewer}, captures: {b: {exept: [x]}}}]",
        "rules: [{name: r, when: {group: g}, grant: {a: viewer}, until: soon}]",
        "limits: [{name: l, when: {group: g}, at_most: boss}]",
        "otherwise: nothing",
        "tests: [{name: t, given: {}, expect: {a: boss}}]",
    ],
)
def test_an_editor_sees_a_mistake(body):
    assert complaints("mapping", f"connection: acme\n{body}\n") != []


def _shapes() -> Iterator[Any]:
    return (one for one in vars(model).values() if isinstance(one, type) and issubclass(one, BaseModel))


def test_every_key_has_a_description():
    bare = [
        f"{kind.__name__}.{name}" for kind in _shapes() for name, field in kind.model_fields.items() if not field.description
    ]
    assert bare == []
