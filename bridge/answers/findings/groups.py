"""Groups that rules ask for and the directory doesn't have, has twice, calls otherwise, or has nobody in."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, or_, select, union

from bridge.answers.findings.subject import MANY, Subject, bounded
from mappings.asked import Ask
from mappings.conditions import GroupLike, GroupRegex, leaves
from mappings.identity import GroupFact
from mappings.located import Problem
from mappings.words import fold, fold_id, listed
from scim.ports import Tx
from scim.sql import integers, texts, within
from scim.tables import scim_group, scim_member, scim_nested

NAMES = 200_000  # so many names of the directory are looked at
TRIES = 5_000_000  # of a pattern on a name
POOL = 1_000  # names that one is compared with letter by letter
GUESSES = 20  # names that a near one is sought for

_NESTING = {
    "entra": "Entra sends no nested groups, only people assigned directly: assign the groups inside of it to the app, too",
}
"""Providers that say nothing of groups in groups (learn.microsoft.com, how-provisioning-works: nested groups)."""

_HERE = scim_group.c.connection == bindparam("connection"), scim_group.c.deleted.is_(None)
_COLUMNS = (
    scim_group.c.pk,
    scim_group.c.id,
    scim_group.c.external_id,
    scim_group.c.display_name,
    scim_group.c.display_key,
)
_NAMED = select(*_COLUMNS).where(*_HERE, within(scim_group.c.display_key, texts("keys"))).order_by(scim_group.c.pk)
_KNOWN_AS = (
    select(*_COLUMNS)
    .where(*_HERE, or_(within(scim_group.c.external_id, texts("ids")), within(scim_group.c.id, texts("ids"))))
    .order_by(scim_group.c.pk)
)
_NAMES = select(scim_group.c.display_name, scim_group.c.display_key).where(*_HERE).limit(NAMES)
_PEOPLED = union(
    select(scim_member.c.group_pk).where(within(scim_member.c.group_pk, integers("pks"))),
    select(scim_nested.c.group_pk).where(within(scim_nested.c.group_pk, integers("pks"))),
)


@dataclass(frozen=True, slots=True)
class Group:
    """A group as the directory has it. `ids`: the IdP's own and ours."""

    pk: int
    ids: tuple[str, ...]
    name: str
    key: str


def findings(tx: Tx, subject: Subject) -> Iterator[Problem]:
    """About every group that a rule or limit asks for, or that `groups:` binds."""
    asks, patterns = subject.asks("group"), _patterns(subject)
    bound = {fold(name) for name in subject.file.groups}
    by_name = {key: places for key, places in asks.items() if key not in bound}
    if not (asks or patterns or bound):
        return
    names = {row["display_key"]: row["display_name"] for row in tx.all(_NAMES, connection=subject.connection.name)}
    if not names:
        first = next(iter([*asks.values(), [ask for ask, _ in patterns]]))
        path = first[0].path if first else ("groups",)
        yield subject.warning(path, "the directory has no groups yet", "assign or push groups to the app in the IdP")
        return
    there = _named(tx, subject, sorted(by_name))
    yield from bounded(list(_missing(subject, by_name, there, names)), "groups")
    yield from bounded(list(_twins(subject, by_name, there)), "groups")
    yield from _unfitting(subject, patterns, names)
    known = _known_as(tx, subject)
    yield from bounded(list(_bound(tx, subject, known)), "groups")
    yield from bounded(list(_empty(tx, subject, by_name, there, known)), "groups")


def _named(tx: Tx, subject: Subject, keys: list[str]) -> dict[str, list[Group]]:
    found: dict[str, list[Group]] = {}
    for row in tx.all(_NAMED, connection=subject.connection.name, keys=keys):
        group = _group(row)
        found.setdefault(group.key, []).append(group)
    return found


def _known_as(tx: Tx, subject: Subject) -> dict[str, Group]:
    """Folded id -> the group that has it, for the ids that `groups:` binds."""
    ids = {
        form for id in subject.file.groups.values() for form in (id, fold_id(id), id.upper() if fold_id(id) != id else id)
    }
    rows = tx.all(_KNOWN_AS, connection=subject.connection.name, ids=sorted(ids))
    return {fold_id(id): group for group in map(_group, reversed(rows)) for id in group.ids}


def _missing(
    subject: Subject, asks: Mapping[str, list[Ask]], there: Mapping[str, list[Group]], names: Mapping[str, str]
) -> Iterator[Problem]:
    absent = [key for key in asks if key not in there]
    for at, key in enumerate(absent):
        near = _near(key, names) if at < GUESSES else None
        hint = f"did you mean {near}?" if near else "names must be the IdP's own; or push the group to the app"
        yield subject.first(asks[key], f"the directory has no group {asks[key][0].text}", hint)


def _twins(subject: Subject, asks: Mapping[str, list[Ask]], there: Mapping[str, list[Group]]) -> Iterator[Problem]:
    for key, found in there.items():
        if len(found) > 1:
            ids = listed([group.ids[0] for group in found[:3]])
            text = f"{len(found)} groups are called {found[0].name}, so a rule by that name gives nothing"
            hint = f"bind the name to one's id under `groups:`, here {ids}, or rename the others"
            yield subject.first(asks[key], text, hint)


def _bound(tx: Tx, subject: Subject, known: Mapping[str, Group]) -> Iterator[Problem]:
    """Names that `groups:` binds to an id that nobody has, or that belongs to a group of another name."""
    lost = [fold(name) for name, id in subject.file.groups.items() if fold_id(id) not in known]
    called = _named(tx, subject, lost)
    for name, id in subject.file.groups.items():
        group = known.get(fold_id(id))
        if group is None:
            same = called.get(fold(name), [])
            hint = f"the group called {same[0].name} has the id {same[0].ids[0]}" if same else _unknown_id(subject)
            yield subject.warning(("groups", name), f"the directory has no group with the id {id}", hint)
        elif group.key != fold(name):
            text = f"the directory calls this group {group.name}, not {name}"
            yield subject.warning(
                ("groups", name), text, "the id counts: rename it here if it is the one you mean", key=True
            )


def _unknown_id(subject: Subject) -> str:
    return "compare it with the group's object id in the IdP, and see that the group is assigned to the app"


def _empty(
    tx: Tx,
    subject: Subject,
    asks: Mapping[str, list[Ask]],
    there: Mapping[str, list[Group]],
    known: Mapping[str, Group],
) -> Iterator[Problem]:
    """Where the IdP keeps silent about nested groups, one of groups alone comes empty."""
    why = _NESTING.get(subject.connection.provider)
    if why is None:
        return
    bound = {name: group for name, id in subject.file.groups.items() if (group := known.get(fold_id(id))) is not None}
    pks = sorted({group.pk for found in there.values() for group in found} | {group.pk for group in bound.values()})
    peopled = {row["group_pk"] for row in tx.all(_PEOPLED, pks=pks)}
    for key, found in there.items():
        if all(group.pk not in peopled for group in found):
            yield subject.first(asks[key], f"nobody is in the group {found[0].name}", why)
    for name, group in bound.items():
        if group.pk not in peopled:
            yield subject.warning(("groups", name), f"nobody is in the group {group.name}", why, key=True)


def _patterns(subject: Subject) -> list[tuple[Ask, GroupLike | GroupRegex]]:
    """Each pattern as it was compiled: a capture stands for known words only, and those are its rule's own."""
    entries = {("rules", rule.place): rule.when for rule in subject.ruleset.rules}
    entries |= {("limits", place): limit.when for place, limit in enumerate(subject.ruleset.limits)}
    found: list[tuple[Ask, GroupLike | GroupRegex]] = []
    for asks in (*subject.asks("group_like").values(), *subject.asks("group_regex").values()):
        for ask in asks:
            of_entry = leaves(entries[ask.entry[0], ask.entry[1]])  # type: ignore[index]
            found += [
                (ask, leaf) for leaf in of_entry if _written(leaf) == ask.text and isinstance(leaf, GroupLike | GroupRegex)
            ]
    return found


def _written(leaf: object) -> str | None:
    if isinstance(leaf, GroupLike):
        return leaf.pattern.text
    return leaf.expression.pattern if isinstance(leaf, GroupRegex) else None


def _unfitting(
    subject: Subject, patterns: Sequence[tuple[Ask, GroupLike | GroupRegex]], names: Mapping[str, str]
) -> Iterator[Problem]:
    for ask, pattern in patterns[: max(MANY, TRIES // len(names))]:
        if not any(_fits(pattern, key, name) for key, name in names.items()):
            hint = "compare it with the names in the IdP; * stands for any text, and a {capture} for its known words only"
            yield subject.warning(ask.path, f"no group of the directory fits {ask.text}", hint)


def _fits(pattern: GroupLike | GroupRegex, key: str, name: str) -> bool:
    if isinstance(pattern, GroupLike):
        return bool(pattern.pattern.splits(key))
    return pattern.fits(GroupFact(name))


def _near(key: str, names: Mapping[str, str]) -> str | None:
    """The nearest name among those that begin or end alike: comparing with all of a large directory takes too long."""
    pool = [one for one in names if abs(len(one) - len(key)) <= 4 and (one[:2] == key[:2] or one[-3:] == key[-3:])]
    near = difflib.get_close_matches(key, pool[:POOL], 1, 0.7)
    return names[near[0]] if near else None


def _group(row: object) -> Group:
    pk, id, external_id, name, key = (row[column.name] for column in _COLUMNS)  # type: ignore[index]
    return Group(pk, (external_id, id) if external_id else (id,), name, key)
