"""`when` -> a condition. What can't ever hold, or holds for more people than was meant, is said here."""

import re

from mappings import model
from mappings.attributes import Attribute
from mappings.captures import Words
from mappings.compile import captures
from mappings.compile.notes import Notes
from mappings.conditions import (
    All,
    Any,
    Condition,
    Email,
    EmailDomain,
    Everyone,
    GroupLike,
    GroupRegex,
    InGroup,
    Not,
    Source,
)
from mappings.located import Path, did_you_mean
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
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, All) else (part,))]
    return flat[0] if len(flat) == 1 else All(tuple(flat))


def _groups(when: model.When, path: Path, notes: Notes, words: dict[str, Words] | None) -> list[Condition]:
    parts: list[Condition] = []
    if when.group is not None:
        bound = {fold(name): notes.groups[fold(name)] for name in when.group if fold(name) in notes.groups}
        parts.append(InGroup(tuple(when.group), bound))
    if when.group_like is not None:
        parts.append(GroupLike(captures.pattern(when.group_like, words, (*path, "group_like"), notes)))
    if when.group_regex is not None:
        parts.append(_regex(when.group_regex, (*path, "group_regex"), notes))
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
    if when.not_ is not None:
        _unsent(when.not_, (*path, "not"), notes, sent)
        parts.append(Not(condition(when.not_, (*path, "not"), notes, None, sent)))
    return parts


def _needed(when: model.When) -> frozenset[str]:
    """The folded attributes without which a condition can't hold."""
    own = {
        fold(name) for name, test in (when.attribute or {}).items() if isinstance(test, list) or test.present is not False
    }
    return frozenset(own).union(*(_needed(one) for one in when.all or ()))


def _unsent(when: model.When, path: Path, notes: Notes, sent: frozenset[str]) -> None:
    """`not` on an attribute that is not sent holds: rarely meant."""
    for name, test in (when.attribute or {}).items():
        if fold(name) not in sent and (isinstance(test, list) or test.present is None):
            hint = f"add `attribute: {{{name}: {{present: true}}}}` beside the `not` if that is not meant"
            notes.warning((*path, "attribute", name), f"where {name} is not sent, this `not` holds", hint, key=True)
    for key, inner in (("all", when.all), ("any", when.any)):
        for at, one in enumerate(inner or ()):
            _unsent(one, (*path, key, at), notes, sent)


def _attribute(name: str, test: model.Value | list[str], path: Path, notes: Notes) -> Condition:
    known = notes.scope.attributes
    if known is not None and fold(name) not in {fold(one) for one in known}:
        hint = did_you_mean(name, sorted(known))
        notes.warning(path, f"the attribute {name} is not known for this connection", hint, key=True)
    if isinstance(test, list):
        return Attribute(name, values=tuple(test))
    given = test.model_fields_set
    if not given:
        notes.error(path, "this test of an attribute is empty", f"for any value, write {name}: {{present: true}}")
    if test.present is False and len(given) > 1:
        notes.error((*path, "present"), "an attribute that is not sent has no value to test", "take the other keys out")
    like = tuple(test.like) if test.like is not None else None
    return Attribute(name, None, like, test.present, test.before, test.after, test.at_least)


def _addresses(addresses: list[str], path: Path, notes: Notes) -> None:
    for at, address in enumerate(addresses):
        if "@" not in address and "*" not in address:
            hint = f"for everybody there, write email_domain: {address}"
            notes.error((*path, at), f"{address} is no e-mail address", hint)


def _domains(domains: list[str], path: Path, notes: Notes) -> None:
    for at, domain in enumerate(domains):
        if not _DOMAIN.fullmatch(domain):
            hint = 'write it exactly, such as acme.com; for subdomains, email: "*@*.acme.com"'
            notes.error((*path, at), f"{domain} is no domain", hint)


def _regex(text: str, path: Path, notes: Notes) -> Condition:
    try:
        return GroupRegex(re.compile(text, re.IGNORECASE))
    except re.error as error:
        notes.error(path, f"this is no regular expression: {error}")
        return GroupRegex(re.compile(r"(?!)"))
