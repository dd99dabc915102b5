"""`inferpipe-bridge check`: the files as they are, their own tests included. No database, no network, no secret is needed.

So it runs before a commit and in CI: everything of every file is told at once, and the exit code says the rest.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import click

from bridge.cli.check import formats
from bridge.cli.check.files import chosen
from bridge.cli.check.verdict import Verdict, verdicts
from bridge.settings import SettingsError, read
from mappings.located import Problem

FORMATS = {"text": formats.text, "json": formats.json, "github": formats.github}


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--config",
    type=click.Path(path_type=Path, file_okay=False),
    envvar="BRIDGE_CONFIG",
    default="config",
    show_default=True,
    help="The folder of all files; BRIDGE_CONFIG in the environment sets it, too.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(FORMATS)),
    help="text; json, for scripts; github: annotations, the default where GITHUB_ACTIONS is true.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--strict", is_flag=True, help="Fail on warnings, too.")
def check(files: tuple[Path, ...], config: Path, form: str | None, as_json: bool, strict: bool) -> None:
    """Check FILES, or all files of the configuration, and run the tests of mapping files.

    A mapping file is checked with its connection file, a connection file with its mapping file, bridge.yaml with all of
    them. A mapping file may stand anywhere. Exit code 0: nothing is wrong (there may be warnings); 1: something is; 2: the
    command was called wrongly.
    """
    if as_json and form not in {None, "json"}:
        raise click.UsageError("--json and --format contradict each other.")
    missing = [str(path) for path in files if not path.exists()]
    if missing:
        raise click.UsageError(f"There is no file {missing[0]}.")
    form = "json" if as_json else form or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    config = _from_here(config)
    try:
        reading = read(config)
    except SettingsError as error:
        raise click.UsageError(error.problems[0].message) from error
    targets = chosen(config, [_from_here(path) for path in files])
    found = verdicts(reading, targets, datetime.now(UTC))
    failed = any(not one.ok or (strict and one.problems) for one in found)
    click.echo(FORMATS[form](found, ok=not failed, elsewhere=_elsewhere(reading.problems, found)))
    if failed:
        raise SystemExit(1)


def _elsewhere(problems: tuple[Problem, ...], found: list[Verdict]) -> bool:
    """Whether files that nobody asked for have errors."""
    shown = {one.file for one in found}
    return any(problem.severity == "error" and problem.file not in shown for problem in problems)


def _from_here(path: Path) -> Path:
    """As seen from the working directory, so that places are the same on every machine and GitHub finds them."""
    absolute = Path(os.path.abspath(path))
    return absolute.relative_to(Path.cwd()) if absolute.is_relative_to(Path.cwd()) else absolute
