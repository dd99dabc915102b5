"""SCIM over HTTP: ``mount(app, service)``. The host has authenticated before and left a `Caller` in ``request[CALLER]``."""

from scim.web.routes import CALLER, HEALED, MEDIA_TYPE, Options, Service, mount

__all__ = ["CALLER", "HEALED", "MEDIA_TYPE", "Options", "Service", "mount"]
