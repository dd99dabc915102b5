"""Random PATCH operations of a shape, for hypothesis."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from scim.schemas import COMMON, Attribute, Home, Shape
from tests.scim.arbitrary import Known, values, whole, writable
from tests.scim.arbitrary_filters import inside, spelt


def operations(shape: Shape, known: Known) -> st.SearchStrategy[dict[str, Any]]:
    """One operation of a PATCH message that means something for this shape."""
    homes = [home for home in writable(shape) if home.attribute.mutability == "readWrite"]
    homes = [home for home in homes if not (home.attribute.many and home.attribute.kind == "dateTime")]  # added twice there
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
    attribute, path = home.attribute, draw(spelt(shape, home))
    op = draw(st.sampled_from(("add", "replace", "remove")))
    parts = [part for part in attribute.sub if part.mutability != "readOnly"]
    choosing = attribute.many and draw(st.booleans())
    there = not attribute.many or choosing or any(path.startswith(f"{attribute.name}.") for path in known)
    if choosing:
        path += f"[{draw(inside(attribute, parts, known))}]"
    if parts and there and draw(st.booleans()):
        part = draw(st.sampled_from([part for part in parts if op == "remove" or part.name != "primary"]))
        return draw(_at(op, f"{path}.{part.name}", values(part), by_value=False))
    if choosing:  # of several elements only one could be primary
        element = replace(attribute, many=False, sub=tuple(part for part in parts if part.name != "primary"))
        return draw(_at(op, path, whole(element), by_value=False, null=False))
    return draw(_at(op, path, _again(attribute, known), by_value=bool(parts) and attribute.many))


@st.composite
def _at(
    draw: st.DrawFn, op: str, path: str, written: st.SearchStrategy[Any], *, by_value: bool, null: bool = True
) -> dict[str, Any]:
    """`by_value`: a removal may name elements; `null`: a replacement may be null."""
    operation = {"op": op, "path": path}
    if op == "remove":
        described = draw(written) if by_value and draw(st.booleans()) else []
        return operation | ({"value": described} if described else {})
    gone = op == "replace" and null and draw(st.integers(0, 9)) == 0
    return operation | {"value": None if gone else draw(written)}


def _again(attribute: Attribute, known: Known) -> st.SearchStrategy[Any]:
    """A value, or a list made of what is there already."""
    parts = [part.name for part in attribute.sub if part.mutability != "readOnly" and part.name != "primary"]
    seen = {name: known.get(f"{attribute.name}.{name}") for name in parts}
    there = {name: some for name, some in seen.items() if some is not None}
    if not there or not attribute.many:
        return whole(attribute)
    elements = st.fixed_dictionaries({}, optional=there).filter(bool)
    return whole(attribute) | st.lists(elements, min_size=1, max_size=2)
