"""What is in the tokens of a live session, if one is named: only there shows what Clerk makes of template and settings."""

from collections.abc import Iterator, Mapping
from typing import Any

from bridge.instance.finding import Check, Finding, by_hand, ok, problem, some, warning
from bridge.instance.look import Look, seen
from bridge.instance.wanted import AUDIENCE, TEMPLATE

_PAGE = "docs/clerk-setup.md"
_LARGE = 3500  # bytes; a cookie holds 4096
_WHERE = "Clerk's dashboard, Setup, Convex, and Sessions. Or name a live session: `clerk doctor --session SESSION`."


def _template(look: Look) -> Iterator[Finding]:
    """A shortcode that Clerk doesn't know stays in the token as it was written, or as null."""
    if look.minted is None:
        return
    claims = seen(look.minted).template.claims
    literal = [name for name, value in claims.items() if isinstance(value, str) and "{{" in value]
    absent = [name for name in ("org_id", "org_role") if not claims.get(name)]
    if literal:
        hint = "Mend the shortcode: Clerk's dashboard, JWT templates."
        yield problem(f"Clerk left {some(literal)} in the token as written.", hint)
    elif AUDIENCE not in _audiences(claims):
        yield problem(f"The token of {TEMPLATE} is for {claims.get('aud')}.", "`inferpipe-bridge clerk setup` mends it.")
    elif absent:
        hint = "Choose a workspace in that session, and look again."
        yield warning(f"The token of {TEMPLATE} has no {some(absent)}: no workspace is active in that session.", hint)
    else:
        yield ok(f"The token of {TEMPLATE} says {claims['org_role']} in {claims['org_id']}.")


def _session(look: Look) -> Iterator[Finding]:
    if look.minted is None:
        yield by_hand(f'Whether the session token itself has the audience "{AUDIENCE}"; the template does without.', _WHERE)
        return
    token = seen(look.minted).session
    if token.claims.get("sts") == "pending":
        yield warning("That session is pending: its owner must still do something.", "Take another session.")
    if look.issuer is not None and token.claims.get("iss") != look.issuer:
        sentence = f"The session token's issuer is {token.claims.get('iss')}, not {look.issuer}."
        yield problem(sentence, "See what is said of the issuer.")
    if token.size > _LARGE:
        yield warning(f"The session token has {token.size} bytes; a cookie holds 4096.", "Take claims out of it: Sessions.")
    yield ok(_way(AUDIENCE in _audiences(token.claims)))


def _way(itself: bool) -> str:
    if itself:
        return f'The session token has the audience "{AUDIENCE}": Convex takes it as it is.'
    return f'The session token has no audience "{AUDIENCE}": Convex takes the template {TEMPLATE}.'


def _audiences(claims: Mapping[str, Any]) -> list[str]:
    """RFC 7519 §4.1.3: one, or a list."""
    given = claims.get("aud", [])
    return [given] if isinstance(given, str) else list(given)


CHECKS = (
    Check("live_token", f"{_PAGE}#the-token-for-convex", _template),
    Check("session_token", f"{_PAGE}#the-session-token", _session),
)
