"""PURE: the role sets that matter to us, and whether what is missing has room in them."""

from bridge.clerk.role_sets import MOST_ROLES, RoleSet
from bridge.instance.present import Present
from bridge.instance.wanted import Wanted


def initial(present: Present) -> RoleSet | None:
    return next((one for one in present.role_sets if one.initial), None)


def sets_in_use(present: Present) -> list[RoleSet]:
    """The one that new organizations get, and those of the workspaces we govern."""
    return [one for one in present.role_sets if one.initial or present.using(one.key)]


def lacking(one: RoleSet, wanted: Wanted) -> list[str]:
    return [key for key in wanted.roles if key not in one.roles]


def fits(one: RoleSet, wanted: Wanted) -> bool:
    return len(one.roles) + len(lacking(one, wanted)) <= MOST_ROLES
