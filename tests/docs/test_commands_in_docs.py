"""Every command that a page shows is there, with those options; the README's run as they stand."""

import re
import shlex
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from bridge.cli import COMMANDS, main

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ENDLESS = {"serve", "sandbox", "demo"}


def _shown(page: Path) -> list[str]:
    """Commands in blocks and in running text, without what explains them."""
    text = page.read_text(encoding="utf-8")
    inline = re.findall(r"`(?:\.venv/bin/)?inferpipe-bridge ([^`]+)`", text)
    block = re.findall(r"^    (?:\S+=\S+ )*(?:docker exec CONTAINER )?(?:\.venv/bin/)?inferpipe-bridge (.+)$", text, re.M)
    return [re.split(r"\s{2,}|\s#", one)[0].strip() for one in inline + block]


SHOWN = sorted({(page.name, command) for page in PAGES for command in _shown(page)})
README = sorted({command for page, command in SHOWN if page == "README.md"})


def _parse(words: list[str]) -> None:
    """Raises click's own error where a word is no command or option."""
    command: click.Command = main
    context = click.Context(main)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(context, words[0])
        if found is None:
            raise click.UsageError(f"there is no {words[0]}")
        command, words = found, words[1:]
    command.make_context("command", words)


@pytest.mark.parametrize(("page", "command"), SHOWN)
def test_a_command_that_a_page_shows_is_there(page: str, command: str) -> None:
    _parse([word for word in shlex.split(command) if not word.startswith("[")])


@pytest.mark.parametrize("command", ["token make acme", "plan --quietly", "explain", "mapping forget acme"])
def test_a_command_that_is_not_there_would_be_noticed(command: str) -> None:
    with pytest.raises(click.UsageError):
        _parse(command.split())


def test_the_readme_shows_every_command() -> None:
    assert {command.split()[0] for command in README} == set(COMMANDS)


def test_the_make_targets_of_the_readme_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"run", "test", "check"} <= named <= targets


def test_the_commands_of_the_readme_run_on_a_fresh_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("BRIDGE_DATA", str(tmp_path))
    monkeypatch.delenv("BRIDGE_DATABASE_URL", raising=False)
    monkeypatch.delenv("CLERK_SECRET_KEY", raising=False)
    needs_more = re.compile(r"PERSON|ID$|--follow|acme|who |clerk ")  # people, a connection of your own, for ever, or Clerk
    runnable = [one for one in README if one.split()[0] not in ENDLESS and not needs_more.search(one)]
    assert len(runnable) >= 8
    for command in runnable:
        result = CliRunner().invoke(main, shlex.split(command))
        assert result.exit_code == 0, f"{command}: {result.output}"
