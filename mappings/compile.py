"""A parsed mapping file -> a ruleset, with every mistake that shape alone can't show: aliases, roles, captures, dates."""

import re
from dataclasses import dataclass, field
from typing import Any as Anything

from mappings import model
from mappings.captures import Pattern, Words, pieces
from mappings.conditions import (
    All,
    Any,
    Attribute,
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
from mappings.located import Document, Path, Problem, did_you_mean
from mappings.roles import Role
from mappings.ruleset import Limit, Period, Rule, Ruleset, Scope, indexed, pattern_of, zone
from mappings.words import fold

_PLACEHOLDER = re.compile(r"\{([^}]*)\}")
_ROLES = [str(role) for role in reversed(Role)]


def compile_ruleset(file: model.MappingFile, document: Document, scope: Scope) -> tuple[Ruleset, list[Problem]]:
    """The ruleset, and every problem: with an error among them it must not be taken into service."""
    work = _Compiler(document, scope, file.groups)
    rules = tuple(work.rule(rule, place) for place, rule in enumerate(file.rules))
    limits = tuple(work.limit(limit, place) for place, limit in enumerate(file.limits))
    otherwise = work.otherwise(file.otherwise)
    work.duplicates(file)
    line = document.at(("otherwise",), key=True)[0] if file.otherwise != "none" else 1
    return indexed(document.file, scope, rules, limits, otherwise, line, file.groups), work.problems


@dataclass
class _Compiler:
    document: Document
    scope: Scope
    groups: dict[str, str]
    problems: list[Problem] = field(default_factory=list)

    def rule(self, rule: model.Rule, place: int) -> Rule:
        path: Path = ("rules", place)
        words = {name: self._words(name, value, (*path, "captures", name)) for name, value in rule.captures.items()}
        when = self.condition(rule.when, (*path, "when"), words)
        patterns = pattern_of(when)
        if len(patterns) > 1:
            self._error((*path, "when"), "a rule can have one capturing condition")
        captured = set(patterns[0].captures) if patterns else set()
        for name in sorted(set(rule.captures) - captured):
            self._error((*path, "captures", name), f"the capture {name} is never used", key=True)
        grant = tuple(rule.grant.items())
        for alias, role in grant:
            self._grant(alias, role, captured, (*path, "grant", alias))
        if rule.from_ and rule.until and rule.from_ > rule.until:
            self._error((*path, "until"), f"this rule ends on {rule.until}, before it begins on {rule.from_}")
        return Rule(
            rule.name,
            place,
            self.document.at(path)[0],
            when,
            grant,
            Period(rule.from_, rule.until, zone(self.scope.timezone)),
            GroupLike(patterns[0]) if patterns else None,
            rule.disabled,
        )

    def limit(self, limit: model.Limit, place: int) -> Limit:
        path: Path = ("limits", place)
        for index, alias in enumerate(limit.in_ or ()):
            self._alias(alias, (*path, "in", index))
        return Limit(
            limit.name,
            self.document.at(path)[0],
            self.condition(limit.when, (*path, "when"), {}),
            None if limit.at_most == "none" else Role.parse(limit.at_most),
            frozenset(limit.in_) if limit.in_ is not None else None,
        )

    def otherwise(self, otherwise: Anything) -> dict[str, Role]:
        if otherwise == "none":
            return {}
        for alias, role in otherwise.items():
            self._grant(alias, role, set(), ("otherwise", alias))
        return {alias: Role.parse(role) for alias, role in otherwise.items()}

    def duplicates(self, file: model.MappingFile) -> None:
        seen: dict[str, int] = {}
        for place, rule in enumerate(file.rules):
            if rule.name in seen:
                line = self.document.at(("rules", seen[rule.name]))[0]
                self._error(("rules", place, "name"), f"a rule of this name stands in line {line}")
            seen.setdefault(rule.name, place)

    def condition(self, when: model.When, path: Path, words: dict[str, Words]) -> Condition:
        parts: list[Condition] = []
        if when.everyone:
            parts.append(Everyone())
        if when.group is not None:
            bound = {name: self.groups[name] for name in when.group if name in self.groups}
            parts.append(InGroup(tuple(when.group), bound))
        if when.group_like is not None:
            parts.append(GroupLike(self._pattern(when.group_like, words, (*path, "group_like"))))
        if when.group_regex is not None:
            parts.append(self._regex(when.group_regex, (*path, "group_regex")))
        for name, test in (when.attribute or {}).items():
            parts.append(self._attribute(name, test, (*path, "attribute", name)))
        if when.email is not None:
            parts.append(Email(tuple(when.email)))
        if when.email_domain is not None:
            parts.append(EmailDomain(tuple(when.email_domain)))
        if when.source is not None:
            parts.append(Source(self._sources(when.source, (*path, "source"))))
        if when.all is not None:
            parts += [self.condition(one, (*path, "all", at), words) for at, one in enumerate(when.all)]
        if when.any is not None:
            inner = [self.condition(one, (*path, "any", at), {}) for at, one in enumerate(when.any)]
            parts.append(Any(tuple(inner)))
        if when.not_ is not None:
            parts.append(self._negated(when.not_, (*path, "not")))
        if not parts:
            self._error(path, "this condition is empty", "to mean everybody, write `everyone: true`")
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _negated(self, when: model.When, path: Path) -> Condition:
        for name in when.attribute or {}:
            self._warning(
                (*path, "attribute", name),
                f"where {name} is not sent, this `not` holds",
                f"add `attribute: {{{name}: {{present: true}}}}` if that is not meant",
            )
        return Not(self.condition(when, path, {}))

    def _attribute(self, name: str, test: Anything, path: Path) -> Condition:
        known = self.scope.attributes
        if known is not None and fold(name) not in {fold(one) for one in known}:
            self._warning(path, f"the attribute {name} is not known for this connection", did_you_mean(name, sorted(known)))
        if isinstance(test, list):
            return Attribute(name, values=tuple(test))
        if not test.model_fields_set:
            self._error(path, "this test of an attribute is empty")
        like = tuple(test.like) if test.like is not None else None
        return Attribute(name, None, like, test.present, test.before, test.after, test.at_least)

    def _pattern(self, text: str, words: dict[str, Words], path: Path) -> Pattern:
        pattern = Pattern(text, pieces(fold(text)), {})
        known = dict(words)
        for name in pattern.captures:
            if name not in known:
                known[name] = self._default_words(name, path)
        return Pattern(text, pattern.pieces, known)

    def _default_words(self, name: str, path: Path) -> Words:
        if name == "workspace":
            return self._aliases(frozenset())
        if name == "role":
            return Words({str(role): str(role) for role in Role if role is not Role.OWNER})
        self._error(path, f"nothing says what {{{name}}} may stand for", f"add `captures: {{{name}: [word, …]}}`")
        return Words({})

    def _aliases(self, but: frozenset[str]) -> Words:
        known = {fold(alias): alias for alias in self.scope.workspaces if fold(alias) not in but}
        return Words(known, self.scope.wildcard is not None, but)

    def _words(self, name: str, value: Anything, path: Path) -> Words:
        if isinstance(value, model.Except):
            but = frozenset(fold(word) for word in value.except_)
            if name == "role":
                return Words({str(role): str(role) for role in Role if role is not Role.OWNER and str(role) not in but})
            return self._aliases(but)
        if isinstance(value, dict):
            return Words({fold(word): meaning for word, meaning in value.items()})
        if name == "role":
            for at, word in enumerate(value):
                self._role(word, (*path, at))
        return Words({fold(word): word for word in value})

    def _regex(self, text: str, path: Path) -> Condition:
        try:
            return GroupRegex(re.compile(text, re.IGNORECASE))
        except re.error as error:
            self._error(path, f"this is no regular expression: {error}")
            return GroupRegex(re.compile(r"(?!)"))

    def _sources(self, sources: list[str], path: Path) -> tuple[str, ...]:
        for source in sources:
            if source not in {"directory", "assertion"}:
                self._error(path, f"{source} is no source", "sources are directory and assertion")
        return tuple(sources)

    def _grant(self, alias: str, role: str, captured: set[str], path: Path) -> None:
        for text, where in ((alias, True), (role, False)):
            for name in _PLACEHOLDER.findall(text):
                if name not in captured:
                    self._error(path, f"nothing captures {{{name}}}", did_you_mean(name, sorted(captured)), key=where)
        if "{" not in alias:
            self._alias(alias, path, key=True)
        if "{" in role or self._role(role, path) is None or "{" in alias:
            return
        ceiling = self.scope.ceiling(alias)
        if ceiling is not None and Role.parse(role) > ceiling:
            self._error(path, f"{alias} allows {ceiling} at most, not {role}", "the operator sets this ceiling")

    def _alias(self, alias: str, path: Path, *, key: bool = False) -> None:
        if self.scope.ceiling(alias) is None:
            self._error(
                path, f"the workspace {alias} is unknown", did_you_mean(alias, sorted(self.scope.workspaces)), key=key
            )

    def _role(self, word: str, path: Path) -> Role | None:
        try:
            return Role.parse(word)
        except ValueError:
            self._error(path, f"{word} is no role", did_you_mean(word, _ROLES))
            return None

    def _error(self, path: Path, message: str, hint: str | None = None, *, key: bool = False) -> None:
        self.problems.append(self.document.problem(path, message, hint, key=key))

    def _warning(self, path: Path, message: str, hint: str | None = None) -> None:
        self.problems.append(self.document.problem(path, message, hint, severity="warning"))
