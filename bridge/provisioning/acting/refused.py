"""What Clerk refuses: about one person it is tried again for that person, ever more seldom, and stops nobody else.

About the workspace it blocks the workspace (rule R10, `places.block`). Clerk's own directory sync manages single users and
memberships, a plan's limit of users is nobody's workspace, and a user who is banned or belongs to one organization alone
is refused in each: none of these says anything about the next person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import structlog

from bridge.clerk.errors import ClerkError, Locked, ManagedElsewhere, Missing, NotNow
from bridge.people.grant import Grant, State
from bridge.provisioning.acting.run import Run

SOON_MS, LATER_MS, LONGEST_MS = 1_000, 60_000, 3_600_000
_OF_A_PERSON = {
    "deprovisioned",
    "user_banned",
    "user_quota_exceeded",
    "exclusive_organization_membership",
    "identification_claimed",
    "conflict",
}
log = structlog.get_logger()


class Waits(ClerkError):
    """Somebody else is just giving up what this person is to have: it takes a moment."""


class Refused(Exception):
    """Everything else is done; what was refused is tried again after `wait_ms`."""

    def __init__(self, error: ClerkError) -> None:
        super().__init__(error.sentence)
        self.error = error

    def wait_ms(self, tries: int) -> int:
        first = SOON_MS if isinstance(self.error, Waits) else LATER_MS
        return int(min(first * 2 ** min(tries, 16), LONGEST_MS))


class Refusals:
    """What was refused about one person in one run."""

    def __init__(self) -> None:
        self._errors: list[ClerkError] = []

    def add(self, error: ClerkError) -> None:
        log.warning("clerk refuses about a person", code=error.code, sentence=error.sentence, trace=error.trace)
        self._errors.append(error)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """A refusal within is kept for the end, and the rest of the run goes on. What is missing passes on."""
        try:
            yield
        except (NotNow, Missing):
            raise
        except ClerkError as error:
            self.add(error)

    def end(self) -> None:
        """Refused, if anything was: the one that waits longest."""
        if self._errors:
            raise Refused(next((one for one in self._errors if not isinstance(one, Waits)), self._errors[0]))


def about_person(error: ClerkError) -> bool:
    """Would somebody else be taken in the same workspace?"""
    return isinstance(error, ManagedElsewhere | Locked) or error.code in _OF_A_PERSON


async def put_off(run: Run, row: Grant, error: ClerkError) -> None:
    """This row is blocked, nobody else's is; said once."""
    blocked = replace(row, state=State.BLOCKED, cause=error.sentence)
    before = next((one for one in run.situation.grants if one.workspace == row.workspace), None)
    known = before is not None and (before.state, before.cause) == (State.BLOCKED, error.sentence)
    facts = {"workspace": run.situation.workspaces[row.workspace].reference, "code": error.code, "sentence": error.sentence}
    await run.record(rows=[blocked], event=None if known else run.event("membership.refused", facts))
