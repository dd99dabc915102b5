"""Base64 as RFC 4648 §4 has it, whitespace aside: a decoder that skips what it doesn't know reads two texts as one."""

import binascii


def decoded(text: str) -> bytes:
    """ValueError where it is no base64; a space that only Unicode knows is none here."""
    try:
        return binascii.a2b_base64(text, strict_mode=True)  # a megabyte in one line, as most send it, is not copied first
    except ValueError:
        return _in_lines(text)


def _in_lines(text: str) -> bytes:
    try:
        return binascii.a2b_base64(b"".join(text.encode("ascii").split()), strict_mode=True)
    except ValueError as error:
        raise ValueError("it is no base64") from error
