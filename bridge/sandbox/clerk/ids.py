"""Identifiers as Clerk writes them: a prefix and 27 letters that sort by the second they were made in (KSUID)."""

import os

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_EPOCH = 1_400_000_000  # where KSUIDs begin to count seconds


def new_id(prefix: str, now: int) -> str:
    """`user_2abc…`; `now` in milliseconds."""
    number = int.from_bytes((now // 1000 - _EPOCH).to_bytes(4, "big") + os.urandom(16), "big")
    letters = []
    for _ in range(27):
        number, digit = divmod(number, 62)
        letters.append(_ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(letters))}"
