"""`clerk setup` and `clerk doctor` against a sandbox as Clerk makes an instance: nothing of what is needed is there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import orjson
import pytest

from bridge.instance.wanted import CLAIMS, RIGHTS
from bridge.sandbox.testing import RunningSandbox
from tests.support.clerk_sandbox import client
from tests.support.command_line import invoke

Sandboxes = Callable[..., RunningSandbox]
OURS = {"org:owner", "org:admin", "org:editor", "org:viewer"}


@pytest.fixture
def bare(sandboxes: Sandboxes) -> RunningSandbox:
    return sandboxes(bare=True)


@pytest.fixture
def at(bare: RunningSandbox, tmp_path: Path, sqlite_template: Path) -> dict[str, str]:
    """The environment of an operator with one connection and no key."""
    shutil.copyfile(sqlite_template, tmp_path / "bridge.db")
    return _environment(bare, tmp_path, f"sqlite:///{tmp_path / 'bridge.db'}")


@pytest.fixture
def everywhere(bare: RunningSandbox, tmp_path: Path, database_url: str) -> dict[str, str]:
    """The same on SQLite and on PostgreSQL, for what touches the database."""
    return _environment(bare, tmp_path, database_url)


def _environment(bare: RunningSandbox, folder: Path, database_url: str) -> dict[str, str]:
    connection = folder / "config" / "connections" / "acme.yaml"
    connection.parent.mkdir(parents=True)
    connection.write_text(
        "customer: Acme\nprovider: okta\ndomains: [acme.example]\nworkspaces: {production: {create: Production}}\n",
        encoding="utf-8",
    )
    return {
        "BRIDGE_CONFIG": str(folder / "config"),
        "BRIDGE_DATA": str(folder),
        "BRIDGE_DATABASE_URL": database_url,
        "CLERK_API_URL": bare.url,
    }


def _json(at: dict[str, str], *words: str, code: int = 0) -> Any:
    return orjson.loads(invoke(*words, "--json", env=at, code=code).stdout)


def _verdicts(at: dict[str, str], code: int = 0) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for one in _json(at, "clerk", "doctor", code=code)["checks"]:
        found.setdefault(one["check"], set()).add(one["verdict"])
    return found


def _writes(sandbox: RunningSandbox) -> int:
    return sum(count for call, count in sandbox.calls().items() if not call.startswith("GET "))


def test_a_bare_instance_is_sick_is_set_up_and_is_well(everywhere: dict[str, str], bare: RunningSandbox) -> None:
    before = _verdicts(everywhere, code=1)
    assert {name for name, verdicts in before.items() if "problem" in verdicts} == {"roles", "role_sets", "template"}
    done = _json(everywhere, "clerk", "setup", "--apply")
    assert {one["end"] for one in done["outcomes"]} == {"done"}
    assert (done["still_to_do"], done["by_hand"]) == ([], [])
    after = _verdicts(everywhere)
    assert after["roles"] == after["permissions"] == after["role_sets"] == after["template"] == {"ok"}
    assert after["issuer"] == after["signing_keys"] == after["creator_role"] == {"ok"}
    assert {name for name, verdicts in after.items() if "unseen" in verdicts} == set()


def test_a_second_run_does_nothing_and_calls_nothing_that_writes(at: dict[str, str], bare: RunningSandbox) -> None:
    invoke("clerk", "setup", "--apply", env=at)
    bare.reset_calls()
    told = invoke("clerk", "setup", "--apply", env=at).stdout
    assert "Nothing to do" in told
    assert _writes(bare) == 0


def test_a_plan_makes_as_many_calls_as_it_shows(at: dict[str, str], bare: RunningSandbox) -> None:
    planned = _json(at, "clerk", "setup")["steps"]
    assert _writes(bare) == 0
    invoke("clerk", "setup", "--yes", env=at)
    assert _writes(bare) == len(planned)


def test_the_roles_have_what_the_table_says_and_clerks_own_stay(at: dict[str, str], bare: RunningSandbox) -> None:
    before = {role["key"]: _keys(role) for role in bare.state()["roles"]}
    invoke("clerk", "setup", "--apply", env=at)
    after = {role["key"]: _keys(role) for role in bare.state()["roles"]}
    assert set(after) == OURS | {"org:member"}
    assert all(held <= after[key] for key, held in before.items())
    assert after["org:member"] == before["org:member"]
    assert {right.key for right in RIGHTS if not right.system} <= after["org:owner"]
    assert "org:workflows:edit" in after["org:editor"]
    assert "org:workflows:edit" not in after["org:viewer"]


def test_the_creator_role_is_kept_where_that_is_asked_for(at: dict[str, str], bare: RunningSandbox) -> None:
    invoke("clerk", "setup", "--apply", "--creator", "keep", env=at)
    with client(bare) as api:
        [role_set] = api.get("/role_sets").json()["data"]
        assert (role_set["creator_role"]["key"], role_set["default_role"]["key"]) == ("org:admin", "org:member")
        invoke("clerk", "setup", "--apply", "--default-role", "viewer", env=at)
        [role_set] = api.get("/role_sets").json()["data"]
        assert (role_set["creator_role"]["key"], role_set["default_role"]["key"]) == ("org:owner", "org:viewer")


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("call", ["organization_permissions", "organization_roles", "jwt_templates"])
def test_a_run_that_broke_off_is_finished_by_the_next_one(
    at: dict[str, str], bare: RunningSandbox, call: str, when: str
) -> None:
    bare.fault(match=f"POST /v1/{call}", status="cut", when=when)
    broken = invoke("clerk", "setup", "--apply", env=at, code=1)
    assert "Run it again" in broken.output
    done = _json(at, "clerk", "setup", "--apply")
    assert ({one["end"] for one in done["outcomes"]} | {"done"}, done["still_to_do"]) == ({"done"}, [])
    permissions = [one["key"] for one in _list(bare, "/organization_permissions")]
    roles = [one["key"] for one in _list(bare, "/organization_roles")]
    assert (len(permissions), len(roles)) == (len(set(permissions)), len(set(roles)))
    assert set(roles) >= OURS


def test_a_run_that_was_killed_is_finished_by_the_next_one(everywhere: dict[str, str], bare: RunningSandbox) -> None:
    command = [sys.executable, "-m", "bridge.cli", "clerk", "setup", "--apply"]
    environment = {**os.environ, **everywhere}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("done     make the permission org:workspace:manage" in line for line in process.stdout)
        process.kill()
    done = _json(everywhere, "clerk", "setup", "--apply")
    assert {one["end"] for one in done["outcomes"]} <= {"done"}
    assert done["still_to_do"] == []
    assert not any(one["what"].startswith("make the permission") for one in done["outcomes"])
    assert _verdicts(everywhere)["roles"] == {"ok"}


def test_what_was_given_by_hand_stays_and_is_told(at: dict[str, str], bare: RunningSandbox) -> None:
    invoke("clerk", "setup", "--apply", env=at)
    with client(bare) as api:
        extra = api.post("/organization_permissions", json={"name": "Extra", "key": "org:extra:use"}).json()["id"]
        viewer = next(role for role in _list(bare, "/organization_roles") if role["key"] == "org:viewer")["id"]
        assert api.post(f"/organization_roles/{viewer}/permissions/{extra}").status_code == 200
        [template] = api.get("/jwt_templates").json()
        claims = {**template["claims"], "aud": "wrong", "theirs": "{{user.id}}"}
        changed = {"name": "convex", "claims": claims, "lifetime": 90, "allowed_clock_skew": 7}
        assert api.patch(f"/jwt_templates/{template['id']}", json=changed).status_code == 200
    told = invoke("clerk", "setup", "--apply", env=at).stdout
    assert "left as it is: org:viewer also has org:extra:use" in told
    assert "the JWT template convex also has theirs" in told
    [template] = _list(bare, "/jwt_templates")
    assert template["claims"] == {**CLAIMS, "theirs": "{{user.id}}"}
    assert (template["lifetime"], template["allowed_clock_skew"]) == (90, 7)
    viewer_now = next(role for role in _list(bare, "/organization_roles") if role["key"] == "org:viewer")
    assert "org:extra:use" in _keys(viewer_now)


def test_without_apply_and_a_terminal_the_plan_is_all(at: dict[str, str], bare: RunningSandbox) -> None:
    told = invoke("clerk", "setup", env=at).stdout
    assert "make the role org:owner" in told
    assert "Nothing has been changed" in told
    assert _writes(bare) == 0


def test_roles_under_other_keys_are_made_under_those(at: dict[str, str], bare: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "config" / "bridge.yaml").write_text(
        "roles: {owner: org:boss, admin: org:admin, editor: org:member, viewer: org:member}\n", encoding="utf-8"
    )
    invoke("clerk", "setup", "--apply", env=at)
    roles = {role["key"]: _keys(role) for role in bare.state()["roles"]}
    assert set(roles) == {"org:boss", "org:admin", "org:member"}
    assert "org:workflows:edit" in roles["org:member"]


def test_what_clerk_refuses_is_told_with_what_to_do_and_exit_code_1(at: dict[str, str], bare: RunningSandbox) -> None:
    with client(bare) as api:
        for number in range(8):
            assert api.post("/organization_roles", json={"name": "R", "key": f"org:r{number}"}).status_code == 200
    told = invoke("clerk", "setup", "--apply", env=at, code=1).stdout
    assert "organization_instance_roles_quota_exceeded" in told
    assert "Delete a role that nobody has" in told
    assert [one["name"] for one in _list(bare, "/jwt_templates")] == ["convex"]  # what doesn't need it is done


def test_a_plan_without_custom_roles_is_told_what_the_plan_lacks(at: dict[str, str], bare: RunningSandbox) -> None:
    bare.control("POST", "instance", {"custom_roles": False})
    told = invoke("clerk", "setup", "--apply", env=at, code=1).stdout
    assert "unsupported_subscription_plan_features" in told
    assert "B2B Authentication add-on" in told
    assert "skipped  make the role org:owner" in told
    assert [one["name"] for one in _list(bare, "/jwt_templates")] == ["convex"]
    bare.control("POST", "instance", {"custom_roles": True})
    assert "Nothing is left to do" in invoke("clerk", "setup", "--apply", env=at).stdout


def test_organizations_that_are_off_are_switched_on_and_then_the_rest_is_done(
    at: dict[str, str], bare: RunningSandbox
) -> None:
    with client(bare) as api:
        assert api.patch("/instance/organization_settings", json={"enabled": False}).status_code == 200
    assert _verdicts(at, code=1)["organizations"] == {"problem"}
    told = invoke("clerk", "setup", "--apply", env=at).stdout
    assert told.index("done     switch organizations on") < told.index("done     make the role org:owner")
    assert "Nothing is left to do" in told
    assert _verdicts(at)["organizations"] == {"ok"}


def test_what_no_step_can_do_is_told_and_is_exit_code_1(at: dict[str, str], bare: RunningSandbox, tmp_path: Path) -> None:
    (tmp_path / "config" / "bridge.yaml").write_text("roles: {viewer: Viewer}\n", encoding="utf-8")
    told = invoke("clerk", "setup", "--apply", env=at, code=1).stdout
    assert "by hand: Viewer can't be a role's key" in told
    again = invoke("clerk", "setup", "--apply", env=at, code=1).stdout
    assert "Nothing to do: what is left is for you." in again


def test_every_step_is_in_the_audit_trail_with_its_outcome(everywhere: dict[str, str], bare: RunningSandbox) -> None:
    done = _json(everywhere, "clerk", "setup", "--apply")["outcomes"]
    lines = [orjson.loads(line) for line in invoke("audit", "--json", "--limit", "500", env=everywhere).stdout.splitlines()]
    events = [one for one in lines if one["action"] == "clerk.setup"]
    assert [one["subject"] for one in events] == [one["what"] for one in done]
    assert {one["facts"]["end"] for one in events} == {"done"}
    assert all(one["actor"].startswith("cli:") for one in events)


def test_convex_and_the_dashboard_are_told_what_they_need(at: dict[str, str], bare: RunningSandbox) -> None:
    told = invoke("clerk", "setup", env=at).stdout
    assert f'domain: "{bare.url}"' in told
    assert f"CLERK_JWT_ISSUER_DOMAIN={bare.url}" in told
    key = "pk_test_Y2xlcmsuYWNtZS5leGFtcGxlJA"
    given = _json(at, "clerk", "setup", "--publishable-key", key)
    assert given["convex"]["issuer"] == "https://clerk.acme.example"
    assert given["environment"]["VITE_CLERK_PUBLISHABLE_KEY"] == key
    assert "publishable key" in invoke("clerk", "setup", "--publishable-key", "sk_test_x", env=at, code=1).output


def test_a_token_of_the_template_is_one_that_convex_takes(at: dict[str, str], bare: RunningSandbox) -> None:
    invoke("clerk", "setup", "--apply", env=at)
    issuer = _json(at, "clerk", "setup")["convex"]["issuer"]
    with client(bare) as api:
        user = api.post(
            "/users", json={"email_address": ["mia@acme.example"], "first_name": "Mia", "last_name": "Chen"}
        ).json()
        organization = api.post("/organizations", json={"name": "Production"}).json()
        member = {"user_id": user["id"], "role": "org:editor"}
        assert api.post(f"/organizations/{organization['id']}/memberships", json=member).status_code == 200
        active = {"user_id": user["id"], "active_organization_id": organization["id"]}
        session = api.post("/sessions", json=active).json()
        token = api.post(f"/sessions/{session['id']}/tokens/convex", json={}).json()["jwt"]
    claims = _as_convex(token, issuer)
    assert claims["sub"] == user["id"]
    assert (claims["name"], claims["email"], claims["email_verified"]) == ("Mia Chen", "mia@acme.example", True)
    assert (claims["org_id"], claims["org_role"]) == (organization["id"], "org:editor")


def test_doctor_opens_the_tokens_of_a_session_that_it_is_given(at: dict[str, str], bare: RunningSandbox) -> None:
    invoke("clerk", "setup", "--apply", env=at)
    with client(bare) as api:
        user = api.post("/users", json={"email_address": ["mia@acme.example"]}).json()
        organization = api.post("/organizations", json={"name": "Production", "created_by": user["id"]}).json()
        active = {"user_id": user["id"], "active_organization_id": organization["id"]}
        session = api.post("/sessions", json=active).json()["id"]
    found = {one["check"]: one for one in _json(at, "clerk", "doctor", "--session", session)["checks"]}
    assert found["live_token"]["sentence"] == f"The token of convex says org:owner in {organization['id']}."
    assert found["session_token"]["verdict"] == "ok"
    gone = {one["check"]: one for one in _json(at, "clerk", "doctor", "--session", "sess_gone")["checks"]}
    assert gone["live_token"]["verdict"] == "unseen"


def _as_convex(token: str, issuer: str) -> Any:
    """docs.convex.dev/auth/advanced/custom-auth: keys by the issuer's discovery document; iss, aud, RS256, kid, sub, exp."""
    document = httpx.get(f"{issuer}/.well-known/openid-configuration").json()
    assert document["issuer"] == issuer
    keys = jwt.PyJWKSet.from_dict(httpx.get(document["jwks_uri"]).json())
    header = jwt.get_unverified_header(token)
    assert (header["alg"], header["typ"]) == ("RS256", "JWT")
    required = {"require": ["exp", "iat", "iss", "sub"]}
    return jwt.decode(token, keys[header["kid"]].key, ["RS256"], audience="convex", issuer=issuer, options=required)


def test_doctor_on_a_clerk_that_is_away_says_so_and_ends_with_1(at: dict[str, str], bare: RunningSandbox) -> None:
    away = {**at, "CLERK_API_URL": "http://127.0.0.1:1"}
    found = _verdicts(away, code=1)
    assert found["key"] == {"problem"}
    assert found["roles"] == {"unseen"}


def test_doctor_with_a_wrong_key_says_so(at: dict[str, str], bare: RunningSandbox) -> None:
    found = _json({**at, "CLERK_SECRET_KEY": "sk_test_wrong"}, "clerk", "doctor", code=1)["checks"]
    [key] = [one for one in found if one["check"] == "key"]
    assert (key["verdict"], key["page"]) == ("problem", "docs/clerk-setup.md#the-key")
    assert "sk_test_wrong" not in str(found)


def test_doctor_tells_people_what_to_do(at: dict[str, str], bare: RunningSandbox) -> None:
    told = invoke("clerk", "doctor", env=at, code=1).stdout
    assert "problem  template: There is no JWT template convex." in told
    assert "`inferpipe-bridge clerk setup` makes it.  [docs/clerk-setup.md#the-token-for-convex]" in told
    assert told.index("problem") < told.index("by hand")


def test_doctor_changes_nothing_and_makes_few_calls(at: dict[str, str], bare: RunningSandbox) -> None:
    bare.reset_calls()
    invoke("clerk", "doctor", env=at, code=1)
    assert _writes(bare) == 0
    assert sum(bare.calls().values()) <= 16


def _list(sandbox: RunningSandbox, path: str) -> list[Any]:
    with client(sandbox) as api:
        found = api.get(path, params={"limit": 500}).json()
        return list(found["data"] if isinstance(found, dict) else found)


def _keys(role: Any) -> set[str]:
    return {one["key"] for one in role["permissions"]}
