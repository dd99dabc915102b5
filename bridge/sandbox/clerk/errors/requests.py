"""Refusals of any request, whatever it is about: the key, the version, the body, the rate, the plan."""

from bridge.sandbox.clerk.errors.entry import Entry, Refused


def too_many_requests(retry_after: int) -> Refused:
    """429 with `Retry-After`; the catalogue has no row for it, the text is the one Clerk's own clients quote."""
    sentence = "Too many requests. Please try again in a bit."
    item = {"message": sentence, "long_message": sentence, "code": "too_many_requests"}
    return Refused(429, [item], {"Retry-After": str(retry_after)})


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
PLAN_LACKS = Entry(
    "UnsupportedSubscriptionPlanFeatures",
    402,
    "unsupported_subscription_plan_features",
    "Unsupported plan features",
    "Some features are not supported in your current plan. Upgrade your subscription to unlock them.",
)
