"""Everything that `saml doctor` judges of one connection, in the order in which it tells it; docs/saml.md explains each."""

from bridge.answers.saml.doctor import people, setup, trust
from bridge.answers.saml.doctor.look import Look
from bridge.finding import Answer, Check

CHECKS: tuple[Check[Look], ...] = (*setup.CHECKS, *trust.CHECKS, *people.CHECKS)


def judge(look: Look) -> list[Answer]:
    """PURE: every check's findings."""
    return [Answer(check, found) for check in CHECKS for found in check.judge(look)]
