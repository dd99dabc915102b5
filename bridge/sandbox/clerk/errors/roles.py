"""Refusals about roles, permissions and role sets."""

from bridge.sandbox.clerk.errors.entry import Entry

ROLE_NOT_FOUND = Entry("OrganizationRoleNotFound", 404, "resource_not_found", "not found", "Organization role not found")
ROLES_QUOTA = Entry(
    "OrganizationInstanceRolesQuotaExceeded",
    403,
    "organization_instance_roles_quota_exceeded",
    "organization roles for instance quota exceeded",
    "You have reached your limit of <limit> organization roles per instance.",
)
ROLE_ASSIGNED = Entry(
    "OrganizationRoleAssignedToMembers",
    422,
    "organization_role_assigned_members",
    "role is assigned to organization members",
    "The organization role is currently assigned to one or more organization members.",
)
ROLE_OF_CREATOR = Entry(
    "OrganizationRoleUsedAsCreatorRole",
    422,
    "organization_role_default_creator_role",
    "role is used as the creator role",
    "The organization role cannot be deleted as it is currently used as the creator role.",
)
CREATOR_PERMISSIONS = Entry(
    "OrganizationMissingCreatorRolePermissions",
    422,
    "organization_missing_creator_role_permissions",
    "missing permissions for creator role",
    "The creator role must contain the following permissions: <permissionKeys>",
)
PERMISSION_NOT_FOUND = Entry(
    "OrganizationPermissionNotFound", 404, "resource_not_found", "not found", "Organization permission not found"
)
PERMISSION_HELD = Entry(
    "OrganizationRolePermissionAssociationExists",
    409,
    "organization_role_permission_association_exists",
    "permission already assigned to role",
    "This organization permission is already associated to this organization role.",
)
PERMISSION_NOT_HELD = Entry(
    "OrganizationRolePermissionAssociationNotFound",
    404,
    "organization_role_permission_association_not_found",
    "permission not assigned to role",
    "This organization permission is not associated with the organization role.",
)
ROLE_ON_SET_ASSIGNED = Entry(
    "OrganizationRoleOnSetAssignedToUser",
    422,
    "organization_role_on_set_assigned_to_user",
    "role is assigned to users",
    "The role <roleKey> is assigned to one or more users. Please re-assign the role to the users to proceed.",
)
ROLE_SETS_QUOTA = Entry(
    "OrganizationInstanceRoleSetsQuotaExceeded",
    403,
    "organization_instance_role_sets_quota_exceeded",
    "organization role sets for instance quota exceeded",
    "You have reached your limit of <limit> organization role sets per instance.",
)
MAPPINGS_MISSING = Entry(
    "OrganizationRoleSetReassignmentMappingsMissing",
    422,
    "organization_role_set_reassignment_mappings_missing",
    "reassignment mappings missing",
    "The following roles are missing from the reassignment mappings: <roleKeys>",
)
MAPPINGS_INVALID = Entry(
    "OrganizationRoleSetReassignmentMappingsInvalid",
    422,
    "organization_role_set_reassignment_mappings_invalid",
    "reassignment mappings invalid",
    "The role <roleKey> is invalid in the reassignment mappings. It must be present in the new role set.",
)
SYSTEM_PERMISSION = Entry(
    "OrganizationSystemPermissionNotModifiable",
    403,
    "organization_system_permission_not_modifiable",
    "organization system permission cannot be modified",
    "This organization permission cannot be modified because it is a system permission.",
)
ROLE_INVITED = Entry(
    "OrganizationRoleExistsInInvitations",
    422,
    "organization_role_exists_in_invitations",
    "role exists in pending organization invitations",
    "The organization role exists in one or more pending organization invitations. Please revoke these invitations to"
    " proceed.",
)
