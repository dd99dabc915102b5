"""config/connection.schema.json explains every key and every choice, and takes what the service takes."""

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from bridge.settings import load
from bridge.settings.connections import connection_schema
from tests.support.shared import shared

SCHEMA = connection_schema()
MINIMAL = "customer: Acme\nprovider: okta\n"


def nodes(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every part of the schema with a path to say it by."""
    if isinstance(schema, dict):
        yield path, schema
        for key, value in schema.items():
            yield from nodes(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for at, value in enumerate(schema):
            yield from nodes(value, f"{path}/{at}")


KEYS = [
    (f"{path}/{name}", key)
    for path, node in nodes(SCHEMA)
    if isinstance(node.get("properties"), dict) and "additionalProperties" in node
    for name, key in node["properties"].items()
]


def complaints(text: str) -> list[str]:
    plain = {key: value for key, value in yaml.safe_load(text).items() if not isinstance(value, date)}
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(plain)]


@pytest.mark.parametrize(("path", "key"), KEYS, ids=[path for path, _ in KEYS])
def test_every_key_is_explained_in_a_sentence(path: str, key: dict[str, Any]) -> None:
    assert len(key["description"].split()) >= 3


def test_every_choice_is_explained() -> None:
    bare = [
        path for path, node in nodes(SCHEMA) if "enum" in node and len(node.get("enumDescriptions", ())) != len(node["enum"])
    ]
    assert bare == []


@pytest.mark.parametrize(
    "key",
    ["customer", "domains", "contact", "timezone", "shared_with", "workspaces", "settle", "id", "create", "scim", "saml"],
)
def test_what_is_free_text_has_an_example(key: str) -> None:
    found = [part for path, part in KEYS if path.endswith(f"/{key}")]
    assert any("examples" in str(part) for part in found)


def test_the_examples_are_right() -> None:
    validator = jsonschema.Draft202012Validator
    for path, node in nodes(SCHEMA):
        for example in node.get("examples", ()):
            alone = {**copy.deepcopy(node), "$defs": SCHEMA["$defs"]}
            assert list(validator(alone).iter_errors(example)) == [], path


@pytest.mark.parametrize(
    "text",
    [
        "workspaces: {production: org_1, lab: {id: lab, ceiling: viewer}, '*': {create: 'Acme {alias}', at_most: 3}}",
        "directory: none",
        "directory: {scim: {auth: [token, oauth]}}",
        "attributes: {email: {scim: [userName], saml: mail}, shoe: {scim: null}}",
        "brake: {people: 3, percent: 20, within: 15m}",
    ],
)
def test_an_editor_takes_every_form_that_the_service_takes(tmp_path: Path, text: str) -> None:
    assert complaints(MINIMAL + text) == []
    (tmp_path / "connections").mkdir()
    (tmp_path / "connections" / "acme.yaml").write_text(f"{MINIMAL}{text}\n", encoding="utf-8")
    assert "acme" in load(tmp_path, {}).connections


@pytest.mark.parametrize(
    "text",
    [
        "mode: sometimes",
        "workspaces: {production: 7}",
        "workspaces: {production: {cieling: admin}}",
        "directory: nobody",
        "directory: {scim: {auth: token}}",
        "attributes: {email: {scim: []}}",
        "attributes: {email: userName}",
        "settle: 10",
        "provder: okta",
    ],
)
def test_an_editor_sees_a_mistake(text: str) -> None:
    assert complaints(MINIMAL + text) != []


@pytest.mark.parametrize("name", ["acme-okta", "nordwind-entra", "tinybird-google"])
def test_an_editor_has_nothing_against_a_finished_example(name: str) -> None:
    assert complaints(shared(f"examples/connections/{name}.yaml").read_text(encoding="utf-8")) == []
