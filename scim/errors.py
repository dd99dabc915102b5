"""A class per SCIM error (RFC 7644 §3.12): status, scimType, and a sentence for whoever reads the IdP's log."""

import orjson

ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """The base; `detail` is sent to the client, so it names no secret and no other tenant."""

    status = 400
    scim_type: str | None = None

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def body(self) -> bytes:
        return error_body(self.status, self.detail, self.scim_type)


class InvalidSyntax(ScimError):
    """The body is no SCIM message (§3.12)."""

    scim_type = "invalidSyntax"


class InvalidFilter(ScimError):
    """The filter can't be parsed, or asks for what is not offered (§3.4.2.2)."""

    scim_type = "invalidFilter"


class InvalidPath(ScimError):
    """A PATCH path is malformed (§3.5.2)."""

    scim_type = "invalidPath"


class NoTarget(ScimError):
    """A PATCH path matches nothing that could be changed (§3.5.2)."""

    scim_type = "noTarget"


class InvalidValue(ScimError):
    """A required value is missing, or a value doesn't fit its attribute."""

    scim_type = "invalidValue"


class Mutability(ScimError):
    """The write would change what is read-only, or immutable and already set (§3.12)."""

    scim_type = "mutability"


class InvalidCursor(ScimError):
    """No cursor of ours, or one for another query (RFC 9865 §2.1)."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    """A cursor that is too old (RFC 9865 §2.1)."""

    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    """A page of this size is not offered with a cursor (RFC 9865 §2.1)."""

    scim_type = "invalidCount"


class Forbidden(ScimError):
    status = 403


class NotFound(ScimError):
    status = 404


class MethodNotAllowed(ScimError):
    status = 405


class Conflict(ScimError):
    """An operation of a Bulk can't be carried out, because one that it names was not (§3.7.1)."""

    status = 409


class Uniqueness(ScimError):
    """Another resource has this value already."""

    status = 409
    scim_type = "uniqueness"


class PreconditionFailed(ScimError):
    status = 412


class TooLarge(ScimError):
    status = 413


class UnsupportedMediaType(ScimError):
    status = 415


class NotImplementedHere(ScimError):
    status = 501


def error_body(status: int, detail: str, scim_type: str | None = None) -> bytes:
    """The Error message of RFC 7644 §3.12."""
    body = {"schemas": [ERROR_SCHEMA], "status": str(status), "detail": detail}
    if scim_type is not None:
        body["scimType"] = scim_type
    return orjson.dumps(body)
