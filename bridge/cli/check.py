"""`inferpipe-bridge check`: mapping files, their tests included, without database or network."""

from pathlib import Path

import click

from bridge.cli import desk
from bridge.rulebook.proposals import mapping_file, read_file
from mappings.check import Checked


@click.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path))
@desk.as_json
def check(files: tuple[Path, ...], as_json: bool) -> None:
    """Check mapping FILES (all of config/mappings without any) and run the tests in them. Exit code 1: an error."""
    settings = desk.settings()
    chosen = files or tuple(sorted((settings.bridge.config / "mappings").glob("*.yaml")))
    results = [read_file(settings, path).checked for path in chosen]
    if as_json:
        desk.print_json({"ok": all(one.ok for one in results), "files": [one.as_dict() for one in results]})
    else:
        for one in results:
            click.echo("\n".join(_lines(one)))
        for name in settings.connections:
            if not files and not mapping_file(settings.bridge.config, name).exists():
                click.echo(f"{name} has no mapping file: its people get nothing.")
    if not all(one.ok for one in results):
        raise SystemExit(1)


def _lines(one: Checked) -> list[str]:
    errors = sum(problem.severity == "error" for problem in one.problems)
    warnings = len(one.problems) - errors
    passed = sum(test.passed for test in one.tests)
    rules = f"{len(one.ruleset.rules)} rules, {len(one.ruleset.limits)} limits, " if one.ruleset else ""
    verdict = "ok" if one.ok else "NOT OK"
    counts = f"{rules}{passed} of {len(one.tests)} tests pass, {errors} errors, {warnings} warnings"
    return [*(str(problem) for problem in one.problems), f"{one.file}: {verdict}: {counts}"]
