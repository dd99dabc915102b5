"""YAML as these files read it: no surprises of YAML 1.1, and everything keeps its place."""

from datetime import date

import pytest

from mappings.located import parse


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("No", "No"),
        ("yes", "yes"),
        ("on", "on"),
        ("off", "off"),
        ("y", "y"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("'true'", "true"),
        ("!!str true", "true"),
        ("null", None),
        ("~", None),
        ("''", ""),
        ("Null", "Null"),
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("+5", "+5"),
        ("-0", "-0"),
        ("0123", "0123"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:45", "12:30:45"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        ("1.5", 1.5),
        ("1.10", "1.10"),
        ("1e3", "1e3"),
        (".5", ".5"),
        (".nan", ".nan"),
        ("2027-03-01", date(2027, 3, 1)),
        ("2027-02-30", "2027-02-30"),
        ("2027-3-1", "2027-3-1"),
        ("2027-03-01T10:00:00Z", "2027-03-01T10:00:00Z"),
        ("=", "="),
    ],
)
def test_a_plain_word_means(text, value):
    document, problems = parse(f"key: {text}\n", "f")
    assert problems == []
    assert document.data == {"key": value}
    assert type(document.data["key"]) is type(value)


def test_keys_are_always_text():
    document, problems = parse("no: 1\n5: 2\nnull: 3\n", "f")
    assert (document.data, problems) == ({"no": 1, "5": 2, "null": 3}, [])


def test_an_alias_repeats_its_anchor():
    document, problems = parse("a: &x [1, 2]\nb: *x\n", "f")
    assert (document.data, problems) == ({"a": [1, 2], "b": [1, 2]}, [])


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [*a]",
        "[" * 900 + "]" * 900,
        "\n".join(["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]),
    ],
)
def test_a_file_that_explodes_is_refused_with_one_problem(text):
    document, problems = parse(text, "f")
    assert document is None
    assert [problem.message for problem in problems] == ["this file is too large, or its aliases repeat too much"]


def test_nesting_without_end_is_no_yaml():
    document, problems = parse("[" * 100_000, "f")
    assert document is None
    assert problems[0].message == "this is not YAML: while increasing flow level, exceeded maximum nesting depth"


def test_values_and_keys_keep_their_place():
    document, _ = parse("rules:\n  - name: a\n    when: {group: [x, y]}\n", "f")
    assert document.at(("rules", 0)) == (2, 5)
    assert document.at(("rules", 0, "name")) == (2, 11)
    assert document.at(("rules", 0, "name"), key=True) == (2, 5)
    assert document.at(("rules", 0, "when", "group", 1)) == (3, 23)
    assert document.at(("rules", 0, "when", "nothing", "there")) == (3, 11)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\u2028", "\x85"])
def test_every_kind_of_line_end_counts_once(newline):
    text = newline.join(["a: 1", "b: 2", "b: 3", ""])
    (problem,) = parse(text, "f")[1]
    assert (problem.line, problem.column, problem.source) == (3, 1, "b: 3")


def test_the_caret_follows_tabs():
    (problem,) = parse("a: {b: 1,\tb: 2}\n", "f")[1]
    assert str(problem).splitlines()[1:3] == ["    a: {b: 1,\tb: 2}", "             \t^"]
