"""What `check` says of files with mistakes."""

from pathlib import Path

import pytest

from tests.cli.check.checking import CONNECTION, MAPPING, broken, run, told, write


def test_every_files_problems_are_told_even_when_another_cannot_be_read() -> None:
    write("config/bridge.yaml", "listen: nowhere\ncolour: blue\n")
    write("config/connections/acme.yaml", "customer: [Acme\n")
    broken("config/connections/globex.yaml", "okta", "octa")
    Path("config/mappings/acme.yaml").write_bytes(b"connection: acme\nrules: \xff\n")
    Path("config/mappings/globex.yaml").unlink()
    Path("config/mappings/globex.yaml").symlink_to("nowhere.yaml")
    broken_rules = MAPPING.format("initech").replace("when:", "wen:")
    write("config/connections/initech.yaml", CONNECTION.format("initech"))
    write("config/mappings/initech.yaml", broken_rules)
    found = told(code=1)
    assert [one[1:3] for one in found["config/bridge.yaml"]] == [(1, 9), (2, 1)]
    assert "this is not YAML" in found["config/connections/acme.yaml"][0][3]
    assert [one[:3] for one in found["config/connections/globex.yaml"]] == [("warning", 1, 1), ("error", 2, 11)]
    assert [one[1:3] for one in found["config/mappings/acme.yaml"] if one[0] == "error"][-1] == (2, 8)
    assert any(one[:3] == ("error", 4, 5) for one in found["config/mappings/initech.yaml"])


def test_rules_are_checked_although_their_connection_file_has_a_mistake() -> None:
    broken("config/connections/acme.yaml", "provider: okta", "provider: okta\ncolour: blue")
    broken("config/mappings/acme.yaml", "{production: editor}\n", "{productoin: editor, lab: admin}\n")
    first, *others = told("config/mappings/acme.yaml", code=1)["config/mappings/acme.yaml"]
    text = "config/connections/acme.yaml has errors, so what it allows is known here only in part"
    assert first == ("warning", 1, 13, text)
    assert [one[:3] for one in others] == [("error", 5, 13), ("error", 5, 38)]  # the alias, and the ceiling of lab


def test_nothing_is_said_of_attributes_where_the_provider_that_names_them_is_misspelt() -> None:
    rule = "{name: Rockets, when: {attribute: {division: Rockets}}, grant: {lab: editor}}"
    asking = write("config/mappings/acme.yaml", f"connection: acme\nrules: [{rule}]\n")
    assert told(asking) == {asking: []}
    broken("config/connections/acme.yaml", "provider: okta", "provider: octa\nattributes: {badge: {scim: title}}")
    text = "config/connections/acme.yaml has errors, so what it allows is known here only in part"
    assert told(asking) == {asking: [("warning", 1, 13, text)]}


def test_a_domain_that_two_claim_is_an_error_at_both_places_whichever_file_is_checked() -> None:
    broken("config/connections/globex.yaml", "globex.com", "globex.com, ACME.com")
    one, other = "config/connections/acme.yaml", "config/connections/globex.yaml"
    mine = ("error", 3, 11, f"globex claims the domain ACME.com, too ({other}:3:23)")
    theirs = ("error", 3, 23, f"the domain ACME.com belongs to acme ({one}:3:11)")
    assert told(one, code=1)[one] == [mine]
    assert told(other, code=1)[other] == [theirs]
    found = told(code=1)
    assert (found[one], found[other]) == ([mine], [theirs])


def test_a_mapping_file_without_a_connection_file_says_which_is_missing() -> None:
    file = write("config/mappings/acmee.yaml", MAPPING.format("acmee").replace("when:", "wen:"))
    found = told(file, code=1)[file]
    assert found[0] == ("error", 1, 13, "there is no connection acmee: config/connections/acmee.yaml is missing")
    assert any(one[:3] == ("error", 4, 5) for one in found)  # the rest is told all the same
    assert "hint: did you mean acme?" in run(file, code=1).stdout


def test_a_mapping_file_under_another_name_is_not_read() -> None:
    file = write("config/mappings/acme-old.yaml", MAPPING.format("acme"))
    assert told(file, code=1)[file] == [
        ("error", 1, 13, "this file is not read: acme has its rules in config/mappings/acme.yaml")
    ]


def test_a_file_elsewhere_must_say_for_which_connection_it_is() -> None:
    file = write("rules.yaml", "rules: []\n")
    assert ("error", 1, 1, "this file doesn't say for which connection it is") in told(file, code=1)[file]


def test_a_connection_without_a_mapping_file_is_a_warning() -> None:
    Path("config/mappings/acme.yaml").unlink()
    found = told()["config/connections/acme.yaml"]
    assert found == [("warning", 1, 1, "acme has no mapping file: its people get nothing")]


@pytest.mark.parametrize(
    ("file", "hint"),
    [
        ("config/mappings/new.yml", "mapping files end in .yaml"),
        ("config/connections/new.yml", "connection files end in .yaml"),
        ("config/bridge.yml", "the operator's own file is called bridge.yaml"),
        ("config/acme.yaml", "connection files stand in connections/, mapping files in mappings/"),
        ("config/mappings/old/acme.yaml", "neither has folders of its own"),
    ],
)
def test_a_file_that_nobody_reads_is_named(file: str, hint: str) -> None:
    write(file, "connection: acme\n")
    for found in (run(), run(file)):
        assert f"{file}:1:1: warning: this file is not read\n    hint: " in found.stdout
        assert hint in found.stdout


def test_what_is_no_yaml_is_passed_over_with_a_word() -> None:
    file = write("config/mapping.schema.json", "{}")
    assert f"{file}: not checked: no file of the configuration" in run(file).stdout


def test_errors_of_files_that_were_not_named_are_mentioned_and_do_not_fail() -> None:
    broken("config/connections/globex.yaml", "okta", "octa")
    answer = run("config/mappings/acme.yaml").stdout
    assert "Other files have errors, too" in answer
    assert "octa" not in answer


def test_a_failing_test_of_a_mapping_file_fails() -> None:
    broken("config/mappings/acme.yaml", "expect: {production: editor}", "expect: none")
    answer = run("config/mappings/acme.yaml", code=1).stdout
    assert "config/mappings/acme.yaml: NOT OK: 1 rule, 0 limits, 0 of 1 test pass, 1 error" in answer
    assert "^" in answer
