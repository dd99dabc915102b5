"""Random resources and filters of a shape, for hypothesis: texts of nasty letters, from few words so that much is equal.

`BRIDGE_TEST_EXAMPLES=20000` tries that many examples, other ones each time; otherwise a few, always the same.
"""

import base64
import itertools
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from scim2_models import ScimFilter

from scim.schemas import COMMON, Attribute, Home, Shape

_MANY = os.environ.get("BRIDGE_TEST_EXAMPLES")
_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def examples(few: int) -> settings:
    """How many examples a test tries."""
    return settings(
        max_examples=int(_MANY) if _MANY else few,
        derandomize=not _MANY,
        database=None,
        deadline=None,
        suppress_health_check=_QUIET,
        print_blob=bool(_MANY),
    )


WORDS = ("", "a", "A", "ab", "%", "_", "a%", "\\", '"', "'", "ß", "SS", "ẞ", "İ", "i̇", "ı", "I", "ΑΣ", "ας", "ασ", "é",
         "e\u0301", "Å", "\u212b", "ﬁ", "😀", "a😀b", "\U0010ffff", "\ue000", "\ud7ff", "a b", " a", "\n", "\u2028", "true",
         "null", "7", "work", "Work", "home", "]", "a)b", "and", "x.y:z", "${a}", "$.a", "'); --")  # fmt: skip
_texts = st.sampled_from(WORDS) | st.lists(st.sampled_from(WORDS), min_size=2, max_size=3).map("".join)
_MOMENTS = ("2027-01-31T09:30:00Z", "2027-01-31T10:30:00+01:00", "2027-01-31T09:30:00.000001Z", "2027-01-31T09:30:00.12Z",
            "2027-01-31T04:00:00.123456-05:30", "1969-12-31T23:59:59.999Z", "0999-06-01T00:00:00Z",
            "9999-12-31T23:59:59Z")  # fmt: skip
_integers = st.sampled_from((0, 1, 7, -7, 2**53 - 1, -(2**53 - 1))) | st.integers(-20, 20)
_decimals = _integers | st.sampled_from((0.5, -0.5, 7.0, 1e-9, 1e15, 0.1)) | st.floats(-1e6, 1e6)
_addresses = st.sampled_from(("https://a.example/", "https://A.example/a%", "urn:a:ß", "https://a.example/\u212b"))
_binaries = st.sampled_from((b"a", b"A", b"\x00\xff")).map(lambda raw: base64.b64encode(raw).decode())


def values(attribute: Attribute) -> st.SearchStrategy[Any]:
    """A value of an attribute that isn't complex, or an element of it."""
    return {
        "boolean": st.booleans(),
        "integer": _integers,
        "decimal": _decimals,
        "dateTime": st.sampled_from(_MOMENTS),
        "binary": _binaries,
        "reference": _addresses,
    }.get(attribute.kind, _texts)


@st.composite
def resources(draw: st.DrawFn, shape: Shape) -> dict[str, Any]:
    """A few attributes as a client may write them, none that has to be unique."""
    found: dict[str, Any] = {}
    for home in draw(st.lists(st.sampled_from(_writable(shape)), max_size=6, unique_by=id)):
        place = found if home.urn is None else found.setdefault(home.urn, {})
        place[home.attribute.name] = draw(whole(home.attribute))
    return found


@cache
def _writable(shape: Shape) -> list[Home]:
    """What comes often is what has parts, for there is more to go wrong."""
    homes = [home for home in shape.homes if home.attribute.mutability in {"readWrite", "immutable"}]
    homes = [home for home in homes if not home.attribute.required and home.attribute.name != "members"]
    return homes + [home for home in homes if home.attribute.sub or home.attribute.many or home.urn]


@cache
def whole(attribute: Attribute) -> st.SearchStrategy[Any]:
    """A value of an attribute, of any kind."""
    one = _object(attribute) if attribute.kind == "complex" else values(attribute)
    return st.lists(one, min_size=1, max_size=3).map(_in_order) if attribute.many else one


def _in_order(items: list[Any]) -> list[Any]:
    """Elements have parts, and one of them at most is primary."""
    primary = [item for item in items if isinstance(item, dict) and item.get("primary")]
    return [item for item in items if item != {} and all(item is not one for one in primary[1:])]


def _object(attribute: Attribute) -> st.SearchStrategy[Any]:
    parts = {one.name: values(one) for one in attribute.sub if one.mutability != "readOnly"}
    needed = {name for name in parts if attribute.parts[name.lower()].required or attribute.name == "manager"}
    return st.fixed_dictionaries(
        {name: one for name, one in parts.items() if name in needed},
        optional={name: one for name, one in parts.items() if name not in needed},
    )


def seen(shape: Shape, found: Sequence[Mapping[str, Any]]) -> "Known":
    """What to ask for to find something: the values in resources, and the beginnings of texts, by path."""
    by_path: dict[str, list[Any]] = {}
    for one, home in itertools.product(found, shape.homes):
        value = (one if home.urn is None else one.get(home.urn, {})).get(home.attribute.name)
        for element in value if isinstance(value, list) else [value]:
            for name, inner in element.items() if isinstance(element, dict) else [("", element)]:
                attribute, path = home.attribute.part(name) or home.attribute, f"{home.attribute.name}.{name}".rstrip(".")
                some = [] if inner is None else [inner, inner[:1]] if attribute.kind == "string" else [inner]
                by_path.setdefault(path, []).extend(some)
    return {path: st.sampled_from(some) for path, some in by_path.items() if some}


# --- filters

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


Known = Mapping[str, st.SearchStrategy[Any]]


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
    attribute, paths = home.attribute, _spelt(shape, home)
    if attribute.kind != "complex":
        tests = paths.flatmap(lambda path: _test(attribute, path, known.get(attribute.name)))
        return tests | st.builds("{}[{}]".format, paths, _inside(attribute, [], known)) if attribute.many else tests
    parts = [part for part in attribute.sub if f"{attribute.name}.{part.name}" not in ADDRESSES]
    of_parts = st.sampled_from(parts).flatmap(
        lambda part: paths.flatmap(
            lambda path: _test(part, f"{path}.{part.name}", known.get(f"{attribute.name}.{part.name}"), many=attribute.many)
        )
    )
    if not attribute.many:
        return of_parts | paths.map("{} pr".format)
    of_elements = st.builds("{}[{}]".format, paths, _inside(attribute, parts, known))
    return of_parts | of_elements | of_elements | paths.map("{} pr".format)


ADDRESSES = {"groups.$ref", "members.$ref", "meta.location"}
"""What is made at a read is compared by eq and ne alone, and tested in test_scim_filters.py."""


def _inside(attribute: Attribute, parts: list[Attribute], known: Known) -> st.SearchStrategy[str]:
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
def _spelt(draw: st.DrawFn, shape: Shape, home: Home) -> str:
    """Any of the names of an attribute."""
    name = draw(_cased(home.attribute.name))
    if home.urn is not None:
        return f"{home.urn}:{name}"
    qualified = home.attribute in shape.core.attributes and draw(st.integers(0, 4)) == 0
    return f"{shape.core.id}:{name}" if qualified else name


def _cased(name: str) -> st.SearchStrategy[str]:
    return st.sampled_from((name, name, name.lower(), name.upper()))


def moments(first: int, last: int) -> st.SearchStrategy[str]:
    """Around these times (epoch milliseconds), in any zone, and finer than they are kept."""

    def written(at: int, micro: int, hours: int) -> str:
        moment = datetime.fromtimestamp(at / 1000, UTC) + timedelta(microseconds=micro)
        shown = (moment + timedelta(hours=hours)).replace(tzinfo=None).isoformat()
        return shown + (f"{hours:+03}:00" if hours else "Z")

    return st.builds(written, st.integers(first, last), st.sampled_from((0, 0, 1, -1, 500)), st.sampled_from((0, 1, -7)))


# --- PATCH


def operations(shape: Shape, known: Known) -> st.SearchStrategy[dict[str, Any]]:
    """One operation of a PATCH message that means something for this shape."""
    homes = [home for home in _writable(shape) if home.attribute.mutability == "readWrite"]
    homes.append(Home(COMMON["externalid"]))
    homes += [home for home in homes if any(path.partition(".")[0] == home.attribute.name for path in known)]
    return st.sampled_from(homes).flatmap(lambda home: _operation(shape, home, known)) | _pathless(homes)


def _pathless(homes: list[Home]) -> st.SearchStrategy[dict[str, Any]]:
    """The keys of the value are the paths."""
    keys = st.sampled_from(homes).flatmap(
        lambda home: st.tuples(
            st.just(home.attribute.name if home.urn is None else f"{home.urn}:{home.attribute.name}"), whole(home.attribute)
        )
    )
    values = st.lists(keys, min_size=1, max_size=3).map(dict)
    return st.builds(lambda op, value: {"op": op, "value": value}, st.sampled_from(("add", "replace")), values)


@st.composite
def _operation(draw: st.DrawFn, shape: Shape, home: Home, known: Known) -> dict[str, Any]:
    """At an attribute, at a part of it, at chosen elements, or at a part of these."""
    attribute, path = home.attribute, draw(_spelt(shape, home))
    op = draw(st.sampled_from(("add", "replace", "remove")))
    parts = [part for part in attribute.sub if part.mutability != "readOnly"]
    choosing = draw(st.booleans()) and attribute.many
    there = not attribute.many or choosing or any(path.startswith(f"{attribute.name}.") for path in known)
    at_part = draw(st.booleans()) and parts and there
    if choosing:
        path += f"[{draw(_inside(attribute, parts, known))}]"
    part = draw(st.sampled_from(parts)) if at_part else None
    path += f".{part.name}" if part is not None else ""
    if op == "remove":
        by_value = parts and attribute.many and not at_part and not choosing and draw(st.booleans())
        described = [one for one in draw(_again(attribute, known)) if one] if by_value else []
        return {"op": op, "path": path} | ({"value": described} if described else {})
    if op == "replace" and draw(st.integers(0, 9)) == 0 and not choosing:
        return {"op": op, "path": path, "value": None}
    element = (
        _object(replace(attribute, sub=tuple(part for part in parts if part.name != "primary")))
        if parts
        else values(attribute)
    )
    written = values(part) if part is not None else element if choosing else _again(attribute, known)
    return {"op": op, "path": path, "value": draw(written)}


def _again(attribute: Attribute, known: Known) -> st.SearchStrategy[Any]:
    """A value, or some made of what is there already."""
    parts = {
        part.name: known.get(f"{attribute.name}.{part.name}") for part in attribute.sub if part.mutability != "readOnly"
    }
    there = {name: values for name, values in parts.items() if values is not None and name != "primary"}
    if not there or not attribute.many:
        return whole(attribute)
    return whole(attribute) | st.lists(st.fixed_dictionaries({}, optional=there), min_size=1, max_size=2)
