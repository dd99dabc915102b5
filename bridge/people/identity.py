"""From a directory row to the facts that rules see and Clerk gets: by the expressions of the connection file.

Address and names have no second source: whatever needs them takes them from an `Identity`, or from `told` where there is
no decision to make.
"""

import re
from functools import partial
from typing import Any

from bridge.people.accounts import Told
from bridge.settings import ConnectionSettings
from mappings.expressions import Reader, evaluate
from mappings.identity import GroupFact, Identity
from scim.person import PersonFacts, address, as_address, value

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def identity(facts: PersonFacts, settings: ConnectionSettings) -> Identity:
    """What the rules of one connection may know about one person."""
    groups = tuple(
        GroupFact(group.display_name, group.external_id or group.id, group.through, group.twin) for group in facts.groups
    )
    attributes = evaluate({name: names.scim for name, names in settings.facts.items()}, _reader(facts.user))
    return Identity(_email(facts.user, settings), groups, attributes, frozenset({"directory"}))


def told(user: dict[str, Any], settings: ConnectionSettings) -> Told:
    """What an account of this user is called."""
    shown = settings.attributes["display_name"].scim.values(_reader(user)) if "display_name" in settings.attributes else ()
    return Told(_email(user, settings), next(iter(shown), None))


def full_name(seen: Identity) -> tuple[str, str]:
    """First and last name, as Clerk takes them; what isn't sent is empty."""
    first, last = (next(iter(seen.attributes.get(name, ())), "") for name in ("first_name", "last_name"))
    return first, last


def language(seen: Identity) -> str:
    """The locale as the language tag that Clerk takes (BCP 47); what is none is empty.

    IdPs write ``de_DE`` for it, and preferredLanguage is an Accept-Language list (RFC 7643 section 4.1.1): its first counts.
    """
    return next((tag for text in seen.attributes.get("locale", ()) if (tag := _tag(text))), "")


def _email(user: dict[str, Any], settings: ConnectionSettings) -> str | None:
    """By the connection's own expression, in which only an address counts as sent; else by rule R4."""
    names = settings.attributes.get("email")
    return names.scim.first(_reader(user), as_address) if names is not None and names.scim else address(user)


def _reader(user: dict[str, Any]) -> Reader:
    return partial(value, user)


def _tag(text: str) -> str | None:
    tag = re.split("[,;]", text)[0].strip().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else None
