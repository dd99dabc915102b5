"""Deliberately broken files: what each of them is told, word for word.

``broken/*.txt`` holds the table. A case is its name after ``===``, the file, ``~~~``, and the whole answer. The operator of
these files allows four workspaces (`support` up to editor), knows a few attributes and owns acme.com and acme.de; in
``wildcard.txt`` there may be other workspaces, too. It is 24 November 2026.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mappings.check import check
from mappings.pages import sections
from mappings.roles import Role
from mappings.ruleset import Scope

FOLDER = Path(__file__).parent / "broken"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
OPERATOR = Scope(
    "acme",
    {"production": Role.OWNER, "billing": Role.OWNER, "data-science": Role.OWNER, "support": Role.EDITOR},
    attributes=frozenset({"department", "title", "userType", "costCenter", "country", "hired", "grade"}),
    domains=frozenset({"acme.com", "acme.de"}),
)
_CASE = re.compile(r"^=== (.+)\n((?:.*\n)*?)~~~\n((?:.*\n)*?)(?=\n*(?:^=== |\Z))", re.MULTILINE)


def scope(table: str) -> Scope:
    return replace(OPERATOR, wildcard=Role.EDITOR) if table == "wildcard" else OPERATOR


def cases() -> dict[str, tuple[Scope, str, str]]:
    """`table: name` -> what the operator allows, the file, the answer."""
    return {
        f"{path.stem}: {name}": (scope(path.stem), text, answer)
        for path in sorted(FOLDER.glob("*.txt"))
        for name, text, answer in _CASE.findall(path.read_text(encoding="utf-8"))
    }


CASES = cases()


def told(name: str) -> list:
    allowed, text, _ = CASES[name]
    return list(check(text, "acme.yaml", allowed, NOON).problems)


def test_the_table_is_large_and_every_case_of_it_is_read():
    written = [path.read_text(encoding="utf-8").count("\n=== ") for path in sorted(FOLDER.glob("*.txt"))]
    assert sum(written) == len(CASES)
    assert len(CASES) >= 60


@pytest.mark.parametrize("name", CASES)
def test_a_broken_file_is_told(name):
    assert "".join(f"{problem}\n" for problem in told(name)) == CASES[name][2]


@pytest.mark.parametrize("name", CASES)
def test_every_problem_says_what_to_do_and_names_a_page(name):
    problems = told(name)
    assert problems
    assert [problem for problem in problems if not problem.hint] == []
    assert {problem.see for problem in problems} <= sections()


@pytest.mark.parametrize("name", CASES)
def test_the_caret_stands_under_the_place_that_the_first_line_names(name):
    lines = CASES[name][1].splitlines() or [""]
    for problem in told(name):
        head, source, caret = str(problem).splitlines()[:3]
        assert head.startswith(f"acme.yaml:{problem.line}:{problem.column}: ")
        assert source == f"    {lines[problem.line - 1]}"
        assert caret.index("^") == 4 + problem.column - 1


def test_all_problems_are_told_at_once_whatever_their_kind(checked_file):
    text = """\
connection: acme
roules: []
groups: {a: 1, a: 2}
rules:
  - {name: one, when: {grup: a}, grant: {production: viewer}}
  - {name: two, when: {group: a}, grant: {prodution: vewer}, colour: red}
  - {name: two, when: {group: a}, grant: {support: admin}}
  - {name: four, when: {group: a}, grant: {production: viewer}, until: soon}
  - {name: five, when: {group: a, not: {group: a}}, grant: {production: viewer}, until: 2020-01-01}
limits:
  - {name: six, when: {everyone: true}, at_most: viewer, in: [bilin]}
otherwise: {prod: viewer}
tests:
  - {name: seven, given: {}, expect: {elsewhere: viewer}}
"""
    lines = [str(problem).splitlines()[0].removeprefix("acme.yaml:") for problem in checked_file(text).problems]
    assert lines == [
        "2:1: the key roules is unknown",
        "3:16: the key a stands here a second time",
        "5:24: the key grup is unknown",
        "6:43: the workspace prodution is unknown",
        "6:54: vewer is no role",
        "6:62: the key colour is unknown",
        "7:12: a rule of this name stands in line 6",
        "7:52: support allows editor at most, not admin",
        "8:72: a date is expected here, not soon",
        "9:35: this `not` excludes everybody the rest is about",
        "9:89: warning: this rule ended on 2020-01-01",
        "11:63: the workspace bilin is unknown",
        "12:13: the workspace prod is unknown",
        "14:39: the workspace elsewhere is unknown",
    ]


def test_a_file_with_windows_line_ends_and_a_byte_order_mark_is_read_and_shown_as_it_is(checked_file):
    text = "connection: acme\nrules:\n  - name: r\n    when: {group: g}\n    grant: {production: viewer}\n"
    assert checked_file("\ufeff" + text.replace("\n", "\r\n")).problems == ()
    (problem,) = checked_file("\ufeff" + text.replace("viewer", "vewer").replace("\n", "\r\n")).problems
    assert (problem.line, problem.column, problem.source) == (5, 25, "    grant: {production: vewer}")


def test_a_file_of_another_encoding_is_told_so_once(checked_file):
    latin = "connection: acme\nrules:\n  - name: Südwest\n    whn: x\n".encode("latin-1").decode("utf-8", "replace")
    assert [(one.line, one.column, one.message) for one in checked_file(latin).problems] == [
        (3, 5, "the key grant is missing"),
        (3, 12, "this file is not UTF-8: a character can't be read"),
        (4, 5, "the key whn is unknown"),
    ]
    wide = "connection: acme\n".encode("utf-16").decode("utf-8", "replace")
    assert [one.message for one in checked_file(wide).problems] == ["this file is not UTF-8: a character can't be read"]


def test_a_control_character_is_told_though_nobody_can_see_it(checked_file):
    (problem,) = checked_file("connection: acme\n# ä \x07\nrules: []\n").problems
    assert (problem.line, problem.column) == (2, 5)
    assert problem.message == "this is not YAML: a control character stands here"
    assert problem.hint == "take the character out: it can't be seen, and often comes with text that was copied"


def test_a_problem_is_data_for_machines_too(checked_file):
    (problem,) = checked_file("connection: acme\notherwise: {production: vewer}\n").problems
    assert problem.as_dict() == {
        "file": "acme.yaml",
        "line": 2,
        "column": 25,
        "severity": "error",
        "message": "vewer is not possible here",
        "hint": "did you mean viewer?",
        "see": "docs/mapping.md#otherwise",
    }
