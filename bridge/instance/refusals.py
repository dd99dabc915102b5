"""What to do by hand when Clerk refuses a step of `setup`, by its code. Limits of plans can't be asked for beforehand."""

from collections.abc import Mapping

from bridge.clerk.errors import ClerkError

_AGAIN = "then run this again."
_ROLES = "the dashboard, Organizations, Roles and permissions"
_PLAN = (
    "Custom roles and permissions are free in development; in production they need the B2B Authentication add-on. Add it, "
    "or let words share roles that are there, such as `roles: {owner: org:admin, admin: org:admin}`."
)
ADVICE: Mapping[str, str] = {
    "unsupported_subscription_plan_features": _PLAN,
    "http_402": _PLAN,
    "organization_instance_roles_quota_exceeded": f"Delete a role that nobody has in {_ROLES}; {_AGAIN}",
    "organization_instance_role_sets_quota_exceeded": f"Delete a role set that nobody uses in {_ROLES}; {_AGAIN}",
    "role_migration_in_progress": f"Clerk moves members between roles. Wait until the dashboard says it is done; {_AGAIN}",
    "organization_not_enabled_in_instance": f"Switch organizations on in the dashboard, Organizations, Settings; {_AGAIN}",
    "organization_missing_creator_role_permissions": "Give that role the permissions named, or use `--creator keep`.",
    "jwt_template_reserved_claim": f"Take that claim out of the template in the dashboard, JWT templates; {_AGAIN}",
    "form_already_exists": f"Somebody made it meanwhile; {_AGAIN}",
    "form_identifier_exists": f"Somebody made it meanwhile; {_AGAIN}",
}


def advice(error: ClerkError) -> str:
    """One thing to do; at worst, whom to ask."""
    found = ADVICE.get(error.code) or ADVICE.get(f"http_{error.status}")
    asked = f" with the trace id {error.trace}" if error.trace else ""
    return found or f"Do it in the dashboard, or ask Clerk's support{asked}; {_AGAIN}"
