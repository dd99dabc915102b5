"""The command line beside a running service: shapes that scripts rely on, sentences that people read."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from bridge.cli import COMMANDS
from bridge.sandbox.testing import RunningSandbox
from tests.support.command_line import invoke, json, run
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
ROOT = Path(__file__).resolve().parents[2]


async def _engineer(houses: Houses, **keys: Any) -> tuple[House, str]:
    house = await houses(**keys)
    mia = await house.user("mia")
    await house.group("engineers", mia)
    await house.idle()
    return house, mia


async def test_a_token_can_be_made_for_one_user(houses: Houses) -> None:
    house = await houses()
    mia = await house.user("mia")
    made = await json(house, "token", "create", "acme", "--subject", "MIA@acme.example")
    status, me = await house.scim("GET", "/Me", secret=made["token"])
    assert (status, me["id"]) == (200, mia)
    assert (await json(house, "token", "list", "acme"))[-1]["subject"] == mia
    assert "has no user" in await run(house, "token", "create", "acme", "--subject", "nobody", code=1)


async def test_a_token_is_made_listed_and_revoked(houses: Houses) -> None:
    house = await houses()
    made = await json(house, "token", "create", "acme")
    assert set(made) == {"token", "id", "connection", "expires"}
    assert (await house.scim("GET", "/Users", secret=made["token"]))[0] == 200
    listed = await json(house, "token", "list", "acme")
    assert [one["state"] for one in listed if one["id"] == made["id"]] == ["live"]
    assert "is revoked" in await run(house, "token", "revoke", made["id"])
    assert "There is no live token" in await run(house, "token", "revoke", made["id"], code=1)


async def test_explain_has_the_shape_that_scripts_rely_on(houses: Houses) -> None:
    house, _ = await _engineer(houses)
    (found,) = (await json(house, "explain", "mia@acme.example"))["people"]
    assert set(found) == {"person", "accounts", "workspaces", "what_if"}
    row = found["workspaces"][0]
    assert (row["workspace"], row["state"], row["decided"], row["in_clerk"]) == ("production", "granted", "editor", "editor")
    assert row["because"][0]["rule"] == "Engineers"


async def test_explain_reads_like_a_sentence(houses: Houses) -> None:
    house, _ = await _engineer(houses)
    text = await run(house, "explain", "mia@acme.example")
    assert "Mia Doe <mia@acme.example>   acme, active   Clerk user user_" in text
    assert '"Engineers" <- group engineers, since' in text
    assert "not matched, nearest first" in text


async def test_plan_says_what_an_observing_connection_would_do(houses: Houses) -> None:
    house, _ = await _engineer(houses, mode="observe")
    found = await json(house, "plan")
    assert set(found) == {"changes", "risks"}
    assert [(one["email"], one["kind"], one["to"], one["when"]) for one in found["changes"]] == [
        ("mia@acme.example", "add", "editor", "observe")
    ]
    assert "observes only" in found["risks"][0]
    assert (await run(house, "plan")).endswith("1 change for 1 person. Nothing has been changed by this command.\n")


async def test_nothing_is_planned_when_clerk_has_what_is_decided(houses: Houses) -> None:
    house, _ = await _engineer(houses)
    assert await json(house, "plan") == {"changes": [], "risks": []}
    assert "Nothing: Clerk has what is decided." in await run(house, "plan")


async def test_status_has_the_shape_that_scripts_rely_on(houses: Houses) -> None:
    house, _ = await _engineer(houses)
    found = await json(house, "status")
    assert set(found) >= {"connections", "due", "held", "blocked", "last_error"}
    assert (found["due"], found["held"], found["blocked"], found["last_error"]) == (0, 0, [], None)
    assert "acme" in await run(house, "status")


async def test_who_lists_a_workspace_with_reasons(houses: Houses) -> None:
    house, _ = await _engineer(houses)
    found = await json(house, "who", "production")
    assert [(one["email"], one["role"], one["because"]) for one in found["people"]] == [
        ("mia@acme.example", "editor", ["Engineers <- group engineers"])
    ]
    assert "There is no workspace nowhere" in await run(house, "who", "nowhere", code=1)


async def test_a_hold_is_listed_shown_and_approved(houses: Houses) -> None:
    house, mia = await _engineer(houses, brake={"people": 0, "percent": 0, "within": "15m"})
    await house.deactivate(mia)
    await house.idle()
    held = (await json(house, "hold", "list"))[0]
    shown = await json(house, "hold", "show", held["hold"])
    assert [(row["email"], row["workspace"], row["from"], row["to"]) for row in shown["rows"]] == [
        ("mia@acme.example", "production", "editor", None)
    ]
    explained = await run(house, "explain", "mia@acme.example")
    assert f"inferpipe-bridge hold show {held['hold']}" in explained
    assert "approved: 1 person" in await run(house, "hold", "approve", held["hold"])
    await house.idle()
    assert house.roles() == {}
    assert "There is no open hold" in await run(house, "hold", "approve", held["hold"], code=1)


async def test_revoke_takes_everything_and_gives_it_back(houses: Houses) -> None:
    house, _ = await _engineer(houses)
    await run(house, "revoke", "mia@acme.example")
    await house.idle()
    assert house.roles() == {}
    assert "revoked by cli:" in await run(house, "explain", "mia@acme.example")
    await run(house, "revoke", "mia@acme.example", "--give-back")
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}


async def test_the_audit_trail_is_printed_and_verified(houses: Houses) -> None:
    house, _ = await _engineer(houses)
    lines = (await run(house, "audit", "--json")).splitlines()
    assert "membership.added" in {orjson.loads(line)["action"] for line in lines}
    assert "whole" in await run(house, "audit", "verify")


async def test_a_mapping_by_hand_waits_until_it_is_activated(houses: Houses) -> None:
    house, _ = await _engineer(houses, mapping={"activate": "by_hand"})
    assert house.roles() == {}
    assert (await json(house, "mapping", "activate", "acme"))["version"] == 1
    await house.idle()
    assert house.roles() == {"mia": {"production": "editor"}}
    assert [one["in_service"] for one in await json(house, "mapping", "history", "acme")] == [True]


async def test_check_points_at_what_is_wrong_and_fails(houses: Houses) -> None:
    house = await houses()
    assert "ok:" in await run(house, "check")
    house.mapping(rules=[{"name": "x", "when": {"group": "y"}, "grant": {"productoin": "admin"}}])
    text = await run(house, "check", code=1)
    assert "did you mean production?" in text
    assert "^" in text


async def test_somebody_unknown_is_a_sentence_not_a_traceback(houses: Houses) -> None:
    house = await houses()
    text = await run(house, "explain", "nobody@acme.example", code=1)
    assert text.startswith("Error: Nobody here is known as nobody@acme.example.")
    assert "Traceback" not in text


def test_config_shows_origins_and_no_secret(tmp_path: Path) -> None:
    """Of the examples as an operator with a Clerk instance of their own would have them: without the stand-in IdP."""
    shutil.copytree(ROOT / "config", tmp_path / "config")
    for file in (tmp_path / "config" / "connections").iterdir():
        written = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"^  saml: .*\n", "", written, flags=re.MULTILINE), encoding="utf-8")
    environment = {
        "BRIDGE_CONFIG": str(tmp_path / "config"),
        "BRIDGE_DATA": str(tmp_path),
        "BRIDGE_DATABASE_URL": "postgresql://bridge:hunter2@db/bridge",
        "CLERK_SECRET_KEY": "sk_test_very_secret",
    }
    shown = invoke("config", env=environment).output
    assert "environment CLERK_SECRET_KEY" in shown
    assert "hunter2" not in shown
    assert "very_secret" not in shown
    assert "config/connections/example-okta.yaml:" in invoke("config", "example-okta", env=environment).output


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_explains_itself(command: str) -> None:
    assert len(invoke(command, "--help").output.splitlines()) > 4


def test_the_service_stops_gracefully_and_keeps_a_second_one_away(tmp_path: Path, sandbox: RunningSandbox) -> None:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("BRIDGE_", "CLERK_"))},
        "BRIDGE_CONFIG": str(ROOT / "config"),
        "BRIDGE_DATA": str(tmp_path / "data"),
        "BRIDGE_LISTEN": "127.0.0.1:0",
        "BRIDGE_SANDBOX_LISTEN": sandbox.url.removeprefix("http://"),
    }
    command = [sys.executable, "-m", "bridge.cli", "serve"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as service:
        assert service.stderr is not None
        for line in service.stderr:
            if "lease taken" in line:
                break
        second = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert second.returncode == 1
        assert "Another service runs on" in second.stderr
        service.terminate()
        service.stderr.read()
        assert service.wait(timeout=60) == 0
