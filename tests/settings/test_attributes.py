"""Expressions of `attributes:` are tried when the file is read; each mistake is pointed at."""

from pathlib import Path
from textwrap import dedent

import pytest

from bridge.settings import SettingsError, load, read
from mappings.expressions import expression
from mappings.located import Problem

MINIMAL = "customer: Acme\nprovider: entra\n"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
BADGE = """
directory:
  scim:
    schemas: [{id: urn:acme:badge:2.0:User, name: Badge, attributes: {level: {}, holder: {parts: {place: {}}}}}]
"""


def write(folder: Path, attributes: str, *, more: str = "", bridge: str = "") -> None:
    (folder / "connections").mkdir(exist_ok=True)
    (folder / "bridge.yaml").write_text(bridge, encoding="utf-8")
    (folder / "connections" / "acme.yaml").write_text(MINIMAL + dedent(attributes) + dedent(more), encoding="utf-8")


def shown(folder: Path) -> list[str]:
    """Each problem without the folder in front."""
    return [str(problem).replace(f"{folder}/connections/", "") for problem in read(folder).problems]


def errors(folder: Path) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        load(folder, {})
    return caught.value.problems


def test_every_form_is_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        """\
        attributes:
          first_name: {scim: [nickName, name.givenName]}
          display_name: {scim: "{name.givenName} {name.familyName}"}
          email: {scim: ['emails[type eq "work"].value', userName], saml: mail}
          locale: {scim: [locale, preferredLanguage]}
        """,
    )
    attributes = load(tmp_path, {}).connections["acme"].attributes
    assert attributes["first_name"].scim == expression(["nickName", "name.givenName"])
    assert attributes["first_name"].saml.written[0].endswith("/givenname")  # the preset's
    assert attributes["display_name"].scim == expression("{name.givenName} {name.familyName}")
    assert attributes["email"].saml == expression("mail")
    assert load(tmp_path, {}).warnings == ()


def test_the_caret_stands_under_the_part_that_is_wrong(tmp_path: Path) -> None:
    write(tmp_path, 'attributes:\n  display_name: {scim: [title, "{name.givenName} {name.}"]}\n')
    assert shown(tmp_path) == [
        "acme.yaml:4:50: name. is no SCIM attribute path\n"
        '      display_name: {scim: [title, "{name.givenName} {name.}"]}\n'
        "                                                     ^\n"
        '    hint: write one such as name.givenName, emails[type eq "work"].value, or a URN with an attribute'
    ]


@pytest.mark.parametrize(
    ("written", "column", "message"),
    [
        ("{scim: '{name.givenName'}", 18, "the brace { has no partner"),
        ("{saml: [a, 'Dr. {}']}", 26, "a name is missing here"),
        ("{scim: 'emails[type eq work'}", 18, "emails[type eq work is no SCIM attribute path"),
        ("{scim: ''}", 17, "a name is missing here"),
        ("{scim: []}", 17, "this must not be empty"),
        ("{scim: 5}", 17, "a list is expected here, not 5"),
        ("{scam: title}", 11, "the key scam is unknown"),
    ],
)
def test_what_is_no_expression_is_an_error_at_its_place(tmp_path: Path, written: str, column: int, message: str) -> None:
    write(tmp_path, f"attributes:\n  title: {written}\n")
    (problem,) = errors(tmp_path)
    assert (problem.line, problem.column, problem.message) == (4, column, message)


@pytest.mark.parametrize(
    ("path", "message", "hint"),
    [
        ("nikName", "users have no attribute nikName", "did you mean nickName?"),
        ("name.givenname", None, None),  # SCIM's names ignore case
        ("name.firstName", "name has no part firstName", "name has formatted, familyName, givenName,"),
        ("title.value", "title has no part value", "write title alone"),
        ('emails[typ eq "work"].value', "emails has no part typ", "emails has value, display, type and primary"),
        ('emails[type eq "work" and not (primary eq true)].value', None, None),
        ("department", "department stands in an extension", f"write {ENTERPRISE}:department"),
        (f"{ENTERPRISE}:department", None, None),
        (f"{ENTERPRISE}:departmant", "users have no attribute departmant",
         f"did you mean {ENTERPRISE}:department?"),
        ("urn:acme:badge:2.0:User:level", None, None),
        ("urn:acme:badge:2.0:User:holder.place", None, None),
        ("urn:acme:badge:2.0:User:levl", "users have no attribute levl",
         "did you mean urn:acme:badge:2.0:User:level?"),
        ("quux", "users have no attribute quux",
         "the schemas of the connection are listed at /Schemas; directory.scim.schemas adds to them"),
    ],
)  # fmt: skip
def test_a_path_that_no_schema_knows_is_a_warning(tmp_path: Path, path: str, message: str | None, hint: str | None) -> None:
    write(tmp_path, f"attributes:\n  shoe:\n    scim: [title, '{path}']\n", more=BADGE)
    found = load(tmp_path, {}).warnings
    never = "" if message and "extension" in message else ", so this is never sent"
    assert [one.message for one in found] == ([message + never] if message else [])
    if message:
        assert (found[0].severity, found[0].line, found[0].column) == ("warning", 5, 20)
        assert found[0].hint is not None
        assert hint is not None
        assert found[0].hint.startswith(hint)


def test_a_mistake_in_the_defaults_is_told_once_and_there(tmp_path: Path) -> None:
    write(tmp_path, "", bridge="defaults:\n  attributes: {shoe: {scim: shoeSize}, boot: {scim: '{'}}\n")
    (tmp_path / "connections" / "globex.yaml").write_text(MINIMAL, encoding="utf-8")
    found = read(tmp_path).problems
    assert [(Path(one.file).name, one.line, one.column, one.severity) for one in found] == [
        ("bridge.yaml", 2, 29, "warning"),
        ("bridge.yaml", 2, 54, "error"),
    ]


def test_the_example_of_the_page_has_no_mistake(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    example = page.partition("## Expressions: where a fact stands")[2].partition("```yaml\n")[2].partition("```")[0]
    write(tmp_path, example)
    settings = load(tmp_path, {})
    assert settings.warnings == ()
    assert settings.connections["acme"].attributes["badge"].scim.written[0].endswith(":employeeNumber")


def test_the_presets_own_expressions_have_no_mistake(tmp_path: Path) -> None:
    for provider in ("okta", "entra", "google", "active-directory", "generic"):
        write(tmp_path, "")
        file = tmp_path / "connections" / "acme.yaml"
        file.write_text(f"customer: Acme\nprovider: {provider}\n", encoding="utf-8")
        assert load(tmp_path, {}).warnings == ()
