"""The operations and paths of scenario files, each by what passes and what doesn't."""

from typing import Any

import pytest

from bridge.replay.checks import MISSING, Answer, Check, pick, problem, read

URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
DOCUMENT: dict[str, Any] = {
    "active": True,
    "count": 3,
    "digits": "3",
    "word": "yes",
    "null": None,
    "list": ["a", "b"],
    "none": [],
    "object": {"a": 1},
    "emails": [{"value": "x@example.com"}],
    URN: {"manager": {"value": "42"}},
}


@pytest.fixture
def answer() -> Answer:
    import orjson

    return read(200, {}, orjson.dumps(DOCUMENT), 12.5)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", DOCUMENT),
        ("$.", DOCUMENT),
        ("$.emails[0].value", "x@example.com"),
        (f"$['{URN}'].manager.value", "42"),
        ("$.null", None),
        ("$.emails[1].value", MISSING),
        ("$.emails.value", MISSING),
        ("$.word[0]", MISSING),
        ("$.nothing.below", MISSING),
        ("response_time_ms", 12.5),
    ],
)
def test_a_path_leads_to_a_value_or_to_nothing(answer: Answer, path: str, found: Any) -> None:
    assert pick(answer, path) is found or pick(answer, path) == found


@pytest.mark.parametrize("path", ["", "active", "$active", "$.a[*]", "$.a[-1]", "$.a['b", "$..a"])
def test_a_path_nobody_can_follow_is_refused_when_it_is_written(path: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        Check(path, "exists")


@pytest.mark.parametrize(
    ("path", "op", "value"),
    [
        ("$.count", "eq", 3),
        ("$.list", "eq", ["a", "b"]),
        ("$.count", "eq_num", "3"),
        ("$.digits", "eq_str", 3),
        ("$.active", "eq_str", True),
        ("$.null", "exists", None),
        ("$.null", "absent", None),
        ("$.nothing", "absent", None),
        ("$.active", "not_empty", None),
        ("$.none", "empty", None),
        ("$.nothing", "empty", None),
        ("$.list", "contains", "a"),
        ("$.word", "contains", "es"),
        ("body", "contains", '"manager"'),
        ("body", "not_contains", "password"),
        ("$.nothing", "not_contains", "a"),
        ("$.count", "is_number", None),
        ("$.list", "len", 2),
        ("$.none", "eq_or_absent", []),
        ("$.nothing", "eq_or_absent", []),
        ("$.count", "in", [1, 3]),
        ("$.list", "type", "array"),
        ("$.object", "type", "object"),
        ("response_time_ms", "lt", 600),
        ("$.count", "between", [3, 4]),
    ],
)
def test_a_check_that_holds_is_no_problem(answer: Answer, path: str, op: Any, value: Any) -> None:
    assert problem(answer, Check(path, op, value)) is None


@pytest.mark.parametrize(
    ("path", "op", "value", "sentence"),
    [
        ("$.active", "eq", 1, "$.active should be 1, but it is true"),
        ("$.nothing", "eq", None, "$.nothing should be null, but it is missing"),
        ("$.digits", "eq_num", "3", '$.digits should be the number "3", but it is "3"'),
        ("$.word", "eq_str", "no", '$.word should read as "no", but it is "yes"'),
        ("$.nothing", "exists", None, "$.nothing should be there, but it is missing"),
        ("$.count", "absent", None, "$.count should be absent, but it is 3"),
        ("$.none", "not_empty", None, "$.none should hold something, but it is []"),
        ("$.list", "empty", None, '$.list should be empty, but it is ["a","b"]'),
        ("$.list", "contains", "c", '$.list should contain "c", but it is ["a","b"]'),
        ("$.count", "contains", "c", '$.count should contain "c", but it is 3'),
        ("$.list", "not_contains", "a", '$.list should not contain "a", but it is ["a","b"]'),
        ("$.active", "is_number", None, "$.active should be a number, but it is true"),
        ("$.word", "len", 3, '$.word should have 3 entries, but it is "yes"'),
        ("$.count", "eq_or_absent", [], "$.count should be [] or absent, but it is 3"),
        ("$.active", "in", [0, 1], "$.active should be one of [0,1], but it is true"),
        ("$.object", "type", "array", '$.object should be of the type "array", but it is {"a":1}'),
        ("response_time_ms", "lt", 12, "response_time_ms should be less than 12, but it is 12.5"),
        ("$.word", "lt", 12, '$.word should be less than 12, but it is "yes"'),
        ("$.count", "between", [4, 9], "$.count should lie between the two of [4,9], but it is 3"),
    ],
)
def test_a_check_that_fails_says_what_it_wanted_and_what_it_got(
    answer: Answer, path: str, op: Any, value: Any, sentence: str
) -> None:
    assert problem(answer, Check(path, op, value)) == sentence


def test_a_long_answer_is_cut_in_a_sentence() -> None:
    long = read(200, {}, b'{"text": "' + b"x" * 1000 + b'"}', 1.0)
    sentence = problem(long, Check("$.text", "eq", "y"))
    assert sentence is not None
    assert len(sentence) < 250
