"""Every check of `doctor`, in the order in which it tells them; each explains itself on a page of docs/."""

from bridge.instance.checks import doors, keys, live, organizations, roles, tokens, webhooks
from bridge.instance.finding import Answer, Check, Finding, unseen
from bridge.instance.look import Look, NotSeen

CHECKS: tuple[Check, ...] = (
    *keys.CHECKS,
    *roles.CHECKS,
    *organizations.CHECKS,
    *tokens.CHECKS,
    *live.CHECKS,
    *webhooks.CHECKS,
    *doors.CHECKS,
)


def judge(look: Look) -> list[Answer]:
    """PURE: every check's findings."""
    return [Answer(check, found) for check in CHECKS for found in _findings(check, look)]


def _findings(check: Check, look: Look) -> list[Finding]:
    try:
        return list(check.judge(look))
    except NotSeen as error:
        return [unseen(f"Clerk did not say: {error.unread.sentence} ({error.unread.code})", "Look by hand.")]
