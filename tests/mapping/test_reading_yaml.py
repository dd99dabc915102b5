"""YAML as these files read it: no surprises of YAML 1.1, and everything keeps its place."""

from datetime import date

import pytest

from mappings.located import parse, reader


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
        "[" * 900 + "]" * 900,
        "\n".join(["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]),
    ],
)
def test_a_file_that_explodes_is_refused_with_one_problem(text, monkeypatch):
    monkeypatch.setattr(reader, "NODES", 20_000)  # the real bound takes seconds to reach
    document, problems = parse(text, "f")
    assert document is None
    assert [problem.message for problem in problems] == ["this file is too large, or its aliases repeat too much"]


def test_nesting_without_end_is_no_yaml():
    document, problems = parse("[" * 100_000, "f")
    assert document is None
    assert [(one.message, one.hint) for one in problems] == [
        ("this is not YAML: these brackets are nested without end", "close them where they should end")
    ]


def test_an_anchor_inside_itself_is_no_endless_value():
    document, problems = parse("a: &a [*a, {b: *a}]\nc: *a\n", "f")
    assert document.data == {"a": ["*a", {"b": "*a"}], "c": ["*a", {"b": "*a"}]}
    assert [(problem.line, problem.column, problem.hint) for problem in problems] == [
        (1, 8, 'put it in quotes: "*a"'),
        (1, 16, 'put it in quotes: "*a"'),
    ]


def test_a_problem_in_what_an_alias_repeats_stands_at_the_anchor():
    document, _ = parse("a: &x {k: [1]}\nb: *x\n", "f")
    assert document.at(("b", "k", 0)) == document.at(("a", "k", 0)) == (1, 12)
    assert document.at(("b", "k"), key=True) == (1, 8)


def test_what_stands_after_a_wrong_key_is_read_all_the_same():
    document, problems = parse("a: {{x: [1, {y: 2}]}: {z: [3]}, b: 1}\na: {c: [4]}\n? [k]\n: v\nd: 5\n", "f")
    assert document.data == {"a": {"b": 1}, "d": 5}
    assert [(problem.line, problem.column, problem.message) for problem in problems] == [
        (1, 5, "a key must be a plain word"),
        (2, 1, "the key a stands here a second time"),
        (3, 3, "a key must be a plain word"),
    ]


@pytest.mark.parametrize("text", ["a: \ufffd\n", "\ufffd: [\n"])
def test_bytes_that_were_no_utf_8_are_told_once_and_instead_of_what_they_broke(text):
    (problem,) = parse(text, "f")[1]
    assert (problem.line, problem.message) == (1, "this file is not UTF-8: a character can't be read")


def test_a_document_without_a_guide_names_no_page():
    (problem,) = parse("a: 1\na: 2\n", "f")[1]
    assert problem.see is None
    assert "see:" not in str(problem)


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
