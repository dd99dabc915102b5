"""Links resolve, decisions exist, commands and metrics are the ones that are there."""

import re
import tomllib
from pathlib import Path

import pytest

from bridge import metrics
from bridge.cli import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_decision_that_the_code_names_has_a_page() -> None:
    pages = {path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")}
    for folder in ("bridge", "scim", "mappings"):
        for path in (ROOT / folder).rglob("*.py"):
            for number in re.findall(r"decisions/(\d{4})", path.read_text(encoding="utf-8")):
                assert number in pages, f"{path}: {number}"


def test_every_dependency_has_a_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    names = {re.split(r"[\[<>=~!]", one)[0].strip() for one in wanted}
    page = (ROOT / "docs" / "decisions" / "0008-dependencies.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| ([\w.-]+) \|", page, re.MULTILINE)) - {"package"}
    assert told == names


def test_the_readme_lists_every_command() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    block = text.partition("## The command")[2].partition("## Read on")[0]
    told = set(re.findall(r"^    ([a-z]+)", block, re.MULTILINE))
    assert told == set(COMMANDS)


def test_the_operations_page_lists_every_metric() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    there = {metric.name for metric in metrics.registry.collect()}
    assert set(re.findall(r"^\| `(bridge_\w+)`", text, re.MULTILINE)) == there


def test_the_image_is_small_healthy_and_not_root() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert text.count("FROM python:3.13-slim") == 2
    for needed in ("--require-hashes", "--only-binary", "USER bridge", "HEALTHCHECK", "/healthz", "VOLUME /data"):
        assert needed in text
