"""The files that admins start from, ours and those beside the checkout: no errors, and all their tests pass."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bridge.settings import load
from mappings.check import check
from tests.support.saml import signer
from tests.support.saml.metadata import metadata_file
from tests.support.shared import shared

CONFIG = Path(__file__).resolve().parents[2] / "config"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
OURS = sorted(path.stem for path in (CONFIG / "mappings").glob("*.yaml"))


def checked(folder, name):
    text = (folder / "mappings" / f"{name}.yaml").read_text(encoding="utf-8")
    return check(text, f"{name}.yaml", load(folder, {}).connections[name].scope(), NOW)


def test_there_are_example_files():
    assert OURS == ["example-entra", "example-okta"]


@pytest.mark.parametrize("name", OURS)
def test_our_example_file_has_no_problem_and_its_tests_pass(name):
    found = checked(CONFIG, name)
    assert found.problems == ()
    assert [test.name for test in found.tests if not test.passed] == []
    assert len(found.tests) >= 3


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the finished examples, and beside it the keys and the metadata that they refer to and do not bring."""
    folder = tmp_path_factory.mktemp("finished") / "config"
    shutil.copytree(shared("examples"), folder)
    (folder / "secrets").mkdir()
    for year in (2026, 2027):
        (folder / "secrets" / f"acme-sp-{year}.pem").write_text(signer(f"acme-{year}").pem(), encoding="utf-8")
    metadata_file(folder, name="tinybird-google.idp.xml")
    return folder


@pytest.mark.parametrize(("name", "tests"), [("acme-okta", 4), ("nordwind-entra", 5), ("tinybird-google", 3)])
def test_a_finished_example_has_only_warnings_and_its_tests_pass(finished, name, tests):
    found = checked(finished, name)
    assert [str(problem) for problem in found.problems if problem.severity == "error"] == []
    assert [test.passed for test in found.tests] == [True] * tests


def test_the_warnings_of_the_finished_examples_are_about_tests_and_a_not(finished):
    messages = {
        problem.message.split(" the rule ")[0]
        for name in ("acme-okta", "nordwind-entra", "tinybird-google")
        for problem in checked(finished, name).problems
    }
    assert messages == {"no test reaches", "where userType is not sent, this `not` holds"}
