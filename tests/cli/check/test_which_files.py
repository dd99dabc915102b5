"""`inferpipe-bridge check`: which files it looks at."""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.cli.check.checking import MAPPING, NOT_CHECKED, broken, run, told, write


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
