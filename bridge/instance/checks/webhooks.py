"""Webhooks: without them, what somebody changes by hand in Clerk shows only at the next sweep."""

from collections.abc import Iterator

from bridge.instance.finding import Check, Finding, by_hand, ok, problem, warning
from bridge.instance.look import Look

_PAGE = "docs/clerk-setup.md#webhooks"
_WHERE = "Clerk's dashboard, Webhooks"
_LATE = 300  # seconds from the event to us
_STUCK = 600  # seconds that an event may wait to be acted on
_QUIET = 7 * 86400


def _secret(look: Look) -> Iterator[Finding]:
    clerk = look.settings.bridge.clerk
    if clerk.webhook_signing_secret is None and clerk.sandbox:
        yield ok("On the sandbox `inferpipe-bridge serve` makes a signing secret and an endpoint for itself.")
    elif clerk.webhook_signing_secret is None:
        hint = f"Make an endpoint in {_WHERE}, and set CLERK_WEBHOOK_SIGNING_SECRET to its signing secret."
        yield warning("There is no signing secret, so no webhook is taken.", hint)
    else:
        yield ok("The signing secret is set.")


def _events(look: Look) -> Iterator[Finding]:
    """Clerk doesn't show its side; what came and what became of it is ours to see."""
    seen = look.ours.webhooks
    if seen.received is None or seen.happened is None:
        if look.settings.bridge.clerk.webhook_signing_secret is not None:
            yield warning("No event ever came.", f"Send a test event: {_WHERE}, the endpoint, Testing.")
        return
    waits = (look.at - seen.waiting_since) // 1000 if seen.waiting_since is not None else 0
    late, quiet = (seen.received - seen.happened) // 1000, (look.at - seen.received) // 1000
    if waits > _STUCK:
        yield problem(f"Events wait for {waits // 60} min to be acted on.", "Does the service run? See its log.")
    if late > _LATE:
        hint = f"See attempts and errors in {_WHERE}, the endpoint."
        yield warning(f"The last event came {late // 60} min after it happened.", hint)
    if quiet > _QUIET:
        yield warning(f"The last event came {quiet // 86400} days ago.", f"Is the endpoint disabled? {_WHERE}.")
    if waits <= _STUCK and late <= _LATE and quiet <= _QUIET:
        yield ok(f"The last event came {_ago(quiet)} ago, and none waits.")


def _endpoint(look: Look) -> Iterator[Finding]:
    address = f"{look.settings.bridge.public_url}/webhooks/clerk"
    sentence = f"Whether an endpoint leads to {address}, with user, organizationMembership and session events."
    yield by_hand(sentence, f"{_WHERE}, the endpoint: Subscribed events, and failed attempts.")


def _ago(seconds: int) -> str:
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


CHECKS = (
    Check("webhook_secret", _PAGE, _secret),
    Check("webhook_events", _PAGE, _events),
    Check("webhook_endpoint", _PAGE, _endpoint),
)
