"""`when` -> a condition. What can't ever hold, or holds for more people than was meant, is said here."""

import difflib
import re
from collections.abc import Iterable

from mappings import model
from mappings.attributes import Attribute
from mappings.captures import Words
from mappings.compile import captures
from mappings.compile.notes import MANY, Notes
from mappings.compile.regex import regex
from mappings.conditions import (
    All,
    Any,
    Condition,
    Email,
    EmailDomain,
    Everyone,
    GroupLike,
    InGroup,
    Not,
    Source,
)
from mappings.located import Path
from mappings.logic import ways
from mappings.pages import USELESS
from mappings.words import fold

_DOMAIN = re.compile(r"[^@*\s]+")


def condition(
    when: model.When, path: Path, notes: Notes, words: dict[str, Words] | None, sent: frozenset[str] = frozenset()
) -> Condition:
    """`words`: what captures may stand for; None where nothing can be captured. `sent`: attributes that other parts need."""
    sent = sent | _needed(when)
    parts = [*_groups(when, path, notes, words), *_facts(when, path, notes), *_nested(when, path, notes, words, sent)]
    if not parts:
        notes.error(path, "this condition is empty", "to mean everybody, write `everyone: true`")
    _contradiction(when, parts, path, notes)
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _contradiction(when: model.When, parts: list[Condition], path: Path, notes: Notes) -> None:
    """Parts that are possible by themselves and not together. In a branch of `any` or `not` the rest still counts."""
    if len(parts) < 2 or ways(All(tuple(parts))) != [] or any(ways(part) == [] for part in parts):
        return
    excludes = when.not_ is not None and ways(All(tuple(parts[:-1]))) != []  # `not` comes last
    at: Path = (*path, "not") if excludes else path
    message = "this `not` excludes everybody the rest is about" if excludes else "these conditions can never hold together"
    tell = notes.warning if {"any", "not"} & set(path) else notes.error
    tell(at, message, "take one of them out, or put them under `any` if one of them is enough", key=excludes, see=USELESS)


def _groups(when: model.When, path: Path, notes: Notes, words: dict[str, Words] | None) -> list[Condition]:
    parts: list[Condition] = []
    if when.group is not None:
        _blank(when.group, (*path, "group"), notes)
        bound = {fold(name): notes.groups[fold(name)] for name in when.group if fold(name) in notes.groups}
        parts.append(InGroup(tuple(when.group), bound))
    if when.group_like is not None:
        _blank([when.group_like], (*path, "group_like"), notes)
        parts.append(GroupLike(captures.pattern(when.group_like, words, (*path, "group_like"), notes)))
    if when.group_regex is not None:
        _blank([when.group_regex], (*path, "group_regex"), notes)
        parts.append(regex(when.group_regex, (*path, "group_regex"), notes))
    return parts


def _facts(when: model.When, path: Path, notes: Notes) -> list[Condition]:
    parts: list[Condition] = [Everyone()] if when.everyone else []
    for name, test in (when.attribute or {}).items():
        parts.append(_attribute(name, test, (*path, "attribute", name), notes))
    if when.email is not None:
        _addresses(when.email, (*path, "email"), notes)
        parts.append(Email(tuple(when.email)))
    if when.email_domain is not None:
        _domains(when.email_domain, (*path, "email_domain"), notes)
        parts.append(EmailDomain(tuple(when.email_domain)))
    if when.source is not None:
        parts.append(Source(tuple(when.source)))
    return parts


def _nested(
    when: model.When, path: Path, notes: Notes, words: dict[str, Words] | None, sent: frozenset[str]
) -> list[Condition]:
    parts = [condition(one, (*path, "all", at), notes, words, sent) for at, one in enumerate(when.all or ())]
    if when.any is not None:
        parts.append(Any(tuple(condition(one, (*path, "any", at), notes, None, sent) for at, one in enumerate(when.any))))
        if ways(parts[-1]) == []:
            hint = "mend one of these conditions, or take the rule out"
            notes.error((*path, "any"), "none of these can ever hold", hint, key=True, see=USELESS)
    if when.not_ is not None:
        _unsent(when.not_, (*path, "not"), notes, sent)
        parts.append(Not(condition(when.not_, (*path, "not"), notes, None, sent)))
        if ways(parts[-1]) == []:
            hint = "a `not` stands beside a condition and names those it takes out"
            notes.error((*path, "not"), "this `not` excludes everybody", hint, key=True, see=USELESS)
    return parts


def _needed(when: model.When) -> frozenset[str]:
    """The folded attributes without which a condition can't hold."""
    return frozenset(map(fold, when.needed)).union(*(_needed(one) for one in when.all or ()))


def _unsent(when: model.When, path: Path, notes: Notes, sent: frozenset[str]) -> None:
    """`not` on an attribute that is not sent holds: rarely meant."""
    for name, test in (when.attribute or {}).items():
        if fold(name) not in sent and (isinstance(test, list) or test.present is None):
            message = f"where {name} is not sent, this `not` holds"
            hint = f"add `attribute: {{{name}: {{present: true}}}}` beside the `not` if that is not meant"
            if _unknown(name, notes):
                message = f"the attribute {name} is not known for this connection: for everybody this `not` holds"
                hint = _attribute_hint(name, notes)
            notes.warning((*path, "attribute", name), message, hint, key=True)
    for key, inner in (("all", when.all), ("any", when.any)):
        for at, one in enumerate(inner or ()):
            _unsent(one, (*path, key, at), notes, sent)


def _attribute(name: str, test: model.Value | list[str], path: Path, notes: Notes) -> Condition:
    if _unknown(name, notes) and not notes.told(path, key=True):
        message = f"the attribute {name} is not known for this connection"
        notes.warning(path, message, _attribute_hint(name, notes), key=True)
    if isinstance(test, list):
        _blank(test, path, notes)
        return Attribute(name, values=tuple(test))
    given = test.model_fields_set
    if not given:
        notes.error(path, "this test of an attribute is empty", f"for any value, write {name}: {{present: true}}")
    if test.present is False and len(given) > 1:
        notes.error((*path, "present"), "an attribute that is not sent has no value to test", "take the other keys out")
    if test.before and test.after and (test.before - test.after).days < 2:
        message = f"no day is before {test.before} and after {test.after}"
        notes.error((*path, "before"), message, "change one of the two days: neither of them counts itself")
    like = tuple(test.like) if test.like is not None else None
    return Attribute(name, None, like, test.present, test.before, test.after, test.at_least)


def _unknown(name: str, notes: Notes) -> bool:
    """Does neither the provider's preset nor the connection file know an attribute?"""
    known = notes.scope.attributes
    return known is not None and fold(name) not in {fold(one) for one in known}


def _attribute_hint(name: str, notes: Notes) -> str:
    known = sorted(notes.scope.attributes or ())
    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"did you mean {near[0]}?"
    return "ask the operator to add it to `attributes` of the connection file" + (
        f", or write one of: {', '.join(known)}" if 0 < len(known) <= MANY else ""
    )


def _blank(texts: Iterable[str], path: Path, notes: Notes) -> None:
    """Empty text meets nobody: what is sent empty counts as not sent."""
    for at, text in enumerate(texts):
        if not text.strip():
            not_sent = "write the value, or `{present: false}` for an attribute that is not sent"
            hint = not_sent if "attribute" in path else "write the name of a group"
            notes.error((*path, at), "empty text can never hold", hint)


def _addresses(addresses: list[str], path: Path, notes: Notes) -> None:
    for at, address in enumerate(addresses):
        name, sign, domain = address.rpartition("@")
        if not domain or (not name and (sign or "*" not in address)):
            hint = "write an address, such as ada@acme.com"
            if domain:
                everybody = f'email: "*{address}"' if "*" in domain else f"email_domain: {domain}"
                hint = f"for everybody there, write {everybody}"
            notes.error((*path, at), f"{address or 'empty text'} is no e-mail address", hint)
        elif sign and "*" not in domain:
            _outside(domain, (*path, at), notes)


def _domains(domains: list[str], path: Path, notes: Notes) -> None:
    for at, domain in enumerate(domains):
        if not _DOMAIN.fullmatch(domain):
            hint = 'write it exactly, such as acme.com; for subdomains, email: "*@*.acme.com"'
            notes.error((*path, at), f"{domain or 'empty text'} is no domain", hint)
        else:
            _outside(domain, (*path, at), notes)


def _outside(domain: str, path: Path, notes: Notes) -> None:
    """People outside the connection's domains get nothing, whatever rules say (rule R5)."""
    spoken_for = notes.scope.domains
    if spoken_for is not None and fold(domain) not in spoken_for:
        message = f"{domain} is no domain of this connection, so nobody there gets anything"
        near = difflib.get_close_matches(fold(domain), sorted(spoken_for), 1, 0.8)
        hint = f"did you mean {near[0]}?" if near else "ask the operator to add it to `domains`, or to let it be shared"
        notes.warning(path, message, hint, see=USELESS)
