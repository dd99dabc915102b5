"""docs/cli.md has a section for every command, made from the command's own help, and an example in each.

`DOCS=write python -m pytest tests/docs/test_cli_page.py` makes the sections anew and keeps their examples.
"""

import inspect
import os
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bridge.cli import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "cli.md"
EXAMPLE = "\nFor example:\n"
WIDTH = 130
ANEW = "DOCS=write python -m pytest tests/docs/test_cli_page.py"

Named = tuple[str, click.Command]


def commands(group: click.Group = main, prefix: str = "") -> Iterator[Named]:
    """Every command with its name behind `inferpipe-bridge`, groups before what is in them."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")


def section(name: str, command: click.Command) -> str:
    """What the page says of a command, without the example."""
    context = click.Context(command, info_name=f"inferpipe-bridge {name}")
    usage = f"{context.command_path} {' '.join(command.collect_usage_pieces(context))}"
    parts = [f"##{'#' * name.count(' ')} {name}", f"```text\n{usage}\n```", *_paragraphs(command)]
    records = [param.get_help_record(context) for param in command.get_params(context) if isinstance(param, click.Option)]
    rows = [f"| `{_cell(words)}` | {_cell(told)} |" for words, told in filter(None, records) if "--help" not in words]
    if rows:
        parts.append("\n".join(["| option | meaning |", "|---|---|", *rows]))
    return "\n\n".join(parts) + "\n"


def _paragraphs(command: click.Command) -> list[str]:
    return [_paragraph(one) for one in inspect.cleandoc(command.help or "").split("\n\n")]


def _paragraph(text: str) -> str:
    """As click would: a paragraph under a line with a backspace keeps its lines."""
    if text.startswith("\b\n"):
        return f"```text\n{text[2:]}\n```"
    return textwrap.fill(" ".join(text.split()), WIDTH, break_on_hyphens=False, break_long_words=False)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table() -> str:
    rows = [f"| [`{name}`](#{name.replace(' ', '-')}) | {_cell(one.get_short_help_str(200))} |" for name, one in commands()]
    return "\n".join(["| command | what it does |", "|---|---|", *rows]) + "\n"


def _told() -> dict[str, tuple[str, str]]:
    """By command: its section as it stands on the page, and the example after it."""
    parts = re.split(r"^(?=###? )", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = {}
    for part in parts:
        text, _, example = part.partition(EXAMPLE)
        found[part.split("\n", 1)[0].lstrip("# ")] = (text.rstrip("\n") + "\n", example.strip("\n"))
    return found


def _written(old: dict[str, tuple[str, str]]) -> str:
    head = PAGE.read_text(encoding="utf-8").partition("| command |")[0]
    parts = [f"{head}{_table()}"]
    for name, command in commands():
        arguments = [
            param.make_metavar(click.Context(command)) for param in command.params if isinstance(param, click.Argument)
        ]
        example = old.get(name, ("", ""))[1] or f"    {' '.join(['inferpipe-bridge', name, *arguments])}"
        parts.append(f"{section(name, command)}{EXAMPLE}\n{example}\n" if _alone(command) else section(name, command))
    return "\n".join(parts)


def _alone(command: click.Command) -> bool:
    """It does something without a command below it."""
    return not isinstance(command, click.Group) or command.invoke_without_command


if os.environ.get("DOCS") == "write":
    PAGE.write_text(_written(_told()), encoding="utf-8")
TOLD = _told()


def test_every_command_has_a_section_in_its_place_and_there_is_no_other() -> None:
    assert list(TOLD) == [name for name, _ in commands()], ANEW
    assert _table() in PAGE.read_text(encoding="utf-8"), ANEW


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_a_section_is_what_the_command_says_of_itself(name: str, command: click.Command) -> None:
    assert TOLD[name][0] == section(name, command), ANEW


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=[name for name, _ in commands()])
def test_every_command_that_does_something_has_an_example_of_its_own(name: str, command: click.Command) -> None:
    shown = re.findall(r"^    (?:\w+=\S+ )*inferpipe-bridge (.+)$", TOLD[name][1], re.MULTILINE)
    assert bool(shown) is _alone(command)
    assert [one for one in shown if not f"{one} ".startswith(f"{name} ")] == []


def test_an_option_that_is_not_on_the_page_would_be_noticed() -> None:
    @click.command()
    @click.argument("person")
    @click.option("--if", "supposed", metavar="+GROUP", multiple=True, help="What if? | may be repeated")
    @click.option("--limit", type=click.IntRange(1, 5), default=2, show_default=True, help="How many.")
    @click.option("--secret", hidden=True)
    def explain(**_: object) -> None:
        """Why PERSON has it.

        All of it.
        """

    assert section("look explain", explain) == (
        "### look explain\n\n```text\ninferpipe-bridge look explain [OPTIONS] PERSON\n```\n\n"
        "Why PERSON has it.\n\nAll of it.\n\n"
        "| option | meaning |\n|---|---|\n| `--if +GROUP` | What if? \\| may be repeated |\n"
        "| `--limit INTEGER RANGE` | How many. [default: 2; 1<=x<=5] |\n"
    )
