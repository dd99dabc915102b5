"""What a mapping file asks for by name, each with its place: groups, patterns, attributes, workspaces.

Whether they exist is for whoever knows the directory to say. What is switched off asks for nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mappings import model
from mappings.located import Path

Kind = Literal["group", "group_like", "group_regex", "attribute", "workspace"]


@dataclass(frozen=True, slots=True)
class Ask:
    """`text` as written; `key`: it stands as a key, not as a value. `entry`: ("rules", 3) is the fourth rule."""

    kind: Kind
    text: str
    path: Path
    key: bool = False

    @property
    def entry(self) -> Path:
        return self.path[:2]


def asked(file: model.MappingFile) -> Iterator[Ask]:
    """In the order of the file, the same name as often as it stands there."""
    for place, rule in enumerate(file.rules):
        if rule.disabled is None:
            yield from _condition(rule.when, ("rules", place, "when"))
            for alias in rule.grant:
                if "{" not in alias:
                    yield Ask("workspace", alias, ("rules", place, "grant", alias), key=True)
    for place, limit in enumerate(file.limits):
        yield from _condition(limit.when, ("limits", place, "when"))
        for at, alias in enumerate(limit.in_ or ()):
            yield Ask("workspace", alias, ("limits", place, "in", at))
    for alias in file.otherwise if isinstance(file.otherwise, dict) else ():
        yield Ask("workspace", alias, ("otherwise", alias), key=True)


def _condition(when: model.When, path: Path) -> Iterator[Ask]:
    for at, name in enumerate(when.group or ()):
        yield Ask("group", name, (*path, "group", at))
    if when.group_like is not None:
        yield Ask("group_like", when.group_like, (*path, "group_like"))
    if when.group_regex is not None:
        yield Ask("group_regex", when.group_regex, (*path, "group_regex"))
    for name in when.needed:
        yield Ask("attribute", name, (*path, "attribute", name), key=True)
    for key, inner in (("all", when.all), ("any", when.any)):
        for at, one in enumerate(inner or ()):
            yield from _condition(one, (*path, key, at))
    if when.not_ is not None:
        yield from _condition(when.not_, (*path, "not"))
