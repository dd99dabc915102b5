"""Whose addresses a connection may speak for (rule R5): its own domains, and those another shares with it."""

from collections.abc import Mapping

from bridge.settings import ConnectionSettings
from scim.keys import fold


def domain_of(email: str) -> str:
    """The part after the last @, folded."""
    return fold(email.rpartition("@")[2])


def speaks_for(connections: Mapping[str, ConnectionSettings], connection: str, email: str) -> bool:
    """May accounts of `connection` with this address link to Clerk users?"""
    domain = domain_of(email)
    return any(
        domain in settings.domains and (name == connection or connection in settings.shared_with)
        for name, settings in connections.items()
    )
