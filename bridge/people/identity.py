"""From what a directory and a sign-in told to the facts that rules see and Clerk gets: by the connection file's expressions.

Address and names have no second source: whatever needs them takes them from an `Identity`, or from `told` where there is
no decision to make. Where both told something, the directory's word counts; of groups the connection says whose does.
"""

import re
from collections.abc import Iterator
from functools import lru_cache, partial
from typing import Any

from bridge.people.accounts import Told
from bridge.people.asserted import NAME_ID, Asserted
from bridge.settings import ConnectionSettings
from mappings.expressions import Reader, evaluate
from mappings.identity import GroupFact, Identity
from mappings.words import fold, fold_id
from scim.person import PersonFacts, address, as_address, value

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_USUAL = 200  # characters of a group's name


def identity(facts: PersonFacts | None, asserted: Asserted | None, settings: ConnectionSettings) -> Identity:
    """What the rules of one connection may know about one person, of whom at least one of both told."""
    attributes: dict[str, tuple[str, ...]] = {}
    email, sources = None, []
    if asserted is not None:
        attributes |= evaluate({name: names.saml for name, names in settings.facts.items()}, asserted.values)
        email = asserted_email(asserted, settings)
        sources.append("assertion")
    if facts is not None:
        attributes |= evaluate({name: names.scim for name, names in settings.facts.items()}, _reader(facts.user))
        email = _email(facts.user, settings)
        sources.append("directory")
    return Identity(email, tuple(_groups(facts, asserted, settings)), attributes, frozenset(sources))


def told(user: dict[str, Any], settings: ConnectionSettings) -> Told:
    """What an account of this user is called."""
    shown = settings.attributes["display_name"].scim.values(_reader(user)) if "display_name" in settings.attributes else ()
    return Told(_email(user, settings), next(iter(shown), None))


def told_by(asserted: Asserted, settings: ConnectionSettings) -> Told:
    """What an account is called that only ever signed in."""
    names = settings.attributes.get("display_name")
    shown = names.saml.values(asserted.values) if names is not None else ()
    return Told(asserted_email(asserted, settings), next(iter(shown), None))


def full_name(seen: Identity) -> tuple[str, str]:
    """First and last name, as Clerk takes them; what isn't sent is empty."""
    first, last = (next(iter(seen.attributes.get(name, ())), "") for name in ("first_name", "last_name"))
    return first, last


def language(seen: Identity) -> str:
    """The locale as the language tag that Clerk takes (BCP 47); what is none is empty.

    IdPs write ``de_DE`` for it, and preferredLanguage is an Accept-Language list (RFC 7643 section 4.1.1): its first counts.
    """
    return next((tag for text in seen.attributes.get("locale", ()) if (tag := _tag(text))), "")


def asserted_email(asserted: Asserted, settings: ConnectionSettings) -> str | None:
    """The first address that the expression finds, else the NameID if it is one."""
    names = settings.attributes.get("email")
    found = names.saml.first(asserted.values, as_address) if names is not None and names.saml else None
    return found or next((made for sent in asserted.values(NAME_ID) if (made := as_address(sent))), None)


def _groups(facts: PersonFacts | None, asserted: Asserted | None, settings: ConnectionSettings) -> Iterator[GroupFact]:
    """Each group once: an IdP may name one in an assertion that its directory has told of, by name or by id."""
    whose = settings.sign_in.groups_from
    known: set[str] = set()
    if facts is not None and whose != "assertion":
        for group in facts.groups:
            known |= {fold(group.display_name), fold_id(group.external_id or group.id)}
            yield GroupFact(group.display_name, group.external_id or group.id, group.through, group.twin)
    if asserted is not None and whose != "directory":
        for sent in dict.fromkeys(_asserted_groups(asserted, settings)):
            if not known or not (fold(sent) in known or fold_id(sent) in known):
                yield _sent(sent) if len(sent) <= _USUAL else GroupFact(sent, sent)


def _asserted_groups(asserted: Asserted, settings: ConnectionSettings) -> tuple[str, ...]:
    names = settings.attributes.get("groups")
    return tuple(map(str.strip, names.saml.values(asserted.values))) if names is not None else ()


@lru_cache(maxsize=16384)
def _sent(name: str) -> GroupFact:
    """Made once for all people of a group: an assertion may name thousands. A long name would stay as long, so it is not."""
    return GroupFact(name, name)


def _email(user: dict[str, Any], settings: ConnectionSettings) -> str | None:
    """By the connection's own expression, in which only an address counts as sent; else by rule R4."""
    names = settings.attributes.get("email")
    return names.scim.first(_reader(user), as_address) if names is not None and names.scim else address(user)


def _reader(user: dict[str, Any]) -> Reader:
    return partial(value, user)


def _tag(text: str) -> str | None:
    tag = re.split("[,;]", text)[0].strip().replace("_", "-")
    return tag if _TAG.fullmatch(tag) else None
