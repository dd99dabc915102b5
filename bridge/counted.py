"""Counted nouns, as they are said to people: ``1 rule``, ``1,204 people``."""


def many(count: int, one: str, several: str | None = None) -> str:
    """`several` where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def people(count: int) -> str:
    return many(count, "person", "people")


def they(count: int, one: str, several: str) -> str:
    """With a verb: ``1 person waits``, ``3 people wait``."""
    return f"{people(count)} {one if count == 1 else several}"
