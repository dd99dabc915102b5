"""One person in one workspace as the model believes it to be, and what a decision is made from."""

from collections.abc import Hashable
from typing import NamedTuple

RANKS = {"viewer": 1, "editor": 2, "admin": 3, "owner": 4}
GOVERNORS = {"owner", "admin"}  # Clerk keeps at least one who holds these permissions


def rank(role: str | None) -> int:
    return RANKS.get(role or "", 0)


class Hold(NamedTuple):
    """What a hold says about a loss. `answer`: waiting, approved or discarded; `facts` matter to a discard only."""

    answer: str
    to: str | None
    facts: Hashable = None


class Row(NamedTuple):
    """What the bridge believes, and beside it what Clerk really has.

    `role` is believed, `actual` is true; `same`: the membership there is the one that is known by its id; `made`: the bridge
    made it. `linked`: the bridge knows the Clerk user; `there`: that user still exists. `open`: a claim never ended, so the
    next one looks first. `looked`: since they left, somebody without a known user was looked for by address, in vain.
    """

    decided: str | None = None
    role: str | None = None
    ours: bool = False
    before: str | None = None
    word: str = ""
    connections: frozenset[str] = frozenset()
    hold: Hold | None = None
    actual: str | None = None
    same: bool = False
    made: bool = False
    linked: bool = False
    there: bool = True
    open: bool = False
    looked: bool = False


class Want(NamedTuple):
    """What the rules decide for one workspace, and by whose rules."""

    role: str
    connections: frozenset[str]


class Facts(NamedTuple):
    """What a plan is made from. `digest` changes with every fact about the person; `somewhere`: some workspace is decided.

    `reach`: whose accounts they are. `takes`: a leaver whom no rule gave anything loses what was there before us (R3).
    `conflict`: the address belongs to another person's Clerk user.
    """

    active: bool
    revoked: bool
    want: Want | None
    somewhere: bool
    digest: Hashable
    reach: frozenset[str] = frozenset()
    takes: bool = True
    conflict: bool = False


class Terms(NamedTuple):
    """What the operator wrote, and what Clerk refuses. `leave`: memberships from before us stay; `additive`: connections
    that take nothing away; `full`: Clerk takes no more members, so the workspace may be blocked (R10)."""

    leave: bool
    additive: frozenset[str]
    full: bool = False
