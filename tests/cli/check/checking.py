"""Two sound connections, and what `check` says of them."""

from pathlib import Path
from textwrap import dedent

import orjson
from click.testing import Result

from tests.support.command_line import invoke

CONNECTION = """\
customer: Acme
provider: okta
domains: [{}.com]
workspaces: {{production: org_1, lab: {{id: org_2, ceiling: editor}}}}
"""
MAPPING = """\
connection: {}
rules:
  - name: Engineers
    when: {{group: engineers}}
    grant: {{production: editor}}
tests:
  - {{name: an engineer, given: {{groups: [engineers]}}, expect: {{production: editor}}}}
"""
NOT_CHECKED = "not checked: whether the groups and workspaces exist (inferpipe-bridge preview FILE does)"


def write(file: str, text: str) -> str:
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(dedent(text), encoding="utf-8")
    return file


def broken(file: str, old: str, new: str) -> str:
    text = Path(file).read_text(encoding="utf-8")
    assert old in text
    return write(file, text.replace(old, new))


def run(*words: str, code: int = 0, env: dict[str, str] | None = None) -> Result:
    return invoke("check", *words, code=code, env=env)


def told(*words: str, code: int = 0) -> dict[str, list[tuple[str, int, int, str]]]:
    """By file: severity, line, column and sentence of each problem."""
    answer = orjson.loads(run(*words, "--json", code=code).stdout)
    return {
        one["file"]: [(it["severity"], it["line"], it["column"], it["message"]) for it in one["problems"]]
        for one in answer["files"]
    }
