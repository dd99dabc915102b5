"""Schemas that an operator adds to a connection: what a file may say, and what is wrong at its line, with a hint."""

from pathlib import Path
from textwrap import dedent, indent

import pytest

from bridge.settings import SettingsError, load
from bridge.settings.values import Scim
from mappings.located import Problem
from scim.schemas import Attribute

URN = "urn:acme:params:scim:schemas:badge:2.0:User"


def _write(folder: Path, schemas: str) -> None:
    (folder / "connections").mkdir(exist_ok=True)
    text = "customer: Acme\nprovider: okta\ndirectory:\n  scim:\n    schemas:\n" + indent(dedent(schemas), "      ")
    (folder / "connections" / "acme.yaml").write_text(text, encoding="utf-8")


def _scim(folder: Path, schemas: str) -> Scim:
    _write(folder, schemas)
    scim = load(folder, {}).connections["acme"].scim
    assert scim is not None
    return scim


def _problem(folder: Path, schemas: str) -> Problem:
    _write(folder, schemas)
    with pytest.raises(SettingsError) as caught:
        load(folder, {})
    (problem,) = caught.value.problems
    return problem


def test_a_schema_is_taken_as_it_is_written(tmp_path: Path) -> None:
    scim = _scim(
        tmp_path,
        f"""\
        - id: {URN}
          name: Badge
          attributes:
            number: {{type: integer, description: The number on it, required: true}}
            serial: {{mutability: immutable, case_exact: true}}
            pin: {{returned: never}}
            doors: {{many: true, canonical: [front, back]}}
            page: {{type: reference}}
            holder: {{parts: {{place: {{}}, floor: {{type: integer, required: true}}}}}}
        - id: urn:acme:params:scim:schemas:cost:2.0:Group
          name: Cost
          description: Who pays
          resource: Group
          attributes: {{center: {{}}}}
        """,
    )
    (badge,), (cost,) = scim.user_schemas, scim.group_schemas
    assert (badge.id, badge.name, badge.description) == (URN, "Badge", "Badge")
    assert badge.attributes == (
        Attribute("number", "The number on it", "integer", required=True),
        Attribute("serial", "serial", mutability="immutable", case_exact=True),
        Attribute("pin", "pin", returned="never"),
        Attribute("doors", "doors", many=True, canonical=("front", "back")),
        Attribute("page", "page", "reference", references=("external",)),
        Attribute(
            "holder",
            "holder",
            "complex",
            sub=(Attribute("place", "place"), Attribute("floor", "floor", "integer", required=True)),
        ),
    )
    assert (cost.description, cost.attributes) == ("Who pays", (Attribute("center", "center"),))


def test_without_any_there_are_none(tmp_path: Path) -> None:
    scim = _scim(tmp_path, "[]")
    assert (scim.user_schemas, scim.group_schemas) == ((), ())


@pytest.mark.parametrize(
    ("id", "message", "hint"),
    [
        ("badge", "is no schema URN", "write one such as urn:acme:"),
        ("urn:acme", "is no schema URN", "write one such as"),
        ("urn:acme:badge:2.0", "is no schema URN", "write one such as"),  # a name after it would begin at the last dot
        ('"urn:acme:badge user:2.0:User"', "is no schema URN", "write one such as"),
        ("urn:ietf:params:scim:schemas:core:2.0:User", "is built in", "a URN of its own"),
        ("URN:ietf:params:scim:schemas:extension:ENTERPRISE:2.0:User", "is built in", "a URN of its own"),
        ("urn:ietf:params:scim:schemas:core:2.0:Group", "is built in", "a URN of its own"),
    ],
)
def test_an_id_must_be_a_urn_of_ones_own(tmp_path: Path, id: str, message: str, hint: str) -> None:
    problem = _problem(tmp_path, f"- id: {id}\n  name: Badge\n  attributes: {{number: {{}}}}\n")
    assert (problem.line, problem.column) == (6, 13)
    assert message in problem.message
    assert hint in str(problem.hint)


def test_two_schemas_of_one_id_are_refused(tmp_path: Path) -> None:
    one = "- id: {}\n  name: Badge\n  attributes: {{number: {{}}}}\n"
    problem = _problem(tmp_path, one.format(URN) + one.format(URN.upper()))
    assert (problem.line, problem.message) == (6, f"two schemas have the id {URN.lower()}")
    assert problem.hint == "give each its own URN"


@pytest.mark.parametrize(
    ("attributes", "line", "message", "hint"),
    [
        ("number: {type: text}", 9, "text is not possible here", "write one of: string, boolean, integer"),
        ("number: {type: complex}", 9, "complex is not possible here", "write one of: string, boolean, integer"),
        ("number: {mutability: readOnly}", 9, "readOnly is not possible here", "write one of: readWrite, immutable"),
        ("number: {returned: always}", 9, "always is not possible here", "write one of: default, request, never"),
        ("number: {kind: integer}", 9, "the key kind is unknown", None),
        ("number: {require: true}", 9, "the key require is unknown", "did you mean required?"),
        ("number: {many: perhaps}", 9, "true or false is expected here, not perhaps", "only the words"),
        ("7up: {}", 9, "'7up' is no attribute name", "letters, digits, - and _, beginning with a letter"),
        ("a.b: {}", 9, "'a.b' is no attribute name", "letters, digits, - and _, beginning with a letter"),
        ("id: {}", 9, "'id' is what every resource has", "take another name"),
        ("Meta: {parts: {a: {}}}", 9, "'Meta' is what every resource has", "take another name"),
        ("schemas: {}", 9, "'schemas' is what every resource has", "take another name"),
        ("externalid: {}", 9, "'externalid' is what every resource has", "take another name"),
        ("number: {}\nNumber: {}", 6, "Number and number differ only in case", "SCIM can't tell them apart"),
        ("holder: {parts: {place: {many: true}}}", 9, "the key many is unknown", None),
        ("holder: {parts: {place: {parts: {a: {}}}}}", 9, "the key parts is unknown", None),
        ("holder: {parts: {the place: {}}}", 9, "'the place' is no attribute name", "letters, digits"),
        ("holder: {parts: {place: {}, PLACE: {}}}", 9, "PLACE and place differ only in case", "SCIM can't tell them apart"),
        (
            "holder: {type: string, parts: {place: {}}}",
            9,
            "parts make it complex, so type says nothing",
            "give it to a part",
        ),
        ("holder: {case_exact: true, parts: {place: {}}}", 9, "so case_exact says nothing", "give it to a part"),
    ],
)
def test_an_attribute_that_is_wrong_is_shown_at_its_line(
    tmp_path: Path, attributes: str, line: int, message: str, hint: str | None
) -> None:
    problem = _problem(tmp_path, f"- id: {URN}\n  name: Badge\n  attributes:\n" + indent(attributes, "    ") + "\n")
    assert message in problem.message
    assert problem.line == line
    assert hint is None or hint in str(problem.hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"- id: {URN}\n  attributes: {{number: {{}}}}\n", "name is missing"),
        ("- name: Badge\n  attributes: {number: {}}\n", "id is missing"),
        (f"- id: {URN}\n  name: Badge\n", "attributes is missing"),
        (f"- id: {URN}\n  name: Badge\n  attributes: {{}}\n", "this must not be empty"),
        (f"- id: {URN}\n  name: Badge\n  resource: Device\n  attributes: {{number: {{}}}}\n", "Device is not possible here"),
    ],
)
def test_a_schema_that_is_not_whole_is_refused(tmp_path: Path, text: str, message: str) -> None:
    assert message in _problem(tmp_path, text).message
