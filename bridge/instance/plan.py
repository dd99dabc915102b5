"""PURE: what an instance has and what is wanted -> the steps between, in order. Nothing is ever taken away: a permission
or claim that somebody gave by hand stays, and is told.

A step is data. Ids that only an earlier step will bring stand in it as `IdOf`, so the whole plan can be shown before
anything is called, and a plan made after a crash holds exactly what is still missing.
"""

from collections.abc import Iterator

from bridge.clerk.jwt_templates import Template
from bridge.clerk.role_sets import RoleSet
from bridge.instance.present import Present
from bridge.instance.remarks import by_hand, left
from bridge.instance.sets import fits, initial, lacking, sets_in_use
from bridge.instance.steps import Call, IdOf, Plan, Step
from bridge.instance.wanted import CLAIMS, CLOCK_SKEW, DESCRIPTIONS, LIFETIME, RIGHTS, TEMPLATE, Right, Wanted, makeable


def plan(present: Present, wanted: Wanted) -> Plan:
    """Permissions first, then the roles that hold them, the sets that roles must be in, the token."""
    if not present.settings.enabled:
        return Plan((_organizations(),), (), ())
    steps = (
        *_permissions(present, wanted),
        *_roles(present, wanted),
        *_sets(present, wanted),
        *_template(present),
    )
    return Plan(steps, tuple(by_hand(present, wanted)), tuple(left(present, wanted)))


def _organizations() -> Step:
    call = Call("PATCH", "/instance/organization_settings", {"enabled": True})
    return Step("switch organizations on", "a workspace is an organization; what else is missing shows then", call)


def _permissions(present: Present, wanted: Wanted) -> Iterator[Step]:
    for right in RIGHTS:
        users = [key for key in wanted.roles if right in wanted.rights(key)]
        if users and not right.system and right.key not in present.permissions:
            body = {"name": right.name, "key": right.key, "description": right.description}
            why = f"for {', '.join(users)}: {right.description}"
            yield Step(f"make the permission {right.key}", why, Call("POST", "/organization_permissions", body), right.key)


def _roles(present: Present, wanted: Wanted) -> Iterator[Step]:
    for key in wanted.roles:
        rights = _possible(present, wanted, key)
        if key in present.roles:
            yield from _grown(present, key, rights)
        elif makeable(key):
            yield _made(present, wanted, key, rights)


def _grown(present: Present, key: str, rights: list[Right]) -> Iterator[Step]:
    """One permission a call: PATCH replaces the whole list, and so would undo what somebody gives meanwhile."""
    role = present.roles[key]
    path = "/organization_roles/{role}/permissions/{permission}"
    for right in rights:
        if not role.holds(right.key):
            call = Call("POST", path, ids={"role": role.id, "permission": _id(present, right.key)})
            yield Step(f"give {key} the permission {right.key}", right.description, call, needs=(right.key,))


def _made(present: Present, wanted: Wanted, key: str, rights: list[Right]) -> Step:
    word = max(wanted.roles[key])
    body = {
        "name": str(word).capitalize(),
        "key": key,
        "description": DESCRIPTIONS[word],
        "permissions": [_id(present, right.key) for right in rights],
        "include_in_initial_role_set": _has_room(present, wanted),
    }
    why = f"rules grant {', '.join(str(one) for one in wanted.roles[key])}: {DESCRIPTIONS[word]}"
    needs = tuple(right.key for right in rights)
    return Step(f"make the role {key}", why, Call("POST", "/organization_roles", body), key, needs)


def _has_room(present: Present, wanted: Wanted) -> bool:
    """Whether the set that new organizations get can take every role that is missing."""
    first = initial(present)
    return first is not None and not first.migrating and fits(first, wanted)


def _sets(present: Present, wanted: Wanted) -> Iterator[Step]:
    for one in sets_in_use(present):
        if one.migrating or not fits(one, wanted):
            continue
        missing = [key for key in lacking(one, wanted) if key in present.roles or (makeable(key) and not one.initial)]
        if missing:
            call = Call("POST", "/role_sets/{role_set}/roles", {"role_keys": missing}, {"role_set": one.id})
            why = f"{_users(present, one)} can give only the roles of this set"
            yield Step(f"add {', '.join(missing)} to {one.key}", why, call, needs=tuple(missing))
        if one.initial:
            yield from _duties(one, wanted)


def _duties(one: RoleSet, wanted: Wanted) -> Iterator[Step]:
    """Who creates a workspace by hand, and who joins one without a role named."""
    for name, now, then, who in (
        ("creator_role_key", one.creator_role, wanted.creator, "whoever creates a workspace by hand"),
        ("default_role_key", one.default_role, wanted.default, "whoever joins without a role named"),
    ):
        if then is not None and then != now:
            call = Call("PATCH", "/role_sets/{role_set}", {name: then}, {"role_set": one.id})
            yield Step(f"let {who} be {then} in {one.key}", f"it is {now or 'not set'} now", call, needs=(then,))


def _template(present: Present) -> Iterator[Step]:
    found = present.templates.get(TEMPLATE)
    if found is None:
        body = {"name": TEMPLATE, "claims": dict(CLAIMS), "lifetime": LIFETIME, "allowed_clock_skew": CLOCK_SKEW}
        why = "Convex knows people, workspace and role by this token"
        yield Step(f"make the JWT template {TEMPLATE}", why, Call("POST", "/jwt_templates", body))
    elif not found.own_key and (differ := differing(found)):
        body = {"name": TEMPLATE, "claims": {**found.claims, **CLAIMS}}
        kept = {"lifetime": found.lifetime, "allowed_clock_skew": found.clock_skew}
        why = "; ".join(f"{name} is {found.claims.get(name, 'not there')!s} now" for name in differ)
        call = Call("PATCH", "/jwt_templates/{template}", body | kept, {"template": found.id})
        yield Step(f"set {', '.join(differ)} in the JWT template {TEMPLATE}", why, call)


def differing(template: Template) -> list[str]:
    """The claims that Convex or the dashboard would miss, or read wrong."""
    return [name for name, value in CLAIMS.items() if template.claims.get(name) != value]


def _possible(present: Present, wanted: Wanted, key: str) -> list[Right]:
    """Clerk's own permissions come and go with its features: billing may not be there."""
    return [right for right in wanted.rights(key) if not right.system or right.key in present.permissions]


def _id(present: Present, key: str) -> str | IdOf:
    return present.permissions.get(key) or IdOf(key)


def _users(present: Present, one: RoleSet) -> str:
    names = present.using(one.key)
    known = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return " and ".join(filter(None, ["new workspaces" if one.initial else "", known])) or "its workspaces"
