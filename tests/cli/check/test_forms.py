"""Forms and exit codes of `check`, for scripts and CI, and what it does without."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import orjson
import pytest

from bridge.cli.check import formats
from bridge.cli.check.verdict import Verdict
from mappings.located import Problem
from tests.cli.check.checking import NOT_CHECKED, broken, run, told, write

ROOT = Path(__file__).resolve().parents[3]


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
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 files: ok" in done.stdout


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
