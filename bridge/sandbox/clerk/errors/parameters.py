"""Refusals of parameters, each of which the error names."""

from bridge.sandbox.clerk.errors.entry import Entry

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
