"""Roles, their permissions, and the role sets that workspaces choose from."""

from collections.abc import Iterator

from bridge.instance.finding import Check, Finding, ok, problem, some, warning
from bridge.instance.look import Look, NotSeen, Unread, seen
from bridge.instance.present import Present
from bridge.instance.sets import initial, lacking, sets_in_use
from bridge.instance.wanted import CREATOR_NEEDS

_PAGE = "docs/clerk-setup.md"
_SETUP = "`inferpipe-bridge clerk setup` makes what is missing."


def _enabled(look: Look) -> Iterator[Finding]:
    if seen(look.present).settings.enabled:
        yield ok("Organizations are on.")
    else:
        yield problem(
            "Organizations are off, so there are no workspaces.", "`inferpipe-bridge clerk setup` switches them on."
        )


def _roles(look: Look) -> Iterator[Finding]:
    """Without a role in Clerk, a workspace is blocked for everybody whom a rule gives it."""
    present = _on(look)
    missing = [key for key in look.wanted.roles if key not in present.roles]
    if missing:
        yield problem(f"The instance has no {some(missing)}.", _SETUP)
    else:
        yield ok(f"The instance has {some(look.wanted.roles, 4)}.")


def _permissions(look: Look) -> Iterator[Finding]:
    present, short = _on(look), 0
    for key in look.wanted.roles:
        role = present.roles.get(key)
        rights = [right.key for right in look.wanted.rights(key) if not right.system or right.key in present.permissions]
        without = [right for right in rights if role is not None and not role.holds(right)]
        short += len(without)
        grave = CREATOR_NEEDS & set(without)
        if key == look.wanted.owner and grave:
            yield problem(f"{key} lacks {some(sorted(grave))}: Clerk counts nobody as owner of a workspace.", _SETUP)
        elif without:
            yield warning(f"{key} lacks {some(without)}.", _SETUP)
    if not short:
        yield ok("Each role has the permissions that the dashboard gives it.")


def _role_sets(look: Look) -> Iterator[Finding]:
    present, good = _on(look), True
    for one in sets_in_use(present):
        missing = lacking(one, look.wanted)
        users = some(present.using(one.key)) or "new workspaces"
        good = good and not missing and not one.migrating
        if missing:
            sentence = f"{one.key} has no {some(missing)}, so not every role can be given in {users}."
            yield problem(sentence, _SETUP)
        if one.migrating:
            hint = "Until it is done, memberships there may be refused; they are tried again by themselves."
            yield warning(f"Clerk moves members of {one.key} between roles.", hint)
    if not sets_in_use(present):
        yield problem("Clerk shows no role set that workspaces could use.", "Clerk's dashboard, Organizations, Roles.")
    elif good:
        yield ok("Every workspace can give each of the roles.")


def _creator(look: Look) -> Iterator[Finding]:
    first = initial(_on(look))
    creator, owner = first.creator_role if first else None, look.wanted.owner
    if creator == owner:
        yield ok(f"Whoever creates a workspace by hand becomes {owner}.")
    else:
        sentence = f"Whoever creates a workspace by hand becomes {creator or 'nothing known'}, not {owner}."
        yield warning(sentence, "`inferpipe-bridge clerk setup` sets it; or nobody may create workspaces by hand.")


def _on(look: Look) -> Present:
    """Where organizations are off, Clerk tells nothing about them; that is a finding of its own."""
    present = seen(look.present)
    if not present.settings.enabled:
        raise NotSeen(Unread("organization_not_enabled_in_instance", "organizations are off."))
    return present


CHECKS = (
    Check("organizations", f"{_PAGE}#organizations", _enabled),
    Check("roles", f"{_PAGE}#roles-and-permissions", _roles),
    Check("permissions", f"{_PAGE}#roles-and-permissions", _permissions),
    Check("role_sets", f"{_PAGE}#role-sets", _role_sets),
    Check("creator_role", f"{_PAGE}#role-sets", _creator),
)
