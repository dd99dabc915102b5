"""Short ways to say a mapping file and a person. All of them are pure, so they serve a whole session."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest

from mappings.check import Checked, check
from mappings.decide import Decision, decide
from mappings.identity import GroupFact, Identity
from mappings.pages import USELESS
from mappings.roles import Role
from mappings.ruleset import Ruleset, Scope

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
WORKSPACES = {"production": Role.OWNER, "billing": Role.OWNER, "data-science": Role.OWNER, "support": Role.EDITOR}


@pytest.fixture(scope="session")
def scope() -> Callable[..., Scope]:
    """What the operator allows: four workspaces, `support` up to editor, nothing by ``"*"`` unless said."""

    def make(**changes: object) -> Scope:
        return Scope(**{"connection": "acme", "workspaces": WORKSPACES, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture(scope="session")
def checked_file(scope: Callable[..., Scope]) -> Callable[..., Checked]:
    """`checked_file(text, **scope)`: a whole file."""

    def run(text: str, now: datetime = NOON, **changes: object) -> Checked:
        return check(text, "acme.yaml", scope(**changes), now)

    return run


@pytest.fixture(scope="session")
def checked(checked_file: Callable[..., Checked]) -> Callable[..., Checked]:
    """`checked(body, **scope)`: a file of the connection acme, without its first line."""
    return lambda body, **changes: checked_file(f"connection: acme\n{body}", **changes)


@pytest.fixture(scope="session")
def compiled(checked: Callable[..., Checked]) -> Callable[..., Ruleset]:
    """The ruleset of a file that has no errors."""

    def run(body: str, **changes: object) -> Ruleset:
        found = checked(body, **changes)
        assert found.ruleset is not None
        wrong = [str(one) for one in found.problems if one.severity == "error" and one.see != USELESS]
        assert wrong == [], "a rule that never holds is an error, but all laws hold for it too"
        return found.ruleset

    return run


@pytest.fixture(scope="session")
def decided(compiled: Callable[..., Ruleset]) -> Callable[..., Decision]:
    """`decided(body, person(…), now, **scope)`."""

    def run(body: str, who: Identity, now: datetime = NOON, **changes: object) -> Decision:
        return decide(who, compiled(body, **changes), now)

    return run


@pytest.fixture(scope="session")
def person() -> Callable[..., Identity]:
    """`person("a group", GroupFact(…), email=…, title=…)`."""

    def make(
        *groups: str | GroupFact, email: str | None = "mia@acme.com", source: str = "directory", **sent: object
    ) -> Identity:
        facts = tuple(group if isinstance(group, GroupFact) else GroupFact(group) for group in groups)
        attributes = {name: value if isinstance(value, tuple) else (str(value),) for name, value in sent.items()}
        return Identity(email, facts, attributes, frozenset({source}))

    return make


@pytest.fixture(scope="session")
def roles() -> Callable[[Decision], Mapping[str, str]]:
    """A decision as a file would expect it."""
    return lambda decision: {alias: str(grant.role) for alias, grant in decision.grants.items()}
