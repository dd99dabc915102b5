"""Refusals about organizations, memberships, invitations and domains."""

from bridge.sandbox.clerk.errors.entry import Entry

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
