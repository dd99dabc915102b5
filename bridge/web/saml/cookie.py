"""The cookie that binds an attempt to the browser that began it: a random secret, of which we keep the hash.

An IdP's answer is a POST from another site, so it must be SameSite=None, and so Secure. ``__Host-`` keeps every other
host of the domain from setting it. Where the bridge itself is reached without TLS (a loopback address, while somebody
tries it out) not every browser keeps such a cookie: there it has another name and is SameSite=Lax, which a stand-in IdP on
the same host passes.
"""

import re
import secrets
from dataclasses import dataclass

from aiohttp import web

from bridge.signin import attempts

LASTS = 86_400  # seconds: single logout finds the browser's sign-in by it
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Cookie:
    """`secure`: the bridge is reached by https."""

    secure: bool

    @property
    def name(self) -> str:
        return "__Host-bridge_sign_in" if self.secure else "bridge_sign_in"

    def read(self, request: web.Request) -> str | None:
        """The hash of the browser's secret; None: it has none."""
        given = request.cookies.get(self.name, "")
        return attempts.digest(given) if _SECRET.fullmatch(given) else None

    def secret(self, request: web.Request) -> str:
        """The browser's own secret, so that two tabs don't take it from each other; a new one if it has none."""
        given = request.cookies.get(self.name, "")
        return given if _SECRET.fullmatch(given) else secrets.token_urlsafe(32)

    def hashed(self, secret: str) -> str:
        """What `read` gives for a browser with this secret."""
        return attempts.digest(secret)

    def give(self, answer: web.StreamResponse, secret: str) -> None:
        answer.set_cookie(
            self.name,
            secret,
            max_age=LASTS,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="None" if self.secure else "Lax",
        )
