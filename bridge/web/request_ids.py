"""The id by which a request is found in logs, in the audit trail and on the page that somebody reads out to support."""

import os

from aiohttp import web


def id_of(request: web.Request) -> str:
    """The client's own, if it is a modest word; else a new one."""
    given = request.headers.get("X-Request-Id")
    if given is None:
        return os.urandom(16).hex()
    return given if 0 < len(given) <= 64 and given.replace("-", "").isalnum() and given.isascii() else os.urandom(16).hex()
