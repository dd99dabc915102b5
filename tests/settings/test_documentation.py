"""docs/configuration.md and config/bridge.yaml can't rot: both are compared with the models and the environment's names."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic.fields import FieldInfo

from bridge.settings import load
from bridge.settings.bridge_yaml import ENVIRONMENT, SECRETS, BridgeShape
from bridge.settings.connections import ConnectionDefaults, ConnectionShape
from bridge.settings.durations import shown
from bridge.settings.kinds import Shape

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
EXAMPLE = (ROOT / "config" / "bridge.yaml").read_text(encoding="utf-8")
PLACEHOLDERS = {"workspaces": "ALIAS", "attributes": "NAME", "parts": "PART"}


def rows(model: type[Shape], prefix: str = "") -> Iterator[str]:
    """A table row for each key that takes a value."""
    for name, field in sorted(model.model_fields.items(), key=lambda item: not item[1].is_required()):
        inner, key = _shape(field.annotation), f"{prefix}{name}"
        if inner is ConnectionDefaults:
            yield f"| `{key}` | - | {field.description} |"
        elif inner is not None:
            yield from rows(inner, f"{key}.{PLACEHOLDERS[name]}." if name in PLACEHOLDERS else f"{key}.")
        else:
            yield f"| `{key}` | {_default(field)} | {field.description} |"


def _shape(annotation: Any) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    return next((found for part in get_args(annotation) if (found := _shape(part))), None)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if any(type(part).__name__ == "PlainSerializer" for part in field.metadata) and isinstance(value, int):
        return f"`{shown(value)}`"
    if isinstance(value, list):
        return f"`[{', '.join(value)}]`"
    return "-" if value is None else f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _table(title: str) -> list[str]:
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


@pytest.mark.parametrize(("title", "model"), [("bridge.yaml", BridgeShape), ("Connection files", ConnectionShape)])
def test_the_page_lists_every_key_with_its_default_and_nothing_else(title: str, model: type[Shape]) -> None:
    assert _table(title) == list(rows(model))


def test_the_page_lists_every_environment_variable_and_what_it_sets() -> None:
    expected = {name: ".".join(path) for name, path in (ENVIRONMENT | SECRETS).items()}
    found = dict(re.findall(r"^\| `([A-Z_]+)` \| `([a-z_.]+)` \|", PAGE, re.MULTILINE))
    assert found == expected
    assert "`BRIDGE_CONFIG`" in PAGE


@pytest.mark.parametrize("row", [*rows(BridgeShape)])
def test_the_commented_reference_names_every_key(row: str) -> None:
    key = row.split("`")[1].rsplit(".", maxsplit=1)[-1]
    assert re.search(rf"^\s*(# )?{key}:", EXAMPLE, re.MULTILINE)


@pytest.mark.parametrize("key", ConnectionDefaults.model_fields)
def test_the_commented_reference_names_every_default_of_connections(key: str) -> None:
    assert re.search(rf"^  # {key}:", EXAMPLE.partition("\ndefaults:")[2], re.MULTILINE)


def test_the_commented_reference_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bridge.yaml").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    with_file, without = load(tmp_path, {}), load(tmp_path / "empty", {})
    with_file.origins["bridge"].data.pop("defaults")
    assert with_file.origins["bridge"].data == without.origins["bridge"].data


def test_the_commented_out_lines_are_right_as_well(tmp_path: Path) -> None:
    text = re.sub(r"^(\s*)# (\w+:)", r"\1\2", EXAMPLE, flags=re.MULTILINE)
    text = re.sub(r"^(clerk|defaults): {}", r"\1:", text, flags=re.MULTILINE)
    (tmp_path / "bridge.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "connections").mkdir()
    (tmp_path / "connections" / "acme.yaml").write_text("customer: Acme\nprovider: okta\n", encoding="utf-8")
    secrets = {"CLERK_SECRET_KEY": "sk_test_x", "CLERK_WEBHOOK_SIGNING_SECRET": "whsec_x", "BRIDGE_AUDIT_KEY": "k"}
    settings = load(tmp_path, secrets)
    assert settings.bridge.public_url == "https://bridge.inferpipe.example"
    assert settings.connections["acme"].contact == "iam@inferpipe.example"
    assert settings.warnings == ()
