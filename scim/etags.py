"""ETags (RFC 7644 §3.14): a resource's version, weak because two renderings of one version may differ in bytes."""

from scim.errors import PreconditionFailed


def etag(version: int) -> str:
    """The ETag of a version."""
    return f'W/"{version}"'


def require(if_match: str | None, version: int) -> None:
    """PreconditionFailed unless the client's If-Match (None: it sent none) names this version."""
    if if_match is not None and not _names(if_match, version):
        raise PreconditionFailed("The resource was changed since it was read.")


def unchanged(if_none_match: str | None, version: int) -> bool:
    """Whether the client's If-None-Match says that it has this version."""
    return if_none_match is not None and _names(if_none_match, version)


def _names(header: str, version: int) -> bool:
    tags = [tag.strip() for tag in header.split(",")]
    return "*" in tags or any(tag.removeprefix("W/") == f'"{version}"' for tag in tags)
