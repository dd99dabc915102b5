"""Attributes that rules ask for, and that nobody in the directory has and no sign-in brought."""

from collections.abc import Iterator, Mapping
from functools import partial

from bridge.answers.findings.subject import Subject
from bridge.people import asserted
from bridge.settings import ConnectionSettings
from mappings.expressions import Expression
from mappings.located import Problem
from mappings.words import fold, listed
from scim import person as directory
from scim.ports import Tx

PEOPLE = 20_000  # so many are looked at; most attributes are found on the first page
PAGE = 500


def findings(tx: Tx, subject: Subject) -> Iterator[Problem]:
    """About every attribute that a rule or limit asks for, if anybody is there who could send it."""
    asks, known = subject.asks("attribute"), {fold(name): name for name in subject.connection.facts}
    expressions = {key: subject.connection.facts[known[key]].scim for key in asks if key in known}
    if not expressions:
        return
    unsent, people, everybody = _unsent(tx, subject.connection.name, expressions)
    unsent -= _brought(tx, subject.connection, {key: known[key] for key in unsent})
    for key in asks:
        if key not in unsent or not people:
            continue
        who = "nobody in the directory" if everybody else f"none of the {people:,} people looked at"
        read = listed(list(dict.fromkeys(expressions[key].names)))
        hint = f"map {read} in the IdP" if read else f"say where it stands: `attributes: {{{known[key]}: {{scim: …}}}}`"
        yield subject.first(asks[key], f"{who} sends {known[key]}", f"{hint}, or take the condition out")


def _brought(tx: Tx, connection: ConnectionSettings, names: Mapping[str, str]) -> set[str]:
    """Which of these some sign-in told."""
    brought: set[str] = set()
    people, after = 0, 0
    while len(brought) < len(names) and people < PEOPLE:
        page = asserted.page_of(tx, connection.name, after, PAGE)
        for _, said in page:
            brought |= {key for key, name in names.items() if connection.facts[name].saml.values(said.values)}
        if len(page) < PAGE:
            break
        people, after = people + len(page), page[-1][0]
    return brought


def _unsent(tx: Tx, connection: str, expressions: dict[str, Expression]) -> tuple[set[str], int, bool]:
    """Which of these nobody sends, of how many people that is known, and whether those are all."""
    unsent, people, after = set(expressions), 0, ""
    while unsent and people < PEOPLE:
        page = directory.page_of(tx, connection, after, PAGE)
        for user in page:
            unsent -= {key for key in unsent if expressions[key].values(partial(directory.value, user))}
        people += len(page)
        if len(page) < PAGE:
            return unsent, people, True
        after = page[-1]["id"]
    return unsent, people, False
