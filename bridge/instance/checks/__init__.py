"""Every check of `doctor`, in the order in which it tells them; each explains itself on a page of docs/."""

from dataclasses import dataclass

from bridge.instance.checks import doors, keys, live, organizations, roles, tokens, webhooks
from bridge.instance.finding import Check, Finding, Verdict
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


@dataclass(frozen=True, slots=True)
class Answer:
    """One finding of one check."""

    check: Check
    finding: Finding


def judge(look: Look) -> list[Answer]:
    """PURE: every check's findings."""
    return [Answer(check, finding) for check in CHECKS for finding in _findings(check, look)]


def _findings(check: Check, look: Look) -> list[Finding]:
    try:
        return list(check.judge(look))
    except NotSeen as error:
        unread = error.unread
        return [Finding(Verdict.UNSEEN, f"Clerk did not say: {unread.sentence} ({unread.code})", "Look by hand.")]
