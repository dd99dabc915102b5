"""From a directory row to the facts that rules see: each provider's names for them come from its preset."""

from typing import Any

from bridge.settings import ConnectionSettings
from mappings.identity import GroupFact, Identity
from scim.person import PersonFacts, address, value


def identity(facts: PersonFacts, settings: ConnectionSettings) -> Identity:
    """What the rules of one connection may know about one person."""
    attributes = {
        name: values
        for name, names in settings.attributes.items()
        if names.scim is not None and (values := value(facts.user, names.scim))
    }
    groups = tuple(
        GroupFact(group.display_name, group.external_id or group.id, group.through, group.twin) for group in facts.groups
    )
    return Identity(address(facts.user), groups, attributes, frozenset({"directory"}))


def names(user: dict[str, Any]) -> tuple[str, str]:
    """Given and family name, as Clerk takes them; what isn't sent is empty."""
    name = user.get("name") or {}
    return str(name.get("givenName") or ""), str(name.get("familyName") or "")
