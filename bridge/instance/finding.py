"""What a check of the Clerk instance found, and what such a check is."""

from bridge import finding
from bridge.finding import Answer, Finding, Verdict, by_hand, ok, problem, some, unseen, warning
from bridge.instance.look import Look

Check = finding.Check[Look]

__all__ = ["Answer", "Check", "Finding", "Verdict", "by_hand", "ok", "problem", "some", "unseen", "warning"]
