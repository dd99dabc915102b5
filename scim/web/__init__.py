"""The SCIM endpoints over aiohttp; the host mounts them, says who calls and gives a door to the store."""

from scim.web.routes import mount
from scim.web.service import CALLER, HEALED, MEDIA_TYPE, Options, Service

__all__ = ["CALLER", "HEALED", "MEDIA_TYPE", "Options", "Service", "mount"]
