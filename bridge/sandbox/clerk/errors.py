"""What Clerk answers when it refuses: the entries of its published error catalogue that the sandbox uses.

Each entry carries the catalogue's own name, status and code, and its sentences where it has them, so that a test can hold
them against it.
`raise USER_NOT_FOUND(userID=…)` fills a sentence; `param=` names the parameter in the error's `meta`.
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Refused(Exception):
    """A request Clerk refuses: the status, and the objects of the body's `errors`."""

    status: int
    errors: list[dict[str, Any]]
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the catalogue; calling it makes the refusal."""

    name: str
    status: int
    code: str
    short: str
    long: str

    def item(self, param: str | None = None, **values: object) -> dict[str, Any]:
        """The error object, with the sentence's placeholders filled."""
        if param is not None:
            values = {"param": param} | values
        item: dict[str, Any] = {
            "message": _filled(self.short, values),
            "long_message": _filled(self.long, values),
            "code": self.code,
        }
        if param is not None:
            item["meta"] = {"param_name": param}
        return item

    def __call__(self, param: str | None = None, **values: object) -> Refused:
        return Refused(self.status, [self.item(param, **values)])


def _filled(sentence: str, values: dict[str, object]) -> str:
    for name, value in values.items():
        sentence = sentence.replace(f"<{name}>", str(value))
    return sentence


def too_many_requests(retry_after: int) -> Refused:
    """429 with `Retry-After`; the catalogue has no row for it, the text is the one Clerk's own clients quote."""
    sentence = "Too many requests. Please try again in a bit."
    item = {"message": sentence, "long_message": sentence, "code": "too_many_requests"}
    return Refused(429, [item], {"Retry-After": str(retry_after)})


# the request itself
AUTHORIZATION_FORMAT = Entry(
    "InvalidAuthorizationHeaderFormat",
    401,
    "authorization_header_format_invalid",
    "Invalid Authorization header format",
    "Invalid Authorization header format. Must be 'Bearer <YOUR_API_KEY>'",
)
KEY_INVALID = Entry(
    "InvalidClerkSecretKey",
    401,
    "clerk_key_invalid",
    "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.",
    "The provided Clerk Secret Key is invalid. Make sure that your Clerk Secret Key is correct.",
)
API_VERSION = Entry(
    "InvalidAPIVersion", 400, "api_version_invalid", "invalid API version", "Invalid Clerk API version: <reason>"
)
BODY_INVALID = Entry(
    "InvalidRequestBody",
    400,
    "request_body_invalid",
    "Request body invalid",
    "The request body is invalid. Please consult the API documentation for more information.",
)
BODY_TOO_LARGE = Entry(
    "RequestBodyTooLarge",
    413,
    "request_body_too_large",
    "Request body too large",
    "The request body exceeds the maximum allowed size of <size> bytes.",
)
CONTENT_TYPE = Entry(
    "UnsupportedContentType",
    415,
    "unsupported_content_type",
    "Content-Type is unsupported",
    "Content-Type <actual> is unsupported. You should use <expected> instead.",
)
QUERY_MISSING = Entry(
    "MissingOneOfQueryParameters",
    400,
    "missing_query_parameter",
    "Missing query parameter",
    "Either of the following query parameters must be provided: <parameters>.",
)
BULK_SIZE = Entry(
    "BulkSizeExceeded",
    400,
    "bulk_size_exceeded",
    "bulk size exceeded",
    "Parameters exceed the maximum allowed bulk processing size of <size>.",
)
RESOURCE_NOT_FOUND = Entry("ResourceNotFound", 404, "resource_not_found", "not found", "Resource not found")
UNEXPECTED = Entry(
    "Unexpected",
    500,
    "internal_clerk_error",
    "Oops, an unexpected error occurred",
    "There was an internal error on our servers. We've been notified and are working on fixing it.",
)
UNAVAILABLE = Entry("ServiceUnavailable", 503, "service_unavailable", "Service unavailable", "Service unavailable")
TIMEOUT = Entry("GatewayTimeout", 504, "gateway_timeout", "Gateway Timeout", "A request to a 3rd party service timed out")
BUSY = Entry(
    "ResourceBusy",
    409,
    "resource_locked",
    "resource busy",
    "This resource is currently being modified by another request. Please try again.",
)

# parameters
MISSING = Entry("FormMissingParameter", 422, "form_param_missing", "is missing", "<param> must be included.")
UNKNOWN = Entry(
    "FormUnknownParameter",
    422,
    "form_param_unknown",
    "is unknown",
    "<param> is not a valid parameter for this request.",
)
NOT_ENABLED = Entry(
    "FormUnknownParameterDueToDisabledFeature",
    422,
    "form_param_unknown",
    "is unknown",
    "<param> is not a valid parameter for this request.<possibleResolution>",
)
WRONG_TYPE = Entry(
    "FormInvalidTypeParameter", 422, "form_param_type_invalid", "is invalid", "`<param>` must be a `<paramType>`."
)
VALUE = Entry(
    "FormInvalidParameterValue",
    422,
    "form_param_value_invalid",
    "is invalid",
    "<value> does not match one of the allowed values for parameter <param>",
)
NAME_INVALID = Entry(
    "OrganizationNameInvalid",
    422,
    "form_param_value_invalid",
    "invalid organization name",
    "The organization name <value> is invalid: <name>",
)
FORMAT = Entry("FormInvalidParameterFormat", 422, "form_param_format_invalid", "is invalid", "<param> is invalid.")
EMAIL_FORMAT = Entry(
    "FormInvalidEmailAddress",
    422,
    "form_param_format_invalid",
    "is invalid",
    "<param> must be a valid email address.",
)
TIME_FORMAT = Entry(
    "FormInvalidTime",
    422,
    "form_param_invalid_time",
    "invalid format",
    "<param> must contain a datetime specified in RFC3339 format (e.g. `2022-10-20T10:00:27.645Z`).",
)
TOO_LONG = Entry(
    "FormParameterMaxLengthExceeded",
    422,
    "form_param_max_length_exceeded",
    "exceeds maximum length",
    "<param> should not exceed <size> characters.",
)
TOO_BIG = Entry(
    "FormParameterSizeTooLarge",
    422,
    "form_param_exceeds_allowed_size",
    "exceeds allowed size",
    "<param> exceeds the allowed size of <size> bytes.",
)
TOO_MANY_VALUES = Entry(
    "FormParameterArraySizeExceeded",
    422,
    "form_param_array_size_exceeded",
    "exceeds maximum size",
    "<param> should not exceed <size> items.",
)
LENGTH_MISMATCH = Entry(
    "FormParameterArrayLengthMismatch",
    422,
    "form_param_array_length_mismatch",
    "length mismatch",
    "<param> must contain exactly one item for each item in <otherParam>.",
)
PASSWORD_SHORT = Entry(
    "FormInvalidPasswordLengthTooShort",
    422,
    "form_password_length_too_short",
    "Passwords must be 8 characters or more.",
    "Passwords must be 8 characters or more.",
)
NOT_WITH = Entry(
    "FormParameterNotAllowedIfAnotherParameterIsPresent",
    422,
    "form_conditional_param_disallowed",
    "is not allowed",
    "`<param>` isn't allowed when `<existingParam>` is present.",
)
EXISTS = Entry(
    "FormIdentifierExists",
    422,
    "form_identifier_exists",
    "already exists",
    "That <param> is taken. Please try another.",
)
NEEDS_VERIFICATION = Entry(
    "FormUnverifiedIdentification",
    422,
    "form_verification_needed",
    "is unverified",
    "This identification needs to be verified before you can perform this action.",
)
REFERENCE_MISSING = Entry(
    "FormMissingResource",
    422,
    "form_resource_not_found",
    "is missing",
    "The resource associated with the supplied <param> was not found.",
)
PLAN_LACKS = Entry(
    "UnsupportedSubscriptionPlanFeatures",
    402,
    "unsupported_subscription_plan_features",
    "Unsupported plan features",
    "Some features are not supported in your current plan. Upgrade your subscription to unlock them.",
)

# people
USER_NOT_FOUND = Entry("UserNotFound", 404, "resource_not_found", "not found", "No user was found with id <userID>")
USER_BANNED = Entry(
    "UserBanned",
    403,
    "user_banned",
    "User banned",
    "You have been banned. If you think this was by mistake, please contact support.",
)
USERS_QUOTA = Entry(
    "UserQuotaExceeded",
    403,
    "user_quota_exceeded",
    "user quota exceeded",
    "You have reached your limit of <limit> users. <maxAllowed>",
)
USER_MANAGED = Entry(
    "UserSCIMManaged",
    409,
    "user_managed_by_scim",
    "user managed by directory sync",
    "This user is managed by a directory and cannot be deleted manually.",
)
ATTRIBUTE_MANAGED = Entry(
    "SCIMAttributeManagedByDirectory",
    409,
    "attribute_managed_by_scim",
    "attribute managed by directory sync",
    "attribute managed by directory sync",
)
DATA_MISSING = Entry(
    "UserDataMissing",
    422,
    "form_data_missing",
    "missing data",
    "<names> data doesn't match user requirements set for this instance",
)
IDENTIFICATION_NOT_FOUND = Entry(
    "IdentificationNotFound", 404, "resource_not_found", "Resource not found", "Resource not found"
)
LAST_IDENTIFICATION = Entry(
    "LastIdentificationDeletionFailed",
    400,
    "identification_deletion_failed",
    "Deletion failed",
    "You cannot delete your last identification.",
)
SESSION_NOT_FOUND = Entry(
    "SessionNotFound", 404, "resource_not_found", "Session not found", "No session was found with id <sessionID>"
)
TICKET_NOT_PENDING = Entry(
    "SignInTokenCannotBeRevoked",
    400,
    "sign_in_token_cannot_be_revoked_code",
    "cannot revoke",
    "Sign in token cannot be revoked because its status is <status>. Only pending tokens can be revoked.",
)
RESERVED_CLAIM = Entry(
    "JWTTemplateReservedClaim",
    400,
    "jwt_template_reserved_claim",
    "reserved claim used",
    "You can't use the reserved claim: '<claim>'",
)
TEMPLATE_NOT_FOUND = Entry(
    "JWTTemplateNotFound",
    404,
    "resource_not_found",
    "JWT template not found",
    "No JWT template exists with <attribute>: <val>",
)

# organizations, memberships, roles
ORGANIZATION_NOT_FOUND = Entry(
    "OrganizationNotFound", 404, "resource_not_found", "not found", "Given organization not found."
)
ORGANIZATIONS_OFF = Entry(
    "OrganizationNotEnabledInInstance",
    403,
    "organization_not_enabled_in_instance",
    "access denied",
    "The organizations feature is not enabled for this instance. You can enable it at https://dashboard.clerk.com.",
)
ORGANIZATIONS_QUOTA = Entry(
    "OrganizationQuotaExceeded",
    403,
    "organization_quota_exceeded",
    "organization quota exceeded",
    "You have reached your limit of <limit> organizations. You can remove the organization limit by upgrading to a paid plan"
    " or using a production instance.",
)
SLUGS_OFF = Entry(
    "OrganizationSlugsDisabled",
    403,
    "organization_slugs_disabled",
    "organization slugs not enabled",
    "This instance does not have slugs enabled for organizations.",
)
MEMBERSHIP_MANAGED = Entry(
    "OrganizationMembershipSCIMManaged",
    409,
    "organization_membership_managed_by_scim",
    "membership role managed by directory sync",
    "This membership is managed by a directory and cannot be changed manually.",
)
CREATOR_NOT_FOUND = Entry(
    "OrganizationCreatorNotFound",
    400,
    "organization_creator_not_found",
    "creator not found",
    "No users found with id <userID>.",
)
ALREADY_A_MEMBER = Entry(
    "AlreadyAMemberOfOrganization",
    400,
    "already_a_member_in_organization",
    "already a member",
    "<user> is already a member of the organization.",
)
MINIMUM_PERMISSIONS = Entry(
    "OrganizationMinimumPermissionsNeeded",
    400,
    "organization_minimum_permissions_needed",
    "minimum organization permissions needed",
    "There has to be at least one organization member with the minimum required permissions",
)
MEMBERSHIP_QUOTA = Entry(
    "OrganizationMembershipQuotaExceeded",
    403,
    "organization_membership_quota_exceeded",
    "organization membership quota exceeded",
    "You have reached your limit of <limit> organization memberships, including outstanding invitations.",
)
PERSONAL_ACCOUNTS = Entry(
    "PersonalAccountsNotAllowed",
    422,
    "personal_accounts_not_allowed",
    "personal accounts are not allowed",
    "You must maintain at least one organization membership since personal accounts are not allowed on the application",
)
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
INVITATION_NOT_UNIQUE = Entry(
    "OrganizationInvitationNotUnique",
    400,
    "organization_invitation_not_unique",
    "organization invitation not unique",
    "Organizations cannot have duplicate pending invitations for an email address.",
)
INVITATION_NOT_PENDING = Entry(
    "OrganizationInvitationNotPending",
    404,
    "organization_invitation_not_pending",
    "not pending",
    "The organization invitation is not in the 'pending' status.",
)
PERMISSION_MISSING = Entry(
    "MissingOrganizationPermission",
    403,
    "missing_organization_permission",
    "missing permission",
    "Current user is missing an organization permission.",
)
DOMAINS_OFF = Entry(
    "OrganizationDomainsNotEnabled",
    403,
    "organization_domains_not_enabled",
    "organization domains not enabled",
    "This instance does not have domains enabled for organizations.",
)
DOMAIN_MODE_OFF = Entry(
    "OrganizationDomainEnrollmentModeNotEnabled",
    403,
    "organization_domain_enrollment_mode_not_enabled",
    "organization enrollment mode not enabled",
    "Enrollment mode <enrollmentMode> is not enabled for this instances's organizations.",
)
DOMAIN_TAKEN = Entry(
    "OrganizationDomainAlreadyExists",
    422,
    "organization_domain_already_exists",
    "organizaton domain already exists",
    "This domain is already used by another organization.",
)
DOMAIN_OURS = Entry(
    "OrganizationDomainAlreadyExistsForSameOrganization",
    422,
    "organization_domain_already_exists_same_organization",
    "organization domain already exists",
    "This domain is already used by your organization.",
)

# beside organizations
DIRECTORY_OF_CONNECTION = Entry(
    "SCIMDirectoryEnterpriseConnectionAlreadyUsed",
    422,
    "scim_directory_enterprise_connection_already_used",
    "enterprise connection already in use",
    "This enterprise connection is already associated with another directory.",
)
DIRECTORY_OF_ORGANIZATION = Entry(
    "SCIMDirectoryOrganizationAlreadyUsed",
    400,
    "scim_directory_organization_already_used",
    "organization already has a SCIM directory",
    "This organization is already associated with another SCIM directory.",
)
ALLOWED_ALREADY = Entry(
    "DuplicateAllowlistIdentifier",
    400,
    "duplicate_record",
    "duplicate allowlist identifier",
    "the identifier <identifier> already exists",
)
BLOCKED_ALREADY = Entry(
    "DuplicateBlocklistIdentifier",
    400,
    "duplicate_record",
    "duplicate blocklist identifier",
    "the identifier <identifier> already exists",
)
ALLOWED_NOT_FOUND = Entry(
    "AllowlistIdentifierNotFound",
    404,
    "resource_not_found",
    "Identifier not found",
    "No identifier was found with id <identifierID>",
)
BLOCKED_NOT_FOUND = Entry(
    "BlocklistIdentifierNotFound",
    404,
    "resource_not_found",
    "Identifier not found",
    "No identifier was found with id <identifierID>",
)
