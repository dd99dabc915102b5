"""The tokens of one live session, as Convex would get them, opened: only what is in a token shows what Clerk made of it.

The tokens themselves go no further than this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from bridge.clerk import jwt_templates
from bridge.clerk.api import Api
from bridge.clerk.budget import Lane
from bridge.instance.wanted import TEMPLATE


@dataclass(frozen=True, slots=True)
class Token:
    """What one says. `size`: of the whole token, in bytes; a cookie holds 4096."""

    claims: Mapping[str, Any]
    size: int


@dataclass(frozen=True, slots=True)
class Minted:
    """The session token, and that of the template."""

    session: Token
    template: Token


async def read(api: Api, session: str) -> Minted:
    """ClerkError where there is no such session or template. Minting changes nothing."""
    own = await jwt_templates.mint(api, session, lane=Lane.NORMAL)
    return Minted(_opened(own), _opened(await jwt_templates.mint(api, session, TEMPLATE, lane=Lane.NORMAL)))


def _opened(token: str) -> Token:
    """Clerk itself gave it to us just now, so its signature proves nothing more."""
    return Token(jwt.decode(token, options={"verify_signature": False}), len(token))
