"""Pages can't rot: links and files they name exist, tables are the code's, and every page is found from the README."""

import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from bridge import metrics
from bridge.store import schema
from scim import tables

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
NEVER_IMPORTED = {"tzdata", "sniffio"}  # the standard library reads the one, httpx the other


def _text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _links(page: Path) -> list[Path]:
    targets = re.findall(r"\]\((?!https?:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    return [(page.parent / target).resolve() for target in targets]


def _rows(text: str) -> list[list[str]]:
    """The cells of every table row."""
    lines = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    assert [str(target) for target in _links(page) if not target.exists()] == []


def test_every_page_is_found_from_the_readme() -> None:
    found: set[Path] = set()
    ahead = [ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in found:
            continue
        found.add(page)
        for target in _links(page):
            ahead += sorted(target.glob("*.md")) if target.is_dir() else [target] if target.suffix == ".md" else []
    assert set(PAGES) - found == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_of_ours_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`((?:bridge|scim|mappings|tests|docs|bench)/[\w/.-]*)", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_page_and_decision_that_the_code_names_exists() -> None:
    decisions = {path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")}
    for path in _sources("bridge", "scim", "mappings"):
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"decisions/(\d{4})", text)) <= decisions, path
        assert [name for name in re.findall(r"docs/[a-z-]+\.md", text) if not (ROOT / name).exists()] == [], path


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("*.md")]
    assert sorted(numbers) == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def _reasons() -> dict[str, str]:
    return {name: why for name, why in _rows(_text("docs/decisions/0008-dependencies.md")) if name != "package"}


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=~!]", one)[0].strip() for one in requirements}


def test_every_dependency_has_a_reason() -> None:
    project = PROJECT["project"]
    assert _reasons().keys() == _names([*project["dependencies"], *project["optional-dependencies"]["dev"]])


def test_a_dependency_is_imported_unless_its_reason_says_not_yet() -> None:
    sources = "\n".join(path.read_text(encoding="utf-8") for path in _sources("bridge", "scim", "mappings"))
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", sources, re.MULTILINE))
    used = {name.lower().replace("_", "-") for module in imported for name in packages_distributions().get(module, ())}
    runtime = _names(PROJECT["project"]["dependencies"])
    assert {name for name in runtime if "not used yet" in _reasons()[name]} == runtime - used - NEVER_IMPORTED


def test_the_operations_page_lists_every_metric_with_its_labels() -> None:
    told = {row[0].strip("`"): row[1:] for row in _rows(_text("docs/operations.md")) if row[0].startswith("`bridge_")}
    there = {}
    for family in metrics.registry.collect():
        metric = metrics.registry._names_to_collectors[family.name]
        labels = ", ".join(f"`{label}`" for label in metric._labelnames) or "-"  # type: ignore[attr-defined]
        there[family.name + ("_total" if family.type == "counter" else "")] = [labels, family.documentation]
    assert told == there


def test_the_architecture_page_lists_every_table() -> None:
    section = _text("docs/architecture.md").partition("## Tables")[2].partition("\n## ")[0]
    told = {name for row in _rows(section) for name in re.findall(r"`(\w+)`", row[0])}
    assert told == schema.metadata.tables.keys() | tables.metadata.tables.keys()


def test_the_architecture_page_draws_the_layers_that_are_enforced() -> None:
    drawing = re.search(r"^    cli\n(    .*\n)+", _text("docs/architecture.md"), re.MULTILINE)
    assert drawing is not None
    drawn = [re.split(r" {3,}", line.strip())[0] for line in drawing.group().splitlines()]
    enforced = PROJECT["tool"]["importlinter"]["contracts"][0]["layers"]
    assert drawn == [layer.replace("bridge.", "") for layer in enforced]


def test_the_architecture_page_lists_every_folder_of_a_room() -> None:
    section = _text("docs/architecture.md").partition("## Rooms")[2].partition("\n## ")[0]
    told = {row[0].strip("`").rstrip("/") for row in _rows(section) if row[0] not in {"folder", "---"}}
    rooms = [path for path in (ROOT / "bridge").iterdir() if path.is_dir()]
    folders = [path for room in [*rooms, ROOT / "mappings"] for path in room.iterdir()]
    assert told == {str(path.relative_to(ROOT)) for path in folders if path.is_dir() and path.name != "__pycache__"}


def test_the_image_runs_as_nobody_special_is_watched_and_installs_only_what_the_lock_hashes() -> None:
    build, _, final = _text("Dockerfile").partition("\n\n")
    assert [part.splitlines()[0].split()[:2] for part in (build, final)] == [["FROM", "python:3.13-slim"]] * 2
    installs = [line for line in build.splitlines() if "pip install" in line and "install --no-cache-dir uv" not in line]
    assert [
        line for line in installs if "--no-deps" not in line and not {"--require-hashes", "--no-build"} < {*line.split()}
    ] == []
    instructions = dict(line.split(" ", 1) for line in final.splitlines())
    assert instructions["USER"] not in {"root", "0"}
    assert instructions["VOLUME"] == "/data"
    assert "/healthz" in instructions["HEALTHCHECK"]
    assert {"BRIDGE_CONFIG=/config", "BRIDGE_DATA=/data", "BRIDGE_LISTEN=0.0.0.0:8080"} <= {*instructions["ENV"].split()}
    assert "/config" not in instructions["COPY"]


def test_ci_checks_everything_and_stops_at_the_first_failure() -> None:
    run = ROOT / ".ci" / "run"
    assert run.stat().st_mode & 0o111 == 0o111
    lines = run.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert {"set -euo pipefail", "make check"} <= {*lines}
