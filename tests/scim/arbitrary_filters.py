"""Random filters of a shape, for hypothesis: of every attribute, by any of its names, under every operator it has."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from scim2_models import ScimFilter

from scim.schemas import COMMON, Attribute, Home, Shape
from tests.scim.arbitrary import Known, values

_ORDER, _INSIDE = ("gt", "ge", "lt", "le"), ("co", "sw", "ew")
_OPERATORS = {
    "string": ("eq", "ne", *_INSIDE, *_ORDER),
    "reference": ("eq", "ne", *_INSIDE, *_ORDER),
    "boolean": ("eq", "ne"),
    "binary": ("eq", "ne"),
    "integer": ("eq", "ne", *_ORDER),
    "decimal": ("eq", "ne", *_ORDER),
    "dateTime": ("eq", "ne", *_ORDER),
}


def filters(shape: Shape, known: Known) -> st.SearchStrategy[str]:
    """Filters that mean something for this shape. `known`: what to compare with, by path; random values, too, for others.

    Left out is what scim2-models sees otherwise, or refuses: see docs/scim-dialects.md.
    """
    homes = [*shape.homes, *(Home(one) for one in COMMON.values())]
    homes = [home for home in homes if home.attribute.returned != "never"]
    homes += 3 * [home for home in homes if any(path.partition(".")[0] == home.attribute.name for path in known)]
    tests = st.sampled_from(homes).flatmap(lambda home: _of(shape, home, known))
    return st.recursive(tests, _combined, max_leaves=4)


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    terms = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(terms.map(" and ".join), terms.map(" OR ".join), inner.map("({})".format), inner.map("not ({})".format))


def _of(shape: Shape, home: Home, known: Known) -> st.SearchStrategy[str]:
    """A test of one attribute: of its value, of a part, of an element, or of its being there."""
    attribute, paths = home.attribute, spelt(shape, home)
    if attribute.kind != "complex":
        tests = paths.flatmap(lambda path: _test(attribute, path, known.get(attribute.name)))
        brackets = attribute.many and attribute.kind != "dateTime"  # whose texts aren't read as dates there
        return tests | st.builds("{}[{}]".format, paths, inside(attribute, [], known)) if brackets else tests
    parts = [part for part in attribute.sub if f"{attribute.name}.{part.name}" not in ADDRESSES]
    of_parts = st.sampled_from(parts).flatmap(
        lambda part: paths.flatmap(
            lambda path: _test(part, f"{path}.{part.name}", known.get(f"{attribute.name}.{part.name}"), many=attribute.many)
        )
    )
    if not attribute.many:
        return of_parts | paths.map("{} pr".format)
    of_elements = st.builds("{}[{}]".format, paths, inside(attribute, parts, known))
    return of_parts | of_elements | of_elements | paths.map("{} pr".format)


ADDRESSES = {"groups.$ref", "members.$ref", "meta.location"}
"""What is made at a read is compared by eq and ne alone, and tested in test_scim_filters.py."""


def inside(attribute: Attribute, parts: list[Attribute], known: Known) -> st.SearchStrategy[str]:
    """What stands in the brackets of a value path; a plain element is its own `value`."""
    if not parts:
        return st.recursive(
            _test(replace(attribute, many=False), "value", known.get(attribute.name)), _combined, max_leaves=3
        )
    tests = st.sampled_from(parts).flatmap(lambda part: _test(part, part.name, known.get(f"{attribute.name}.{part.name}")))
    return st.recursive(tests, _combined, max_leaves=3)


@st.composite
def _test(
    draw: st.DrawFn,
    attribute: Attribute,
    path: str,
    known: st.SearchStrategy[Any] | None,
    *,
    many: bool = False,
) -> str:
    """`many`: values of several elements, of which null isn't asked."""
    operator = draw(st.sampled_from(("pr", *_OPERATORS[attribute.kind])))
    if operator == "pr":
        return f"{path} PR"
    if operator in {"eq", "ne"} and not (many or attribute.many) and draw(st.integers(0, 9)) == 0:
        return f"{path} {operator} null"
    asked = draw(known if known is not None and draw(st.integers(0, 3)) else values(attribute))
    return f"{path} {draw(_cased(operator))} {ScimFilter.quote(asked)}"


@st.composite
def spelt(draw: st.DrawFn, shape: Shape, home: Home) -> str:
    """Any of the names of an attribute."""
    name = draw(_cased(home.attribute.name))
    if home.urn is not None:
        return f"{home.urn}:{name}"
    qualified = home.attribute in shape.core.attributes and draw(st.integers(0, 4)) == 0
    return f"{shape.core.id}:{name}" if qualified else name


def _cased(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from((name, name, name.lower(), name.upper()))
