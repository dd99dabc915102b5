"""docs/mapping.md can't rot: its examples are executed, its tables and errors are what the code says."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.settings import load
from mappings import model
from mappings.check import check
from mappings.pages import sections, see

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "mapping.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```\n\n(?:```text\n(.*?)^```)?", PAGE, re.M | re.S)
OPERATOR = [text for text, _ in BLOCKS if text.startswith("customer:")]
GOOD = [text for text, errors in BLOCKS if not errors and not text.startswith("customer:")]
BROKEN = [(text, errors) for text, errors in BLOCKS if errors]
TABLES = [
    model.MappingFile,
    model.Rule,
    model.When,
    model.Value,
    model.Except,
    model.Limit,
    model.Expectation,
    model.Given,
]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tmp_path_factory.mktemp("config")
    (folder / "connections").mkdir()
    (folder / "connections" / "acme-okta.yaml").write_text(OPERATOR[0], encoding="utf-8")
    scope = load(folder, {}).connections["acme-okta"].scope()
    return lambda text: check(text, "acme-okta.yaml", scope, datetime(2026, 11, 24, 12, tzinfo=UTC))


def test_the_page_has_an_operators_file_good_examples_and_broken_ones():
    assert (len(OPERATOR), len(GOOD), len(BROKEN)) == (1, 2, 5)


@pytest.mark.parametrize("text", GOOD)
def test_a_good_example_has_no_errors_and_its_tests_pass(told, text):
    whole = text if text.startswith("connection:") else f"connection: acme-okta\n{text}"
    found = told(whole)
    assert [str(problem) for problem in found.problems if problem.severity == "error"] == []


def test_the_full_example_uses_every_key_and_gets_no_warning(told):
    found = told(GOOD[0])
    assert found.problems == ()
    assert len(found.tests) == 8
    for kind in (model.MappingFile, model.Rule, model.Limit, model.Expectation):
        for name, field in kind.model_fields.items():
            assert re.search(rf"\b{field.alias or name}:", GOOD[0]), name


@pytest.mark.parametrize(("text", "errors"), BROKEN)
def test_a_broken_example_is_told_what_the_page_says(told, text, errors):
    assert "\n".join(map(str, told(text).problems)) + "\n" == errors


@pytest.mark.parametrize("kind", TABLES)
def test_a_table_lists_every_key_with_its_description(kind):
    rows = [f"| `{field.alias or name}` | {field.description} |" for name, field in kind.model_fields.items()]
    assert "\n".join(["| key | meaning |", "|---|---|", *rows]) + "\n" in PAGE


def test_every_section_that_a_problem_names_is_a_heading_of_the_page():
    titles = re.findall(r"^#+ (.+)$", re.sub(r"^```.*?^```", "", PAGE, flags=re.M | re.S), re.M)
    anchors = {re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert {section.removeprefix("docs/mapping.md#") for section in sections()} <= anchors


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ((), "the-file"),
        (("connection",), "the-file"),
        (("groups", "rules"), "groups"),
        (("rules", 0, "name"), "rules"),
        (("rules", 0, "when", "not", "group"), "when"),
        (("rules", 0, "when", "all", 1, "group_like"), "captures"),
        (("rules", 0, "when", "attribute", "until"), "attributes"),
        (("rules", 0, "grant", "when"), "grant"),
        (("rules", 0, "until"), "dates"),
        (("limits", 0, "when", "group"), "when"),
        (("limits", 0, "at_most"), "limits"),
        (("otherwise", "groups"), "otherwise"),
        (("tests", 0, "expect", "grant"), "tests"),
        (None, "yaml"),
    ],
)
def test_a_place_of_a_file_has_its_section(path, section):
    assert see(path) == f"docs/mapping.md#{section}"
