"""What keeps a text from being YAML, in words that say what to do: libyaml's own speak of tokens and block collections."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import yaml

BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")  # what libyaml counts as the end of a line

_TIGHT_COLON = re.compile(r"\s*(?:- )?[A-Za-z_]+:(?=\S)")
_TIGHT_DASH = re.compile(r"\s*-(?=[^\s-])")


@dataclass(frozen=True, slots=True)
class Fault:
    """A place (from 1), a sentence and what to do."""

    line: int
    column: int
    sentence: str
    hint: str


@dataclass(frozen=True, slots=True)
class _Said:
    """libyaml's error: where it noticed (`line`, `column`), since when it read that, that line's text and the one above."""

    since: tuple[int, int]
    line: int
    column: int
    source: str
    above: str

    @property
    def begins(self) -> bool:
        """Nothing but blanks stands before the place."""
        return not self.source[: self.column - 1].strip()

    def here(self, sentence: str, hint: str) -> Fault:
        return Fault(self.line, self.column, sentence, hint)

    def over(self, column: int, sentence: str, hint: str) -> Fault:
        """In the line above."""
        return Fault(self.line - 1, column, sentence, hint)

    def there(self, sentence: str, hint: str) -> Fault:
        """Where it began is what helps."""
        return Fault(*self.since, sentence, hint)


def fault(text: str, lines: list[str], error: yaml.YAMLError) -> Fault:
    """The one fault that hides all others."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return _character(text, error)
    mark = error.problem_mark or error.context_mark
    since = error.context_mark or mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    source, above = (lines[at] if 0 <= at < len(lines) else "" for at in (line - 1, line - 2))
    said = _Said((since.line + 1, since.column + 1) if since else (line, column), line, column, source, above)
    words = f"{error.context or ''}, {error.problem or ''}"
    for part, explain in _EXPLAINED:
        if part in words:
            return explain(said)
    return said.here(words.removeprefix(", "), "compare this line with the examples in the docs; quotes make any text plain")


def _character(text: str, error: yaml.YAMLError) -> Fault:
    """A character that no YAML may hold. libyaml counts bytes of UTF-8."""
    before = BREAK.split(text.encode("utf-8", "replace")[: getattr(error, "position", 0)].decode("utf-8", "ignore"))
    hint = "take the character out: it can't be seen, and often comes with text that was copied"
    return Fault(len(before), len(before[-1]) + 1, "a control character stands here", hint)


def _token(said: _Said) -> Fault:
    if said.source[said.column - 1 : said.column] == "\t":
        return _tab(said)
    return said.here("no text can begin with this sign", "put the text in quotes")


def _tab(said: _Said) -> Fault:
    return said.here("a tab stands here", "indent with spaces, not with tabs")


def _colon(said: _Said) -> Fault:
    """A colon in a text, or a line that was taken for more of the text above it."""
    if ": " in said.source[: said.column]:
        return said.here("this colon makes no key", 'put quotes around text that contains ": "')
    above = said.above
    if dash := _TIGHT_DASH.match(above):
        return said.over(dash.end(), "a space is missing after this dash", "write `- name: …`")
    if tight := _TIGHT_COLON.match(above):
        return said.over(tight.end(), "a space is missing after this colon", "write `key: value`")
    hint = "indent it like the line above; a text of two lines needs quotes"
    return Fault(
        said.line, len(said.source) - len(said.source.lstrip()) + 1, "this line counts as more of the text above", hint
    )


def _quote(said: _Said) -> Fault:
    return said.there(
        "this quote never ends", "close it on the same line; a single quote inside single quotes is written twice"
    )


def _bracket(said: _Said) -> Fault:
    if said.since[0] != said.line:
        return said.there("this bracket never ends", "close it, and write a comma between entries")
    if said.source[said.column - 1 : said.column] in {"{", "["}:
        return said.here("a bracket stands in the middle of a text", "put the whole text in quotes")
    hint = f"write a comma between entries, or close the bracket of column {said.since[1]}; text with brackets needs quotes"
    return said.here("a comma or the closing bracket is missing before this", hint)


def _key(said: _Said) -> Fault:
    line, column = said.since
    if not said.begins:
        return said.here("nothing more can follow here", "put quotes around the whole text, or mend the brackets before it")
    return said.here(
        "this line is not indented like its neighbours", f"indent it with {_spaces(column - 1)}, as line {line} is"
    )


def _entry(said: _Said) -> Fault:
    line, column = said.since
    hint = f"indent it with {_spaces(column + 1)}, below the text after the dash of line {line}, or begin it with a dash"
    return said.here("this line belongs to no entry of the list", hint)


def _spaces(number: int) -> str:
    return "1 space" if number == 1 else f"{number or 'no'} spaces"


def _word(said: _Said) -> Fault:
    return said.there("this line is no `key: value`", "write a colon and a space after the key")


def _star(said: _Said) -> Fault:
    return said.here("a text that begins with * or & means something else in YAML", 'put it in quotes, such as "*-admins"')


def _block(said: _Said) -> Fault:
    return said.here("a text that begins with | or > means something else in YAML", "put the text in quotes")


def _escape(said: _Said) -> Fault:
    return said.here("this backslash means nothing in double quotes", "use single quotes: they keep backslashes as they are")


def _nested(said: _Said) -> Fault:
    return said.here("these brackets are nested without end", "close them where they should end")


def _percent(said: _Said) -> Fault:
    return said.there("no line can begin with %", "put the text in quotes")


_EXPLAINED: list[tuple[str, Callable[[_Said], Fault]]] = [
    ("cannot start any token", _token),
    ("found a tab character", _tab),
    ("mapping values are not allowed", _colon),
    ("mapping keys are not allowed", _token),
    ("unexpected end of stream", _quote),
    ("expected ',' or ", _bracket),
    ("did not find expected key", _key),
    ("did not find expected '-' indicator", _entry),
    ("could not find expected ':'", _word),
    ("undefined alias", _star),
    ("while scanning an alias", _star),
    ("while scanning an anchor", _star),
    ("while scanning a block scalar", _block),
    ("unknown escape character", _escape),
    ("exceeded maximum nesting depth", _nested),
    ("while scanning a directive", _percent),
]
