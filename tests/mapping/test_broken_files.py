"""Deliberately broken files: what each of them is told, word for word."""

import pytest

R = "connection: acme\nrules:\n  - name: r\n    when: {group: g}\n    grant: {production: viewer}\n"
W = "connection: acme\nrules: [{{name: r, when: {}, grant: {{production: viewer}}}}]\n"
G = "connection: acme\nrules: [{{name: r, when: {{group_like: {}}}, captures: {}, grant: {}}}]\n"

BROKEN = {
    "no YAML: a quote that never ends": (
        "connection: 'acme\nrules: []\n",
        "1:13: this is not YAML: while scanning a quoted scalar, found unexpected end of stream",
    ),
    "no YAML: a tab": (
        "connection: acme\nrules:\n\t- name: r\n",
        "3:1: this is not YAML: while scanning for the next token, found character that cannot start any token",
    ),
    "no YAML: a colon in a name": (
        "connection: acme\nrules:\n  - name: Auditors: spring\n",
        "3:19: this is not YAML: mapping values are not allowed in this context",
    ),
    "no YAML: two documents": (
        "connection: acme\n---\nrules: []\n",
        "2:1: this is not YAML: expected a single document in the stream, but found another document",
    ),
    "no YAML: a control character": (
        "connection: acme\n# ä \x07\n",
        "2:5: this is not YAML: control characters are not allowed",
    ),
    "a list instead of keys": (
        "- connection: acme\n",
        "1:1: the file must be a map of keys",
    ),
    "an empty file": (
        "",
        "1:1: the key connection is missing",
    ),
    "aliases without end": (
        "connection: acme\nrules: &a [*a]\n",
        "1:1: this file is too large, or its aliases repeat too much",
    ),
    "a tag": (
        "connection: acme\nrules: !vault x\n",
        "2:8: a list is expected here, not x",
        "2:8: the tag !vault is not used here",
    ),
    "a merge key": (
        R + "    <<: {until: 2027-01-01}\n",
        "6:5: the key << is unknown",
    ),
    "another connection": (
        R.replace("acme", "acme-okta"),
        "1:13: this file is for the connection acme-okta, but it belongs to acme",
    ),
    "an unknown key": (
        R + "limit: []\n",
        "6:1: the key limit is unknown",
    ),
    "an unknown key of a rule": (
        R.replace("when:", "wen:"),
        "4:5: the key wen is unknown",
    ),
    "an unknown key of a condition": (
        W.format("{grupo: g}"),
        "2:26: the key grupo is unknown",
    ),
    "an unknown key of a value": (
        W.format("{attribute: {title: {lik: x}}}"),
        "2:46: the key lik is unknown",
    ),
    "a python name for a key": (
        R + "    from_: 2027-01-01\n",
        "6:5: the key from_ is unknown",
    ),
    "a key twice": (
        R + "    name: again\n",
        "6:5: the key name stands here a second time",
    ),
    "a key without a value": (
        R + "    until:\n",
        "6:5: until has no value",
    ),
    "a condition without a value": (
        R.replace("{group: g}", "{group: , email_domain: acme.com}"),
        "4:12: group has no value",
    ),
    "an entry without a value": (
        "connection: acme\nrules:\n  -\n",
        "3:4: this entry has no value",
    ),
    "rules without entries": (
        "connection: acme\nrules:\n",
        "2:1: rules has no value",
    ),
    "yes for true": (
        W.format("{everyone: yes}"),
        "2:36: yes is not possible here",
    ),
    "false for everyone": (
        W.format("{everyone: false}"),
        "2:36: false is not possible here",
    ),
    "on for true": (
        W.format("{attribute: {title: {present: on}}}"),
        "2:55: true or false is expected here, not on",
    ),
    "a boolean for a text": (
        W.format("{attribute: {isManager: true}}"),
        "2:49: text is expected here, not true",
    ),
    "a number for a name": (
        R.replace("name: r", "name: 1"),
        "3:11: text is expected here, not 1",
    ),
    "no for none": (
        R + "otherwise: no\n",
        "6:12: no is not possible here",
    ),
    "a number for a date": (
        R + "    from: 20270301\n",
        "6:11: a date is expected here",
    ),
    "a day that is none": (
        R + "    until: 2027-02-30\n",
        "6:12: there is no day 2027-02-30",
    ),
    "a date the other way round": (
        R + "    until: 30.6.2027\n",
        "6:12: a date is expected here",
    ),
    "an end before the beginning": (
        R + "    from: 2027-05-01\n    until: 2027-04-30\n",
        "7:12: this rule ends on 2027-04-30, before it begins on 2027-05-01",
    ),
    "a word for a number": (
        W.format("{attribute: {grade: {at_least: high}}}"),
        "2:56: a number is expected here",
    ),
    "an unknown workspace": (
        R.replace("production", "prodution"),
        "5:13: the workspace prodution is unknown",
    ),
    "an unknown role": (
        R.replace("viewer", "vewer"),
        "5:25: vewer is no role",
    ),
    "a role in capitals": (
        R.replace("viewer", "Viewer"),
        "5:25: Viewer is no role",
    ),
    "a role above the ceiling": (
        R.replace("production: viewer", "support: admin"),
        "5:22: support allows editor at most, not admin",
    ),
    "an unknown workspace otherwise": (
        R + "otherwise: {prod: viewer}\n",
        "6:13: the workspace prod is unknown",
    ),
    "a role above the ceiling otherwise": (
        R + "otherwise: {support: owner}\n",
        "6:22: support allows editor at most, not owner",
    ),
    "an unknown workspace of a limit": (
        R + "limits: [{name: l, when: {group: g}, at_most: viewer, in: [bill]}]\n",
        "6:60: the workspace bill is unknown",
    ),
    "an unknown ceiling": (
        R + "limits: [{name: l, when: {group: g}, at_most: nothing}]\n",
        "6:47: nothing is not possible here",
    ),
    "an unknown workspace expected": (
        R + "tests: [{name: t, given: {groups: [g]}, expect: {prod: viewer}}]\n",
        "6:50: the workspace prod is unknown",
    ),
    "nothing granted": (
        R.replace("{production: viewer}", "{}"),
        "5:12: this must not be empty",
    ),
    "an empty condition": (
        R.replace("{group: g}", "{}"),
        "4:11: this condition is empty",
    ),
    "an empty list of groups": (
        R.replace("{group: g}", "{group: []}"),
        "4:19: this must not be empty",
    ),
    "an empty list of conditions": (
        R.replace("{group: g}", "{any: []}"),
        "4:17: this must not be empty",
    ),
    "an empty attribute test": (
        W.format("{attribute: {title: {}}}"),
        "2:45: this test of an attribute is empty",
    ),
    "an absent attribute with a value": (
        W.format("{attribute: {title: {present: false, like: x}}}"),
        "2:55: an attribute that is not sent has no value to test",
    ),
    "a domain as an address": (
        W.format("{email: acme.com}"),
        "2:33: acme.com is no e-mail address",
    ),
    "an address as a domain": (
        W.format('{email_domain: "@acme.com"}'),
        "2:40: @acme.com is no domain",
    ),
    "an unknown source": (
        W.format("{source: ldap}"),
        "2:34: ldap is not possible here",
    ),
    "a broken expression": (
        W.format('{group_regex: "a(b"}'),
        "2:39: this is no regular expression: missing ), unterminated subpattern at position 1",
    ),
    "a capture that nothing explains": (
        G.format('"x-{team}"', "{}", "{production: viewer}"),
        "2:38: nothing says what {team} may stand for",
    ),
    "a capture that is never used": (
        G.format('"x-{role}"', "{team: [a]}", '{production: "{role}"}'),
        "2:62: the capture team is never used",
    ),
    "nothing captured": (
        R.replace("{production: viewer}", '{"{workspace}": viewer}'),
        "5:13: nothing captures {workspace}",
    ),
    "a capture misspelt": (
        G.format('"x-{workspace}"', "{}", '{"{workspce}": viewer}'),
        "2:78: nothing captures {workspce}",
    ),
    "a capture's name in capitals": (
        G.format('"x-{Team1}"', "{}", "{production: viewer}"),
        "2:38: {Team1} is no capture",
    ),
    "a brace too few": (
        G.format('"x-{role"', "{}", "{production: viewer}"),
        "2:38: {role is no capture",
    ),
    "two capturing conditions": (
        W.format('{all: [{group_like: "a-{role}"}, {group_like: "b-{workspace}"}]}'),
        "2:25: a rule can have one capturing condition",
    ),
    "a capture under any": (
        W.format('{any: [{group_like: "a-{role}"}]}'),
        "2:45: {role} captures nothing here",
    ),
    "a capture in a limit": (
        R + 'limits: [{name: l, when: {group_like: "x-{workspace}"}, at_most: viewer}]\n',
        "6:39: {workspace} captures nothing here",
    ),
    "two readings": (
        G.format('"{a}-{b}"', "{a: {x: production, x-y: billing}, b: {z: viewer, y-z: admin}}", '{"{a}": "{b}"}'),
        "2:38: a group x-y-z can be read in two ways: a billing, b viewer or a production, b admin",
    ),
    "a captured word that is no role": (
        G.format('"x-{role}"', "{role: [viewer, amin]}", '{production: "{role}"}'),
        "2:77: amin is no role",
    ),
    "a table's meaning that is no role": (
        G.format('"x-{level}"', "{level: {rw: editr}}", '{production: "{level}"}'),
        "2:75: editr is no role",
    ),
    "a captured word that is no workspace": (
        G.format('"x-{workspace}"', "{workspace: [billing, bilin]}", '{"{workspace}": viewer}'),
        "2:88: the workspace bilin is unknown",
    ),
    "an exception that is no workspace": (
        G.format('"x-{workspace}"', "{workspace: {except: [bilin]}}", '{"{workspace}": viewer}'),
        "2:88: the workspace bilin is unknown",
    ),
    "except misspelt": (
        G.format('"x-{workspace}"', "{workspace: {exept: [billing]}}", '{"{workspace}": viewer}'),
        "2:79: the key exept is unknown",
    ),
    "an exception from nothing": (
        G.format('"x-{team}"', "{team: {except: [a]}}", "{production: viewer}"),
        "2:77: {team} has no words of its own to except from",
    ),
    "a captured role above the ceiling": (
        G.format('"x-{role}"', "{role: [viewer, admin]}", '{support: "{role}"}'),
        "2:77: support allows editor at most, not admin",
    ),
    "a word twice": (
        G.format('"x-{team}"', "{team: {A: production, a: billing}}", '{"{team}": viewer}'),
        "2:84: the word a stands here twice: names ignore case",
    ),
    "braces without quotes": (
        "connection: acme\nrules: [{name: r, when: {group_like: x-*}, grant: {{workspace}: viewer}}]\n",
        "2:51: this must not be empty",
        "2:52: a key must be a plain word",
    ),
    "two rules of one name": (
        R + "  - {name: r, when: {group: h}, grant: {production: admin}}\n",
        "6:12: a rule of this name stands in line 3",
    ),
    "two limits of one name": (
        R + "limits: [{name: l, when: {group: g}, at_most: none}, {name: l, when: {group: h}, at_most: none}]\n",
        "6:61: a limit of this name stands in line 6",
    ),
    "a group bound twice": (
        "groups: {G: '1', g: '2'}\n" + R,
        "1:18: the group g is bound twice: names ignore case",
    ),
    "a test that fails": (
        R + "tests: [{name: t, given: {groups: [g]}, expect: {production: editor}}]\n",
        "6:49: the test 't' expects production: editor and gets production: viewer",
    ),
    "no connection": (
        R.replace("connection: acme\n", ""),
        "1:1: the key connection is missing",
    ),
    "disabled without a reason": (
        R + "    disabled: ''\n",
        "6:15: this must not be empty",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_file_is_told(checked_file, name):
    text, *expected = BROKEN[name]
    found = checked_file(text)
    assert not found.ok
    assert [str(problem).splitlines()[0] for problem in found.problems] == [f"acme.yaml:{line}" for line in expected]


@pytest.mark.parametrize("name", BROKEN)
def test_the_caret_stands_below_the_column_that_is_named(checked_file, name):
    for problem in checked_file(BROKEN[name][0]).problems:
        _, source, caret, *_ = str(problem).split("\n")
        assert source == f"    {BROKEN[name][0].splitlines()[problem.line - 1]}" if BROKEN[name][0] else source == "    "
        assert caret.index("^") == problem.column + 3


def test_a_problem_reads_like_this(checked_file):
    (problem,) = checked_file(R.replace("production", "prodution")).problems
    assert (
        str(problem)
        == """\
acme.yaml:5:13: the workspace prodution is unknown
        grant: {prodution: viewer}
                ^
    hint: did you mean production?"""
    )


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
limits:
  - {name: five, when: {everyone: true}, at_most: viewer, in: [bilin]}
otherwise: {prod: viewer}
tests:
  - {name: six, given: {}, expect: {elsewhere: viewer}}
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
        "8:72: a date is expected here",
        "10:64: the workspace bilin is unknown",
        "11:13: the workspace prod is unknown",
        "13:37: the workspace elsewhere is unknown",
    ]


def test_a_file_with_windows_line_ends_and_a_byte_order_mark_is_read_and_shown_as_it_is(checked_file):
    assert checked_file("\ufeff" + R.replace("\n", "\r\n")).problems == ()
    (problem,) = checked_file("\ufeff" + R.replace("viewer", "vewer").replace("\n", "\r\n")).problems
    assert (problem.line, problem.column, problem.source) == (5, 25, "    grant: {production: vewer}")


def test_a_problem_is_data_for_machines_too(checked_file):
    (problem,) = checked_file(R.replace("viewer", "vewer")).problems
    assert problem.as_dict() == {
        "file": "acme.yaml",
        "line": 5,
        "column": 25,
        "severity": "error",
        "message": "vewer is no role",
        "hint": "did you mean viewer?",
    }
