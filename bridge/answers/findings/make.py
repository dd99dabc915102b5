"""Every finding of a file, at its place. They are warnings: a group may come tomorrow, and the file may be right."""

from bridge.answers.findings import attributes, groups, workspaces
from bridge.answers.findings.subject import Subject
from bridge.rulebook.proposals import Proposal
from bridge.settings import Settings
from mappings import model
from mappings.located import Problem, parse, validate
from mappings.pages import see
from scim.ports import Tx


def findings(tx: Tx, settings: Settings, proposal: Proposal) -> list[Problem]:
    """By line. Reads one connection's directory; a file with errors, or one of a connection unknown here, has none.

    Facts that come with each sign-in are none to judge by: nobody knows what the next one brings.
    """
    connection, ruleset = settings.connections.get(proposal.connection), proposal.checked.ruleset
    if connection is None or ruleset is None or not proposal.checked.ok:
        return []
    document, _ = parse(proposal.text, proposal.file, see)
    file = validate(model.MappingFile, document)[0] if document is not None else None
    if document is None or file is None:
        return []
    subject = Subject(connection, file, ruleset, document)
    told = list(attributes.findings(tx, subject)) if connection.directory != "none" else []
    if connection.directory != "none" and connection.sign_in.groups_from == "directory":
        told += groups.findings(tx, subject)
    found = [*told, *workspaces.findings(tx, subject)]
    return sorted(found, key=lambda problem: (problem.line, problem.column, problem.message))
