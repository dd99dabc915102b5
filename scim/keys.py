"""Keys for comparing without case: computed in Python, so that both engines agree about every script."""

import unicodedata


def fold(value: str) -> str:
    """NFC, casefolded: equal for what a person would call the same name or address."""
    if value.isascii():
        return value.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold())
