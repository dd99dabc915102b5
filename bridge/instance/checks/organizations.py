"""The workspaces that files name: whether they are there, and have room for everybody who is to be in them."""

from collections import Counter
from collections.abc import Iterator

from bridge.clerk.entrances import Room
from bridge.counted import people
from bridge.instance.finding import Check, Finding, by_hand, ok, problem, some, warning
from bridge.instance.governed import Governed
from bridge.instance.look import Look, Unread, seen

_PAGE = "docs/clerk-setup.md"
_NEARLY = 0.9


def _workspaces(look: Look) -> Iterator[Finding]:
    rooms = seen(look.present).rooms
    gone = [one for key, one in look.governed.items() if key not in rooms]
    blocked = [one for one in look.ours.governed if one.blocked_code is not None and one not in gone]
    for one in gone:
        hint = "Was it deleted? Take it out of the connection file, or name another."
        yield problem(f"{one.name}: Clerk has no organization {one.organization}.", hint)
    for one in blocked:
        yield problem(f"{one.name} is blocked: {one.blocked_sentence} ({one.blocked_code})", "`inferpipe-bridge status`")
    if not gone and not blocked:
        yield ok(f"Clerk has every workspace that is in use: {len(rooms)}.")


def _member_caps(look: Look) -> Iterator[Finding]:
    """A cap counts members and pending invitations; those decided and not in yet come on top."""
    present, invited = seen(look.present), _invited(look)
    tight = 0
    for key, room in present.rooms.items():
        found = _cap(look.governed[key], room, invited[key])
        tight += found is not None
        if found is not None:
            yield found
    most = present.settings.most_members
    for one in look.ours.governed:
        if one.organization is None and most and one.decided > most:
            tight += 1
            sentence = f"{one.name} is still to be made and gets {people(one.decided)}; new organizations hold {most}."
            yield problem(sentence, "Clerk's dashboard, Organizations, Settings, membership limit.")
    if not tight:
        yield ok("Every workspace has room for everybody who is to be in it.")


def _cap(one: Governed, room: Room, invited: int) -> Finding | None:
    most, after = room.most_members, room.members + invited + one.coming
    if most == 0 or after < most * _NEARLY:
        return None
    hint = f"Raise the membership limit of {room.name} ({room.id}) in Clerk's dashboard, or 0 for none."
    sentence = f"{one.name} holds {most}: {room.members} members, {invited} invited, {one.coming} still to come."
    return problem(sentence, hint) if after > most else warning(sentence, hint)


def _invited(look: Look) -> Counter[str]:
    """How many pending invitations; none where Clerk doesn't say, which is a finding of another check."""
    found = () if isinstance(look.invitations, Unread) else look.invitations
    return Counter(one.organization for one in found)


def _slugs(look: Look) -> Iterator[Finding]:
    """A slug is looked up once; from then on the id counts."""
    by_slug = [one for one in look.ours.governed if "/" not in one.reference and not one.reference.startswith("org_")]
    unpinned = [one for one in by_slug if one.organization is None]
    if seen(look.present).settings.slugs or not by_slug:
        yield ok("Slugs are on." if seen(look.present).settings.slugs else "Slugs are off, and no file names one.")
    elif unpinned:
        sentence = f"Slugs are off, and files name {some(one.reference for one in unpinned)}, which was never found."
        yield problem(sentence, "Write the organization's id (org_…) into the connection file.")
    else:
        sentence = f"Slugs are off; {some(one.reference for one in by_slug)} was found while they were on."
        yield warning(sentence, "Write the organization's id (org_…) into the connection file.")


def _membership_required(look: Look) -> Iterator[Finding]:
    """The Backend API doesn't show the setting, but its refusal does."""
    where = "Clerk's dashboard, Organizations, Settings: membership required, or personal accounts allowed."
    if met := look.ours.refused.get("personal_accounts_not_allowed", 0):
        sentence = f"Membership is required: last memberships that Clerk kept, so that a ban or lock stands in: {met}."
        yield warning(
            sentence, "Allow personal accounts in Clerk's dashboard, Organizations, Settings, if that is not meant."
        )
    else:
        yield by_hand("Whether everybody must be in an organization. If so, a last membership can't be taken.", where)


CHECKS = (
    Check("workspaces", f"{_PAGE}#workspaces", _workspaces),
    Check("member_caps", f"{_PAGE}#member-caps", _member_caps),
    Check("slugs", f"{_PAGE}#slugs", _slugs),
    Check("membership_required", f"{_PAGE}#membership-required", _membership_required),
)
