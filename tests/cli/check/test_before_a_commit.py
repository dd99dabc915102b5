"""The hook before a commit, and the page about `check`."""

import re
import tomllib
from pathlib import Path
from typing import Any

import click
import orjson
import pytest
import yaml

from bridge.cli import main
from tests.cli.check.checking import broken, run
from tests.support.command_line import invoke

ROOT = Path(__file__).resolve().parents[3]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
PAGE = ROOT / "docs" / "checking.md"


def _hook() -> dict[str, Any]:
    (hook,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
    assert isinstance(hook, dict)
    return hook


@pytest.mark.parametrize(
    ("file", "checked"),
    [
        ("config/bridge.yaml", True),
        ("config/connections/acme.yaml", True),
        ("config/mappings/acme.yml", True),
        ("config/mapping.schema.json", False),
        ("config/secrets/acme.pem", False),
        ("docs/config/acme.yaml", False),
    ],
)
def test_the_hook_is_given_the_files_of_the_configuration(file: str, checked: bool) -> None:
    assert (re.search(_hook()["files"], file) is not None) is checked


def test_the_hooks_entry_is_a_command_that_there_is() -> None:
    hook = _hook()
    assert (hook["id"], hook["language"], hook["require_serial"]) == ("inferpipe-bridge-check", "python", True)
    program, *words = hook["entry"].split()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"][program] == "bridge.cli:main"
    broken("config/mappings/acme.yaml", "editor", "boss")
    invoke(*words, "config/mappings/globex.yaml")
    invoke(*words, "config/mappings/acme.yaml", code=1)


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


def test_the_page_names_the_hook_and_a_workflow_that_would_run() -> None:
    pre_commit, workflow = (yaml.load(block, yaml.BaseLoader) for block in _blocks("yaml"))
    assert [hook["id"] for repo in pre_commit["repos"] for hook in repo["hooks"]] == [_hook()["id"]]
    steps = [step["run"] for job in workflow["jobs"].values() for step in job["steps"] if "run" in step]
    assert "inferpipe-bridge check --strict" in steps
    assert workflow["on"]["pull_request"]["paths"] == ["config/**"]


def test_the_page_shows_what_check_prints_and_every_key_of_its_json() -> None:
    broken("config/mappings/acme.yaml", "grant: {production: editor}", "grant: {productoin: editor}")
    broken("config/connections/globex.yaml", "okta", "octa")
    shown, annotation = _blocks("text")
    assert run("config/mappings/acme.yaml", code=1).stdout == shown
    assert run("config/mappings/acme.yaml", "--format", "github", code=1).stdout.splitlines()[0] == annotation.strip()
    answer = orjson.loads(run("--json", code=1).stdout)
    keys = {*answer, *answer["files"][0], *answer["files"][-2]["problems"][0], "name", "passed"}
    rows = re.findall(r"^\| (`.+?) \| ", PAGE.read_text(encoding="utf-8").partition("## The JSON")[2], re.M)
    described = {key.rpartition(".")[2].removesuffix("[]") for row in rows for key in re.findall(r"`([^`]+)`", row)}
    assert described == keys


def test_the_page_lists_every_option() -> None:
    command = main.get_command(click.Context(main), "check")
    assert command is not None
    options = {name for one in command.params if isinstance(one, click.Option) for name in one.opts}
    assert {name for name in options if f"`{name}" not in PAGE.read_text(encoding="utf-8")} == set()
