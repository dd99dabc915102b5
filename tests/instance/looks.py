"""A healthy instance as `clerk doctor` sees it, and what it says of one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.clerk.enterprise import Directory, EnterpriseConnection
from bridge.clerk.entrances import Means, Room
from bridge.instance.checks import judge
from bridge.instance.finding import Verdict
from bridge.instance.governed import Governed
from bridge.instance.look import Look, Ours, Webhooks
from bridge.instance.minted import Minted, Token
from bridge.settings.values import Clerk
from tests.instance.instances import ISSUER, NOW, healthy, settings

Said = list[tuple[Verdict, str]]
PRODUCTION = Governed("org_prod", ("acme/production",), "org_prod", decided=4, coming=1)
ROOM = Room("org_prod", "Production", "production", 3, 0, "role_set:default")
DIRECTORY = Directory("dir_1", "Acme SCIM", "okta", True, "entc_1", True)
LINKED = EnterpriseConnection("entc_1", "Acme SSO", "saml_okta", True, ("acme.example",), "org_prod", True)
MEANS = Means("user_1", "mia@acme.example", False, False, False, False)


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """A healthy instance with one workspace in use."""
    found = healthy(settings(tmp_path))
    webhooks = Webhooks(NOW - 3_600_000, NOW - 3_600_900)
    return replace(
        found,
        ours=Ours((PRODUCTION,), webhooks, people=frozenset({"user_1"})),
        present=with_room(found, ROOM),
        means=(MEANS,),
    )


def with_room(look: Look, room: Room) -> Any:
    return replace(look.present, rooms={room.id: room})  # type: ignore[type-var]


def said(look: Look, check: str) -> Said:
    return [(one.finding.verdict, one.finding.sentence) for one in judge(look) if one.check.name == check]


def one(look: Look, check: str) -> tuple[Verdict, str]:
    [found] = said(look, check)
    return found


GOOD = {"aud": "convex", "org_id": "org_prod", "org_role": "org:editor"}


def with_clerk(look: Look, **changed: Any) -> Look:
    bridge = look.settings.bridge
    clerk: Clerk = replace(bridge.clerk, **changed)
    return replace(look, settings=replace(look.settings, bridge=replace(bridge, clerk=clerk)))


def with_minted(look: Look, session: dict[str, Any], template: dict[str, Any], size: int = 900) -> Look:
    base = {"iss": ISSUER}
    return replace(look, minted=Minted(Token(base | session, size), Token(base | template, 900)))
