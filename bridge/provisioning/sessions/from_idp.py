"""SessionNotOnOrAfter: when a session must be over by the IdP's word (SAML core §2.7.2), and whether that word counts.

Some IdPs mean by it how long their answer is good: PingOne sends five minutes with every sign-in. Taken for the end of a
session that would sign people out before they have read a page, so `long` takes nothing below a quarter of an hour.
"""

from bridge.settings import ConnectionSettings

LEAST_MS = 900_000


def cap(signed_in_at: int, session_until: int | None, connection: ConnectionSettings) -> int | None:
    """When the session of this sign-in must be over, epoch ms; None: whenever its connection's own limits say."""
    wanted = connection.sign_in.from_idp
    if session_until is None or wanted == "never":
        return None
    if wanted == "long" and session_until - signed_in_at < LEAST_MS:
        return None
    return session_until
