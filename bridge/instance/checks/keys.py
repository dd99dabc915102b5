"""The key, the API version, the clocks, and how much the instance lets us do."""

from collections.abc import Iterator

from bridge.clerk.api import API_VERSION
from bridge.instance.finding import Check, Finding, by_hand, ok, problem, warning
from bridge.instance.look import Look

_PAGE = "docs/clerk-setup.md"
_LIMITS = {"live": 1000, "test": 100}  # calls in 10 s (docs/guides/how-clerk-works/system-limits at Clerk)
_KINDS = {"live": "production", "test": "development"}
_PLAN_CODES = {
    "unsupported_subscription_plan_features": "a feature that the plan lacks",
    "user_quota_exceeded": "more users than the plan has (100 in development)",
    "organization_quota_exceeded": "more organizations than the plan has",
    "insufficient_seats": "more seats than were bought",
}


def _kind(look: Look) -> str:
    return "live" if look.settings.bridge.clerk.secret_key.reveal().startswith("sk_live_") else "test"


def _key(look: Look) -> Iterator[Finding]:
    """Both kinds of key look alike to everything that comes later."""
    clerk, greeting = look.settings.bridge.clerk, look.greeting
    if greeting.refused is not None:
        yield problem(f"{clerk.api_url} does not let us in: {greeting.refused.sentence}", _why_not(greeting.refused.code))
    elif clerk.sandbox:
        yield ok("The sandbox answers; there is no secret key, so this is not Clerk.")
    elif greeting.environment is None:
        yield problem(f"What answers at {clerk.api_url} is not Clerk.", "Mend `clerk: {api_url: …}`.")
    elif greeting.environment != _KINDS[_kind(look)]:
        sentence = f"The key is an sk_{_kind(look)}_ one and the instance calls itself {greeting.environment}."
        yield problem(sentence, "Copy the key of the right instance from Clerk's dashboard, API keys.")
    else:
        yield ok(f"The key is that of a {greeting.environment} instance, and works.")


def _why_not(code: str) -> str:
    if code in {"clerk_key_invalid", "authorization_header_format_invalid"}:
        return "Copy the secret key from Clerk's dashboard, API keys, into what `clerk: {secret_key: …}` names."
    return "Is the address right, and is the way there open? `clerk: {api_url: …}`"


def _api_version(look: Look) -> Iterator[Finding]:
    refused, version = look.greeting.refused, look.greeting.version
    if refused is not None and refused.code == "api_version_invalid":
        yield problem(f"Clerk does not take API version {API_VERSION}.", "Run a newer version of the bridge.")
    elif version is None:
        yield warning("Nothing says which API version answers.", "Does a proxy take headers away?")
    elif version != API_VERSION:
        yield warning(f"API version {version} answers, {API_VERSION} was asked for.", "Does a proxy change headers?")
    else:
        yield ok(f"API version {API_VERSION} answers.")


def _clock(look: Look) -> Iterator[Finding]:
    """A Date header has whole seconds, and the answer took a moment."""
    if look.greeting.date is None:
        yield warning("Clerk's answer has no date to compare with.", "Compare this machine's clock with a time server.")
        return
    off = abs(look.at - look.greeting.date) / 1000
    sentence = f"This machine's clock is {off:.0f} s off Clerk's."
    if off > 60:
        yield problem(sentence, "Set it by a time server: webhooks and assertions are refused by their time.")
    elif off > 5:
        yield warning(sentence, "Set it by a time server: tokens allow for 5 s.")
    else:
        yield ok("This machine's clock agrees with Clerk's.")


def _calls_limit(look: Look) -> Iterator[Finding]:
    clerk = look.settings.bridge.clerk
    most = _LIMITS[_kind(look)]
    if clerk.sandbox:
        yield ok("The sandbox has whatever limit it was started with.")
    elif clerk.calls_per_10s > most:
        sentence = f"`calls_per_10s` is {clerk.calls_per_10s}, and Clerk lets {most} through for such a key."
        yield problem(sentence, "Take `calls_per_10s` out of bridge.yaml, unless Clerk raised your limit.")
    elif clerk.calls_per_10s < most:
        yield ok(f"`calls_per_10s` leaves {most - clerk.calls_per_10s} of Clerk's {most} calls in 10 s to others.")
    else:
        yield ok(f"`calls_per_10s` is Clerk's limit, {most}.")


def _plan_limits(look: Look) -> Iterator[Finding]:
    """Asking would be doing: only what was refused already is known."""
    met = {code: count for code, count in look.ours.refused.items() if code in _PLAN_CODES}
    for code, count in met.items():
        yield problem(f"Clerk refused {_PLAN_CODES[code]} ({code}); {count} wait for it.", "Change the plan at Clerk.")
    if look.ours.locked:
        sentence = f"People only locked instead of banned, because the plan has no bans: {look.ours.locked}."
        yield warning(sentence, "A lock ends by an instance setting. Take a plan with bans.")
    if not met:
        sentence = "Whether the plan has bans, custom roles and enough seats can't be asked without doing it."
        yield by_hand(sentence, "Clerk's dashboard, Billing: B2B Authentication for custom roles in production, bans.")


CHECKS = (
    Check("key", f"{_PAGE}#the-key", _key),
    Check("api_version", f"{_PAGE}#the-api-version", _api_version),
    Check("clock", f"{_PAGE}#the-clock", _clock),
    Check("calls_limit", f"{_PAGE}#the-rate-limit", _calls_limit),
    Check("plan_limits", f"{_PAGE}#limits-of-the-plan", _plan_limits),
)
