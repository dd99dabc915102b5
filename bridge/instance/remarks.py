"""PURE: what no step can do and somebody has to, and what is more than is wanted and stays."""

from collections.abc import Iterator

from bridge.clerk.role_sets import MOST_ROLES
from bridge.instance.present import Present
from bridge.instance.sets import fits, lacking, sets_in_use
from bridge.instance.wanted import CLAIMS, CREATOR_NEEDS, TEMPLATE, Wanted, makeable

_ROLES = "the dashboard, Organizations, Roles and permissions"


def by_hand(present: Present, wanted: Wanted) -> list[str]:
    return [*_of_roles(present, wanted), *_of_sets(present, wanted), *_of_token(present)]


def _of_roles(present: Present, wanted: Wanted) -> Iterator[str]:
    for key in wanted.roles:
        if key not in present.roles and not makeable(key):
            yield f"{key} can't be a role's key: Clerk takes org: and then a-z, 0-9 and _. Mend `roles:` in bridge.yaml."
    if absent := sorted(CREATOR_NEEDS - set(present.permissions)):
        yield f"The instance has no {', '.join(absent)}, without which {wanted.owner} can't govern. Ask Clerk's support."


def _of_sets(present: Present, wanted: Wanted) -> Iterator[str]:
    for one in sets_in_use(present):
        missing = ", ".join(lacking(one, wanted))
        if one.migrating:
            yield f"Clerk moves members of {one.key} between roles. Wait until that is done; then run this again."
        elif not fits(one, wanted):
            yield (
                f"{one.key} has {len(one.roles)} roles and takes {MOST_ROLES}, so there is no room for {missing}. Take a "
                f"role out of it in {_ROLES}; then run this again."
            )
    if not sets_in_use(present):
        yield (
            "Clerk shows no role set that new workspaces get, and a role outside a set can't be given. Make one the initial "
            f"set in {_ROLES}; then run this again."
        )


def _of_token(present: Present) -> Iterator[str]:
    found = present.templates.get(TEMPLATE)
    if found is not None and found.own_key:
        yield (
            f"The JWT template {TEMPLATE} is signed with a key of its own ({found.algorithm}), which Convex can't discover. "
            "Switch *Custom signing key* off in the dashboard, JWT templates; then run this again."
        )


def left(present: Present, wanted: Wanted) -> Iterator[str]:
    for key in wanted.roles:
        if key in present.roles:
            expected = {right.key for right in wanted.rights(key)}
            extra = sorted(one.key for one in present.roles[key].permissions if one.key not in expected)
            if extra:
                yield f"{key} also has {', '.join(extra)}"
    found = present.templates.get(TEMPLATE)
    extra = sorted(set(found.claims) - set(CLAIMS)) if found is not None else []
    if extra:
        yield f"the JWT template {TEMPLATE} also has {', '.join(extra)}"
