"""`group_regex`: what could hold up everybody is refused, and what only looks like it is not."""

import pytest

from mappings.compile.regex import explodes


@pytest.mark.parametrize(
    "text",
    [
        "(a+)+",
        "(?:a|aa)*b",
        "((a*)x?)*",
        "(aa?)+",
        "(a+){20}",
        "(?P<part>a{1,5})+",
        "x(?i:a|A)+",
        r"(\(a+)+",
        "eng(-[a-z]+)*?",
    ],
)
def test_a_repeat_of_what_can_be_read_in_several_ways_is_seen(text):
    assert explodes(text)


@pytest.mark.parametrize(
    "text",
    [
        "team-[0-9]+-(leads|admins)",
        "(a+)(b+)",
        "(a|b)?x+",
        r"\(a+\)+",
        "[(a|b)+]*",
        "[]a)]+",
        "(?:eng)+-.*",
        "(?i)a*",
        "(?=a+)b*",
        "(a|b){}",
    ],
)
def test_other_repeats_may_stand(text):
    assert not explodes(text)


def test_the_rest_of_a_file_with_such_a_regex_is_told_too(checked):
    found = checked("rules: [{name: r, when: {group_regex: '(a+)+b'}, grant: {nowhere: viewer}}]\n")
    assert not found.ok
    assert [one.message for one in found.problems] == [
        "this repeats a group with another repeat or a choice inside of it: some names would take forever",
        "the workspace nowhere is unknown",
    ]
