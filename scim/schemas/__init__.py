"""What a connection's users and groups consist of: RFC 7643's schemas as data, and those an operator adds."""

from scim.schemas.attribute import Attribute, Kind, Schema
from scim.schemas.core import COMMON, ENTERPRISE, GROUP, USER, enterprise, group, user
from scim.schemas.shape import GROUPS, TWINS, USERS, Home, Shape

__all__ = [
    "COMMON",
    "ENTERPRISE",
    "GROUP",
    "GROUPS",
    "TWINS",
    "USER",
    "USERS",
    "Attribute",
    "Home",
    "Kind",
    "Schema",
    "Shape",
    "enterprise",
    "group",
    "user",
]
