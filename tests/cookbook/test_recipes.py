"""Every recipe of docs/cookbook.md stands as it is printed: its files load, check without a word, and pass their tests."""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from bridge.cli import main
from bridge.rulebook import proposals
from bridge.settings import load
from tests.cookbook.page import NOW, PAGE, Recipe, compare, recipes

RECIPES = recipes()
CHECKS = [(recipe, shown) for recipe in RECIPES.values() for shown in recipe.shown if " check" in shown.command]

each_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=list(RECIPES))


def test_the_page_has_a_dozen_recipes_and_its_contents_list_them() -> None:
    assert len(RECIPES) >= 12
    page = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\d+\. \[([^\]]+)\]\(#", page, re.MULTILINE) == list(RECIPES)
    anchors = [re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^## (.+)", page, re.M)]
    assert [one for one in re.findall(r"\]\(#([^)]+)\)", page) if one not in anchors] == []


@each_recipe
def test_a_recipe_says_the_situation_the_files_the_trap_and_the_commands(recipe: Recipe) -> None:
    assert recipe.text.lstrip().startswith("> ")
    assert recipe.connections
    assert [Path(path).stem for path in recipe.mappings] == recipe.connections
    assert "**Watch for**" in recipe.text
    assert any(shown.command.startswith("inferpipe-bridge check") for shown in recipe.shown)


@each_recipe
def test_a_recipes_files_have_no_problem_pass_their_tests_and_every_rule_is_reached(recipe: Recipe, tmp_path: Path) -> None:
    recipe.write(tmp_path)
    settings = load(tmp_path / "config", {})
    assert settings.warnings == ()
    for path in recipe.mappings:
        checked = proposals.read_file(settings, tmp_path / path, NOW).checked
        assert [str(problem) for problem in checked.problems] == []
        assert checked.ruleset is not None
        assert [test.name for test in checked.tests if not test.passed] == []
        reached = {rule for test in checked.tests for rule in test.rules}
        assert {rule.name for rule in checked.ruleset.rules} <= reached


@pytest.mark.parametrize(("recipe", "shown"), CHECKS, ids=[f"{one.title}: {shown.command}" for one, shown in CHECKS])
def test_check_prints_what_the_page_says(recipe: Recipe, shown, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe.write(tmp_path)
    monkeypatch.chdir(tmp_path)
    empty = dict.fromkeys(name for name in os.environ if name.startswith(("BRIDGE_", "CLERK_", "GITHUB_")))
    done = CliRunner().invoke(main, shown.command.split()[1:], env=empty)
    assert done.exit_code == 0, done.output
    compare(recipe, shown, done.output)


def test_every_command_beside_check_is_run_by_a_story() -> None:
    stories = "\n".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    shown = {one.command for recipe in RECIPES.values() for one in recipe.shown if " check" not in one.command}
    assert [command for command in shown if f'shows("{command}")' not in stories] == []
