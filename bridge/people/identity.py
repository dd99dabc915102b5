"""From a directory row to the facts that rules see: each provider's names for them come from its preset.

The e-mail is the primary work address, else the first, else userName where it is one (rule R4). Entra renames a
soft-deleted person's UPN to ``<32 hex>upn@…``; that never reaches Clerk.
"""

import re
from typing import Any

from bridge.settings import ConnectionSettings
from mappings.identity import GroupFact, Identity
from scim.person import PersonFacts, value

_SOFT_DELETED = re.compile(r"^[0-9a-f]{32}(?=[^@]+@)")


def identity(facts: PersonFacts, settings: ConnectionSettings) -> Identity:
    """What the rules of one connection may know about one person."""
    attributes = {
        name: values
        for name, names in settings.attributes.items()
        if names.scim is not None and (values := value(facts.user, names.scim))
    }
    groups = tuple(GroupFact(group.display_name, group.external_id, group.through) for group in facts.groups)
    return Identity(address(facts.user), groups, attributes, frozenset({"directory"}))


def address(user: dict[str, Any]) -> str | None:
    """The one e-mail address of a SCIM user; None where it has none."""
    emails = [email for email in user.get("emails") or [] if isinstance(email, dict) and email.get("value")]
    ranked = sorted(emails, key=lambda email: (not email.get("primary"), email.get("type") != "work"))
    found = str(ranked[0]["value"]) if ranked else str(user.get("userName", ""))
    return _SOFT_DELETED.sub("", found) if "@" in found else None


def names(user: dict[str, Any]) -> tuple[str, str]:
    """Given and family name, as Clerk takes them; what isn't sent is empty."""
    name = user.get("name") or {}
    return str(name.get("givenName") or ""), str(name.get("familyName") or "")
