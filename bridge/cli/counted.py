"""Counted nouns, as commands say them to people: ``1 rule``, ``1,204 people``."""


def many(count: int, one: str, several: str | None = None) -> str:
    """`several` where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else several or one + 's'}"


def people(count: int) -> str:
    return many(count, "person", "people")
