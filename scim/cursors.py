"""Cursors (RFC 9865): a position, sealed, so that a client can neither read nor make one, and every replica can open it.

A cursor belongs to one connection and one question (filter, order, resource types) and is good for an hour.
"""

import base64
import hashlib
import hmac

import orjson
from cryptography.fernet import Fernet, InvalidToken

from scim.errors import ExpiredCursor, InvalidCursor
from scim.listing import Position

LIFETIME = 3_600  # seconds


def seal(key: bytes, position: Position, question: str, now: int) -> str:
    """A cursor; `now` in epoch milliseconds."""
    told = orjson.dumps([position.at, position.rank, position.pk, position.back, _digest(question)])
    return _fernet(key).encrypt_at_time(told, now // 1000).decode().rstrip("=")


def opened(key: bytes, cursor: str, question: str, now: int) -> Position:
    """The position in a cursor; InvalidCursor or ExpiredCursor."""
    token = cursor + "=" * (-len(cursor) % 4)
    try:
        made = _fernet(key).extract_timestamp(token)
        told = orjson.loads(_fernet(key).decrypt(token))
    except (InvalidToken, ValueError) as error:
        raise InvalidCursor("This is no cursor of this service.") from error
    if now // 1000 - made > LIFETIME:
        raise ExpiredCursor("This cursor is too old; begin again without one.")
    at, rank, pk, back, digest = told
    if not hmac.compare_digest(digest, _digest(question)):
        raise InvalidCursor("This cursor belongs to another query.")
    return Position(at, rank, pk, back)


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _fernet(key: bytes) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(key).digest()))
