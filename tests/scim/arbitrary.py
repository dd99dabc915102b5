"""Random resources of a shape, for hypothesis: texts of nasty letters, from few words so that much is equal."""

import base64
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import strategies as st

from scim.schemas import Attribute, Home, Schema, Shape

_PARTS = tuple(
    Attribute(kind, "", kind, case_exact=kind == "reference")
    for kind in ("string", "boolean", "integer", "decimal", "dateTime", "reference")
)
LISTS = Schema.of(
    "urn:acme:params:scim:schemas:lists:2.0:User",
    "Lists",
    "Lists of every kind",
    Attribute("objects", "", "complex", many=True, sub=_PARTS),
    *(replace(part, name=f"{part.name}s", many=True) for part in _PARTS),
)
"""What no schema of the RFCs has."""
Known = Mapping[str, st.SearchStrategy[Any]]
"""What to write or ask for, by path, so that it has to do with what is there."""
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
    for home in draw(st.lists(st.sampled_from(writable(shape)), max_size=6, unique_by=id)):
        place = found if home.urn is None else found.setdefault(home.urn, {})
        place[home.attribute.name] = draw(whole(home.attribute))
    return found


@cache
def writable(shape: Shape) -> list[Home]:
    """What comes often is what has parts, for there is more to go wrong."""
    homes = [home for home in shape.homes if home.attribute.mutability in {"readWrite", "immutable"}]
    homes = [home for home in homes if not home.attribute.required and home.attribute.name != "members"]
    return homes + [home for home in homes if home.attribute.sub or home.attribute.many or home.urn]


@cache
def whole(attribute: Attribute) -> st.SearchStrategy[Any]:
    """A value of an attribute, of any kind."""
    one = parts_of(attribute) if attribute.kind == "complex" else values(attribute)
    return st.lists(one, min_size=1, max_size=3).map(_in_order) if attribute.many else one


def _in_order(items: list[Any]) -> list[Any]:
    """Elements have parts, and one of them at most is primary."""
    primary = [item for item in items if isinstance(item, dict) and item.get("primary")]
    return [item for item in items if item != {} and all(item is not one for one in primary[1:])]


def parts_of(attribute: Attribute) -> st.SearchStrategy[Any]:
    """An element of a complex attribute."""
    parts = {one.name: values(one) for one in attribute.sub if one.mutability != "readOnly"}
    needed = {name for name in parts if attribute.parts[name.lower()].required or attribute.name == "manager"}
    return st.fixed_dictionaries(
        {name: one for name, one in parts.items() if name in needed},
        optional={name: one for name, one in parts.items() if name not in needed},
    )


def seen(shape: Shape, found: Sequence[Mapping[str, Any]]) -> Known:
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


def moments(first: int, last: int) -> st.SearchStrategy[str]:
    """Around these times (epoch milliseconds), in any zone, and finer than they are kept."""

    def written(at: int, micro: int, hours: int) -> str:
        moment = datetime.fromtimestamp(at / 1000, UTC) + timedelta(microseconds=micro)
        shown = (moment + timedelta(hours=hours)).replace(tzinfo=None).isoformat()
        return shown + (f"{hours:+03}:00" if hours else "Z")

    return st.builds(written, st.integers(first, last), st.sampled_from((0, 0, 1, -1, 500)), st.sampled_from((0, 1, -7)))
