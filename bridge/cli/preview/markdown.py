"""A preview as Markdown, for a comment on a pull request."""

from collections.abc import Iterator

from bridge.answers.preview import Affected, Cause, Change, Preview
from bridge.cli.preview import words


def lines(found: Preview, *, everybody: bool) -> Iterator[str]:
    """`everybody`: name all people of each cause."""
    yield f"**{_safe(words.first(found))}**"
    yield ""
    if found.places:
        yield f"| workspace | {' | '.join(words.COLUMNS)} | |"
        yield f"|---|{'---:|' * len(words.COLUMNS)}---|"
        for place in found.places:
            yield f"| {_safe(place.workspace)} | {' | '.join(words.cells(place))} | {_safe(words.states(place))} |"
        yield ""
    yield _safe(words.last(found))
    for sentence in words.beside(found):
        yield f"- {_safe(sentence)}"
    problems = (*found.checked.problems, *found.findings)
    if problems:
        yield ""
        yield from ("```text", *(str(problem) for problem in problems), "```")
    who = found.by_cause()
    for number in sorted(range(len(who)), key=lambda number: -found.causes[number].people):
        yield ""
        yield from _cause(found.causes[number], who[number], everybody)


def _cause(cause: Cause, who: list[tuple[Affected, Change]], everybody: bool) -> Iterator[str]:
    at = f"line {cause.line}: " if cause.line else ""
    caption = words.caption(cause.people, cause.kind, cause.workspace)
    shown, more = words.named(who, everybody)
    yield f"<details><summary>{_safe(f'{caption}: {at}{cause.text}')}</summary>"
    yield ""
    if cause.hint:
        yield f"{_safe(cause.hint)}"
        yield ""
    yield from (f"- {_safe(one)}" for one in shown)
    if more:
        yield f"- … and {more:,} more"
    yield ""
    yield "</details>"


def _safe(text: str) -> str:
    """Names from a directory are text, not markup."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for sign in ("\\", "|", "*", "_", "[", "]"):
        escaped = escaped.replace(sign, f"\\{sign}")
    return escaped
