"""Where a fact stands, in a protocol's own names: a name, a text with {names} in it, or several of them to try in order.

SCIM's names are attribute paths, SAML's are attribute names. An expression is the same for both: whoever evaluates it
brings a reader. There is no code in it, so a file can be read by anybody and checked before it serves.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Reader = Callable[[str], Sequence[str]]
"""A name -> the values sent under it, none if it isn't sent."""

_PARTS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_BRACES = "write {name} for a value, {{ and }} for braces themselves"


class BadExpression(ValueError):
    """A text that is no expression. `part` is what of it is wrong, as it was written."""

    def __init__(self, message: str, hint: str, part: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.part = part


@dataclass(frozen=True, slots=True)
class Name:
    """All values of one name."""

    name: str

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name,)

    def values(self, read: Reader) -> tuple[str, ...]:
        return tuple(filter(str.strip, read(self.name)))


@dataclass(frozen=True, slots=True)
class Template:
    """A text with values in it, the first of each name. `texts` stand before, between and after the `names`."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    def values(self, read: Reader) -> tuple[str, ...]:
        """Not sent if any of its pieces isn't."""
        made = self.texts[0]
        for name, text in zip(self.names, self.texts[1:], strict=True):
            found = next((value for value in read(name) if value.strip()), None)
            if found is None:
                return ()
            made += found + text
        return (made,)


@dataclass(frozen=True, slots=True)
class Expression:
    """The first of `choices` that is sent counts. `written` is how they stand in the file, one text each."""

    written: tuple[str, ...] = ()
    choices: tuple[Name | Template, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.choices)

    @property
    def names(self) -> Iterator[str]:
        """Every name it may read."""
        return (name for choice in self.choices for name in choice.names)

    def values(self, read: Reader) -> tuple[str, ...]:
        """The values of the first choice that is sent; none if none is."""
        for choice in self.choices:
            found = choice.values(read)
            if found:
                return found
        return ()

    def first(self, read: Reader, usable: Callable[[str], str | None]) -> str | None:
        """The first value, over all choices, of which `usable` makes something."""
        for choice in self.choices:
            for value in choice.values(read):
                made = usable(value)
                if made is not None:
                    return made
        return None


def expression(written: str | Sequence[str] | None) -> Expression:
    """Compile what a file says: a text or a list of texts; None is an expression without a choice."""
    texts = (written,) if isinstance(written, str) else tuple(written or ())
    return Expression(texts, tuple(_choice(text) for text in texts))


def evaluate(facts: Mapping[str, Expression], read: Reader) -> dict[str, tuple[str, ...]]:
    """Our name of each fact that is sent -> its values."""
    return {name: values for name, one in facts.items() if (values := one.values(read))}


def _choice(text: str) -> Name | Template:
    if "{" not in text and "}" not in text:
        return Name(_name(text, text))
    texts, names = [""], []
    for part in _PARTS.finditer(text):
        whole, name = part.group(), part.group(1)
        if whole in {"{", "}"}:
            raise BadExpression(f"the brace {whole} has no partner", _BRACES, text[part.start() :])
        if name is None:
            texts[-1] += {"{{": "{", "}}": "}"}.get(whole, whole)
            continue
        names.append(_name(name, whole))
        texts.append("")
    if not names:
        raise BadExpression(f"{text} reads nothing", _BRACES, text)
    return Template(tuple(texts), tuple(names))


def _name(text: str, part: str) -> str:
    name = text.strip()
    if not name:
        raise BadExpression("a name is missing here", "write the name of what the IdP sends, or take this out", part)
    return name
