"""Refusals about what an instance has: templates, directories, identifiers that are allowed or blocked."""

from bridge.sandbox.clerk.errors.entry import Entry

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
