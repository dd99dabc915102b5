"""`inferpipe-bridge check` in CI and before a commit: what it says of which files, in which form, with which exit code."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
import orjson
import pytest
import yaml
from click.testing import Result

from bridge.cli import main
from bridge.cli.check import formats
from bridge.cli.check.verdict import Verdict
from mappings.located import Problem
from tests.support.command_line import invoke

ROOT = Path(__file__).resolve().parents[2]
HOOKS = ROOT / ".pre-commit-hooks.yaml"
PAGE = ROOT / "docs" / "checking.md"
CONNECTION = """\
customer: Acme
provider: okta
domains: [{}.com]
workspaces: {{production: org_1, lab: {{id: org_2, ceiling: editor}}}}
"""
MAPPING = """\
connection: {}
rules:
  - name: Engineers
    when: {{group: engineers}}
    grant: {{production: editor}}
tests:
  - {{name: an engineer, given: {{groups: [engineers]}}, expect: {{production: editor}}}}
"""
NOT_CHECKED = "not checked: whether the groups and workspaces exist (inferpipe-bridge preview FILE does)"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two sound connections in a folder of their own, and an environment in which nothing is set."""
    monkeypatch.chdir(tmp_path)
    for name in [*os.environ]:
        if name.startswith(("BRIDGE_", "CLERK_", "GITHUB_")):
            monkeypatch.delenv(name)
    for name in ("acme", "globex"):
        write(f"config/connections/{name}.yaml", CONNECTION.format(name))
        write(f"config/mappings/{name}.yaml", MAPPING.format(name))
    return tmp_path


def write(file: str, text: str) -> str:
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return file


def broken(file: str, old: str, new: str) -> str:
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    return write(file, text.replace(old, new))


def run(*words: str, code: int = 0, env: dict[str, str] | None = None) -> Result:
    return invoke("check", *words, code=code, env=env)


def told(*words: str, code: int = 0) -> dict[str, list[tuple[str, int, int, str]]]:
    """By file: severity, line, column and sentence of each problem."""
    answer = orjson.loads(run(*words, "--json", code=code).stdout)
    return {
        one["file"]: [(it["severity"], it["line"], it["column"], it["message"]) for it in one["problems"]]
        for one in answer["files"]
    }


# --- which files


def test_without_files_everything_is_checked() -> None:
    write("config/bridge.yaml", "listen: 127.0.0.1:8080\n")
    assert run().stdout == dedent(f"""\
        config/bridge.yaml: ok
        config/connections/acme.yaml: ok
        config/connections/globex.yaml: ok
        config/mappings/acme.yaml: ok: 1 rule, 0 limits, 1 of 1 test pass
        config/mappings/globex.yaml: ok: 1 rule, 0 limits, 1 of 1 test pass
        5 files: ok, 0 errors, 0 warnings
        {NOT_CHECKED}
        """)


def test_a_mapping_file_is_checked_alone() -> None:
    assert list(told("config/mappings/acme.yaml")) == ["config/mappings/acme.yaml"]


def test_a_connection_file_brings_its_mapping_file() -> None:
    broken("config/connections/acme.yaml", "production: org_1, ", "")
    assert told("config/connections/acme.yaml", code=1) == {
        "config/connections/acme.yaml": [],
        "config/mappings/acme.yaml": [
            ("error", 5, 13, "the workspace production is unknown"),
            ("error", 7, 64, "the workspace production is unknown"),
        ],
    }


def test_bridge_yaml_brings_everything() -> None:
    write("config/bridge.yaml", "defaults: {workspaces: {production: {ceiling: viewer}}}\n")
    found = told("config/bridge.yaml", code=1)
    assert len(found) == 5
    assert [one[:3] for one in found["config/mappings/acme.yaml"]] == [("error", 5, 25)]


def test_a_mapping_file_may_stand_anywhere() -> None:
    file = write("elsewhere/new-rules.yaml", MAPPING.format("acme").replace("production", "productoin"))
    problems = told(file, code=1)[file]
    assert problems[0] == ("error", 5, 13, "the workspace productoin is unknown")


def test_a_folder_of_files_may_be_named() -> None:
    assert list(told("config/mappings")) == ["config/mappings/acme.yaml", "config/mappings/globex.yaml"]


def test_the_folder_may_be_another(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("config").rename("deploy")
    assert len(told("--config", "deploy")) == 4
    assert len(told("deploy/mappings/acme.yaml", "--config", str(Path("deploy").absolute()))) == 1
    monkeypatch.setenv("BRIDGE_CONFIG", "deploy")
    assert list(told("deploy/connections/acme.yaml")) == ["deploy/connections/acme.yaml", "deploy/mappings/acme.yaml"]


def test_the_order_of_files_and_how_they_are_spelt_means_nothing(folder: Path) -> None:
    broken("config/mappings/acme.yaml", "editor", "boss")
    first = run("config/mappings/acme.yaml", "config/mappings/globex.yaml", code=1).stdout
    again = ["./config/mappings/globex.yaml", str(folder / "config/mappings/acme.yaml"), "config/mappings/acme.yaml"]
    assert run(*again, code=1).stdout == first


# --- what is said


def test_every_files_problems_are_told_even_when_another_cannot_be_read() -> None:
    write("config/bridge.yaml", "listen: nowhere\ncolour: blue\n")
    write("config/connections/acme.yaml", "customer: [Acme\n")
    broken("config/connections/globex.yaml", "okta", "octa")
    Path("config/mappings/acme.yaml").write_bytes(b"connection: acme\nrules: \xff\n")
    Path("config/mappings/globex.yaml").unlink()
    Path("config/mappings/globex.yaml").symlink_to("nowhere.yaml")
    broken_rules = MAPPING.format("initech").replace("when:", "wen:")
    write("config/connections/initech.yaml", CONNECTION.format("initech"))
    write("config/mappings/initech.yaml", broken_rules)
    found = told(code=1)
    assert [one[1:3] for one in found["config/bridge.yaml"]] == [(1, 9), (2, 1)]
    assert "this is not YAML" in found["config/connections/acme.yaml"][0][3]
    assert [one[:3] for one in found["config/connections/globex.yaml"]] == [("warning", 1, 1), ("error", 2, 11)]
    assert [one[1:3] for one in found["config/mappings/acme.yaml"] if one[0] == "error"][-1] == (2, 8)
    assert any(one[:3] == ("error", 4, 5) for one in found["config/mappings/initech.yaml"])


def test_rules_are_checked_although_their_connection_file_has_a_mistake() -> None:
    broken("config/connections/acme.yaml", "provider: okta", "provider: okta\ncolour: blue")
    broken("config/mappings/acme.yaml", "{production: editor}\n", "{productoin: editor, lab: admin}\n")
    first, *others = told("config/mappings/acme.yaml", code=1)["config/mappings/acme.yaml"]
    text = "config/connections/acme.yaml has errors, so what it allows is known here only in part"
    assert first == ("warning", 1, 13, text)
    assert [one[:3] for one in others] == [("error", 5, 13), ("error", 5, 38)]  # the alias, and the ceiling of lab


def test_nothing_is_said_of_attributes_where_the_provider_that_names_them_is_misspelt() -> None:
    rule = "{name: Rockets, when: {attribute: {division: Rockets}}, grant: {lab: editor}}"
    asking = write("config/mappings/acme.yaml", f"connection: acme\nrules: [{rule}]\n")
    assert told(asking) == {asking: []}
    broken("config/connections/acme.yaml", "provider: okta", "provider: octa\nattributes: {badge: {scim: title}}")
    text = "config/connections/acme.yaml has errors, so what it allows is known here only in part"
    assert told(asking) == {asking: [("warning", 1, 13, text)]}


def test_a_domain_that_two_claim_is_an_error_at_both_places_whichever_file_is_checked() -> None:
    broken("config/connections/globex.yaml", "globex.com", "globex.com, ACME.com")
    one, other = "config/connections/acme.yaml", "config/connections/globex.yaml"
    mine = ("error", 3, 11, f"globex claims the domain ACME.com, too ({other}:3:23)")
    theirs = ("error", 3, 23, f"the domain ACME.com belongs to acme ({one}:3:11)")
    assert told(one, code=1)[one] == [mine]
    assert told(other, code=1)[other] == [theirs]
    found = told(code=1)
    assert (found[one], found[other]) == ([mine], [theirs])


def test_a_mapping_file_without_a_connection_file_says_which_is_missing() -> None:
    file = write("config/mappings/acmee.yaml", MAPPING.format("acmee").replace("when:", "wen:"))
    found = told(file, code=1)[file]
    assert found[0] == ("error", 1, 13, "there is no connection acmee: config/connections/acmee.yaml is missing")
    assert any(one[:3] == ("error", 4, 5) for one in found)  # the rest is told all the same
    assert "hint: did you mean acme?" in run(file, code=1).stdout


def test_a_mapping_file_under_another_name_is_not_read() -> None:
    file = write("config/mappings/acme-old.yaml", MAPPING.format("acme"))
    assert told(file, code=1)[file] == [
        ("error", 1, 13, "this file is not read: acme has its rules in config/mappings/acme.yaml")
    ]


def test_a_file_elsewhere_must_say_for_which_connection_it_is() -> None:
    file = write("rules.yaml", "rules: []\n")
    assert ("error", 1, 1, "this file doesn't say for which connection it is") in told(file, code=1)[file]


def test_a_connection_without_a_mapping_file_is_a_warning() -> None:
    Path("config/mappings/acme.yaml").unlink()
    found = told()["config/connections/acme.yaml"]
    assert found == [("warning", 1, 1, "acme has no mapping file: its people get nothing")]


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("config/mappings/new.yml", "mapping files end in .yaml"),
        ("config/connections/new.yml", "connection files end in .yaml"),
        ("config/bridge.yml", "the operator's own file is called bridge.yaml"),
        ("config/acme.yaml", "connection files stand in connections/, mapping files in mappings/"),
        ("config/mappings/old/acme.yaml", "neither has folders of its own"),
    ],
)
def test_a_file_that_nobody_reads_is_named(file: str, hint: str) -> None:
    write(file, "connection: acme\n")
    for found in (run(), run(file)):
        assert f"{file}:1:1: warning: this file is not read\n    hint: " in found.stdout
        assert hint in found.stdout


def test_what_is_no_yaml_is_passed_over_with_a_word() -> None:
    file = write("config/mapping.schema.json", "{}")
    assert f"{file}: not checked: no file of the configuration" in run(file).stdout


def test_errors_of_files_that_were_not_named_are_mentioned_and_do_not_fail() -> None:
    broken("config/connections/globex.yaml", "okta", "octa")
    answer = run("config/mappings/acme.yaml").stdout
    assert "Other files have errors, too" in answer
    assert "octa" not in answer


def test_a_failing_test_of_a_mapping_file_fails() -> None:
    broken("config/mappings/acme.yaml", "expect: {production: editor}", "expect: none")
    answer = run("config/mappings/acme.yaml", code=1).stdout
    assert "config/mappings/acme.yaml: NOT OK: 1 rule, 0 limits, 0 of 1 test pass, 1 error" in answer
    assert "^" in answer


# --- without database, network and secrets


def test_secrets_that_are_not_there_are_no_problem() -> None:
    write(
        "config/bridge.yaml",
        """\
        database_url: env:NOWHERE
        clerk: {secret_key: env:CLERK_SECRET_KEY, webhook_signing_secret: file:secrets/webhook}
        audit: {key: file:secrets/audit}
        """,
    )
    assert told()["config/bridge.yaml"] == []


def test_the_environment_has_no_say_in_what_is_wrong_with_files() -> None:
    run(env={"BRIDGE_LISTEN": "nowhere", "CLERK_SECRET_KEY": "sk_live_x", "BRIDGE_QUUX": "1"})


def test_it_needs_no_database_no_network_and_less_than_a_moment() -> None:
    script = dedent("""\
        import socket, sqlite3, sys
        def no(*_, **__): raise AssertionError("check asked for the network or a database")
        socket.socket.connect = sqlite3.connect = socket.getaddrinfo = no
        from bridge.cli import main
        try:
            main(["check"])
        except SystemExit as done:
            assert done.code == 0, done.code
        heavy = {"sqlalchemy", "asyncpg", "aiohttp", "httpx", "bridge.store", "bridge.app", "rich"} & set(sys.modules)
        assert not heavy, heavy
    """)
    command = [sys.executable, "-c", script]
    environment = {"PATH": "/nowhere", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 files: ok" in done.stdout


# --- forms and exit codes


def test_warnings_fail_only_if_one_is_strict() -> None:
    broken("config/mappings/acme.yaml", "rules:\n", "groups: {engineer: 7}\nrules:\n")
    assert "4 files: ok, 0 errors, 1 warning" in run().stdout
    assert "4 files: NOT OK, 0 errors, 1 warning" in run("--strict", code=1).stdout
    assert orjson.loads(run("--strict", "--json", code=1).stdout)["ok"] is False


def test_the_json_has_the_shape_that_scripts_rely_on() -> None:
    broken("config/mappings/acme.yaml", "grant: {production: editor}", "grant: {production: boss}")
    answer = orjson.loads(run("config/mappings", "--format", "json", code=1).stdout)
    first, second = answer.pop("files")
    assert answer == {
        "ok": False,
        "errors": 1,
        "warnings": 0,
        "errors_elsewhere": False,
        "not_checked": [NOT_CHECKED.removeprefix("not checked: ")],
    }
    (problem,) = first.pop("problems")
    assert set(problem) == {"file", "line", "column", "severity", "message", "hint", "see"}
    assert first == {
        "file": "config/mappings/acme.yaml",
        "kind": "mapping",
        "connection": "acme",
        "ok": False,
        "rules": 1,
        "limits": 0,
        "tests": [],
    }
    assert second["tests"] == [{"name": "an engineer", "passed": True, "rules": ["Engineers"], "limits": []}]


def test_github_gets_an_annotation_per_problem() -> None:
    broken("config/mappings/acme.yaml", "grant: {production: editor}", "grant: {production: editr}")
    lines = run("config/mappings/acme.yaml", "--format", "github", code=1).stdout.splitlines()
    assert lines[0].startswith(
        "::error file=config/mappings/acme.yaml,line=5,col=25,title=inferpipe-bridge check::editr is no role%0A"
    )
    assert "hint: did you mean editor?" in lines[0]
    assert lines[1].startswith("config/mappings/acme.yaml: NOT OK")


def test_github_is_recognised_and_a_flag_wins_over_it() -> None:
    broken("config/mappings/acme.yaml", "editor", "boss")
    assert run(code=1, env={"GITHUB_ACTIONS": "true"}).stdout.startswith("::error file=")
    assert run("--format", "text", code=1, env={"GITHUB_ACTIONS": "true"}).stdout.startswith("config/mappings/acme.yaml:5")
    assert run("--json", code=1, env={"GITHUB_ACTIONS": "true"}).stdout.startswith("{")


def test_what_would_end_an_annotation_or_its_properties_is_escaped() -> None:
    problem = Problem("a,b:c%.yaml", 1, 2, "50% of\r\nall::", "say: 100%", "warning")
    first = formats.github([Verdict("x", "mapping", None, (problem,))], ok=True, elsewhere=False).splitlines()[0]
    assert first == (
        "::warning file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=inferpipe-bridge check::"
        "50%25 of%0D%0Aall::%0Aall::%0A    hint: say: 100%25"
    )


@pytest.mark.parametrize(
    "words",
    [
        ["config/mappings/nobody.yaml"],
        ["--config", "nowhere"],
        ["--format", "xml"],
        ["--json", "--format", "text"],
        ["--quux"],
    ],
)
def test_a_wrong_call_is_exit_code_2_and_a_sentence(words: list[str]) -> None:
    done = run(*words, code=2)
    assert "Error: " in done.output
    assert "Traceback" not in done.output


# --- before a commit


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


# --- its page


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
