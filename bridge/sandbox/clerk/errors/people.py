"""Refusals about users, their addresses, sessions and tickets."""

from bridge.sandbox.clerk.errors.entry import Entry

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
