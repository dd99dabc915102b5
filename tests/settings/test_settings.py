"""Settings: layers with origins, secrets as references, and every problem at once at its place."""

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from bridge.settings import Brake, Callers, Settings, SettingsError, load
from mappings.expressions import expression
from mappings.located import Problem
from mappings.roles import Role
from tests.support.saml import signer
from tests.support.shared import shared

MINIMAL = "customer: Acme\nprovider: okta\n"
TENANT = "ce5f061f-abe6-4e40-9615-301f87bcb7f0"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "connections").mkdir()
    return tmp_path


def write(folder: Path, bridge: str | None = None, **connections: str) -> None:
    if bridge is not None:
        (folder / "bridge.yaml").write_text(dedent(bridge), encoding="utf-8")
    for name, text in connections.items():
        (folder / "connections" / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")


def problems(folder: Path, **environment: str) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        load(folder, environment)
    return caught.value.problems


def places(found: list[Problem]) -> list[tuple[str, int, int]]:
    return [(Path(problem.file).name, problem.line, problem.column) for problem in found]


def origin(settings: Settings, name: str, *path: str) -> str:
    file, _, line = settings.origins[name].origin(path).rpartition(":")
    return f"{Path(file).name}:{line}" if file else line


def test_nothing_written_is_a_working_configuration(folder: Path) -> None:
    bridge = load(folder, {}).bridge
    assert bridge.listen == ("127.0.0.1", 8080)
    assert bridge.public_url == "http://127.0.0.1:8080"
    assert bridge.database_url == "sqlite:///data/bridge.db"
    assert (bridge.clerk.sandbox, bridge.clerk.api_url) == (True, "http://127.0.0.1:8081")
    assert bridge.clerk.secret_key.reveal() == "sk_test_sandbox"


def test_the_environment_wins_over_the_file_and_says_so(folder: Path) -> None:
    write(folder, "listen: 127.0.0.1:1\ndata: here\n")
    settings = load(folder, {"BRIDGE_LISTEN": "0.0.0.0:2", "BRIDGE_DATA": "/srv/data", "BRIDGE_PUBLIC_URL": ""})
    assert settings.bridge.listen == ("0.0.0.0", 2)
    assert settings.bridge.database_url == "sqlite:////srv/data/bridge.db"
    assert settings.bridge.public_url == "http://0.0.0.0:2"
    assert origin(settings, "bridge", "listen") == "environment BRIDGE_LISTEN"
    assert origin(settings, "bridge", "public_url") == "built in"


@pytest.mark.parametrize(
    ("key", "sandbox", "url", "limit"),
    [
        ("sk_live_abc", False, "https://api.clerk.com", 1000),
        ("sk_test_abc", False, "https://api.clerk.com", 100),
        ("sk_test_sandbox", True, "http://127.0.0.1:8081", 1000),
    ],
)
def test_the_kind_of_the_key_decides_where_clerk_is_and_how_fast(
    folder: Path, key: str, sandbox: bool, url: str, limit: int
) -> None:
    clerk = load(folder, {"CLERK_SECRET_KEY": key}).bridge.clerk
    assert (clerk.sandbox, clerk.api_url, clerk.calls_per_10s) == (sandbox, url, limit)
    assert key not in repr(clerk)


def test_every_problem_of_every_file_and_variable_is_reported_at_once(folder: Path) -> None:
    write(
        folder,
        """\
        listen: nowhere
        log: {level: loud}
        colour: blue
        audit: {key: "env:MISSING", seal_every: 1}
        defaults:
          brakes: {people: 5}
          timezone: Mars/Olympus
        """,
        acme="customer: Acme\nprovder: okta\nsettle: soon\n",
        globex="customer: Globex\nprovider: okta\nworkspaces:\n  main: {ceiling: boss}\n",
    )
    found = problems(folder, BRIDGE_PUBLIC_URL="bridge.example")
    assert sorted(places(found)) == [
        ("acme.yaml", 2, 1),  # and so provider is missing
        ("acme.yaml", 3, 9),
        ("bridge.yaml", 1, 9),
        ("bridge.yaml", 2, 14),
        ("bridge.yaml", 3, 1),
        ("bridge.yaml", 4, 14),  # the reference points at nothing
        ("bridge.yaml", 4, 41),
        ("bridge.yaml", 6, 3),
        ("bridge.yaml", 7, 13),
        ("globex.yaml", 4, 19),
        ("settings", 1, 1),  # the environment
    ]


def test_a_problem_shows_its_line_with_a_caret_and_a_hint(folder: Path) -> None:
    write(folder, acme=MINIMAL + "domans: [acme.com]\n")
    (problem,) = problems(folder)
    assert str(problem).splitlines()[1:] == ["    domans: [acme.com]", "    ^", "    hint: did you mean domains?"]


def test_the_error_for_people_counts_its_problems(folder: Path) -> None:
    write(folder, acme=MINIMAL + "mode: sometimes\n")
    with pytest.raises(SettingsError, match=r"acme\.yaml:3:7: .*\n(.*\n)+1 problem in the configuration"):
        load(folder, {})


def test_a_wrong_variable_is_named(folder: Path) -> None:
    (problem,) = problems(folder, BRIDGE_LISTEN="8080")
    assert problem.message == "environment BRIDGE_LISTEN: '8080' is no address"
    assert problem.hint == "write HOST:PORT, such as 127.0.0.1:8080"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("public_url: ftp://x", "no URL"),
        ("database_url: mysql://x/y", "no database URL"),
        ("listen: 127.0.0.1:99999", "no address"),
        ("audit: {seal_every: 5}", "no duration"),
        ("clerk: {calls_per_10s: 0}", "greater than or equal to 10"),
        ("roles: {boss: org:boss}", "the key boss is unknown"),
        ("defaults: {customer: Acme}", "the key customer is unknown"),
        ("defaults: [mode]", "a map of keys is expected"),
        ("listen: [a, b", "not YAML"),
        ("listen: 127.0.0.1:1\nlisten: 127.0.0.1:2", "a second time"),
    ],
)
def test_a_wrong_value_in_bridge_yaml_is_refused(folder: Path, line: str, message: str) -> None:
    write(folder, line + "\n")
    assert any(message in problem.message for problem in problems(folder))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("domains: ['@acme.com']", "no domain"),
        ("domains: ['*.acme.com']", "no domain"),
        ("domains: [acme]", "no domain"),
        ("timezone: Berlin", "no timezone"),
        ("settle: 10", "no duration"),
        ("workspaces: {main: {ceiling: admin}}", "main needs an id or a create"),
        ("workspaces: {main: {id: org_1, create: Main}}", "main needs an id or a create"),
        ("directory: {scim: {}, ldap: {}}", "one directory source, not scim and ldap"),
        ("directory: {scimm: {}}", "the key scimm is unknown"),
        ("shared_with: [nobody]", "there is no connection nobody"),
        ("brake: {percent: 101}", "less than or equal to 100"),
        ("sign_in: {mfa: {required_for: [boss]}}", "boss is not possible here"),
    ],
)
def test_a_wrong_value_in_a_connection_is_refused_at_its_line(folder: Path, line: str, message: str) -> None:
    write(folder, acme=MINIMAL + line + "\n")
    (problem,) = problems(folder)
    assert message in problem.message
    assert problem.line == 3


def test_a_domain_has_one_owner_even_if_a_file_has_other_problems(folder: Path) -> None:
    write(
        folder,
        acme=MINIMAL + "domains: [acme.com, shared.com]\n",
        globex="customer: Globex\nprovider: entra\ndomains:\n  - globex.com\n  - SHARED.com\nmode: sometimes\n",
    )
    found = problems(folder)
    assert places(found) == [("globex.yaml", 6, 7), ("acme.yaml", 3, 21), ("globex.yaml", 5, 5)]
    acme, globex = (folder / "connections" / f"{name}.yaml" for name in ("acme", "globex"))
    assert found[1].message == f"globex claims the domain SHARED.com, too ({globex}:5:5)"
    assert found[2].message == f"the domain SHARED.com belongs to acme ({acme}:3:21)"
    assert {problem.hint for problem in found[1:]} == {"a domain has one owner; acme may say shared_with: [globex]"}


def test_the_owner_of_a_domain_may_share_it(folder: Path) -> None:
    write(folder, acme=MINIMAL + "domains: [acme.com]\nshared_with: [globex]\n", globex=MINIMAL)
    assert load(folder, {}).connections["acme"].shared_with == ("globex",)


@pytest.mark.parametrize("name", ["Acme", "acme_okta", "-acme", "bridge"])
def test_a_file_whose_name_is_no_connections_name_is_refused(folder: Path, name: str) -> None:
    (folder / "connections" / f"{name}.yaml").write_text(MINIMAL, encoding="utf-8")
    (problem,) = problems(folder)
    assert "is no name for a connection" in problem.message


def test_defaults_of_the_operator_lie_under_each_connection_and_maps_merge(folder: Path) -> None:
    write(
        folder,
        """\
        defaults:
          mode: additive
          brake: {people: 3}
          domains: []
          workspaces: {production: {ceiling: admin}}
        """,
        acme=MINIMAL + "brake: {within: 1h}\nworkspaces: {production: org_1}\nmode: enforce\n",
        globex=MINIMAL,
    )
    with pytest.raises(SettingsError, match="production needs an id"):
        load(folder, {})
    write(folder, globex=MINIMAL + "workspaces: {production: {create: Prod}}\n")
    settings = load(folder, {})
    acme, globex = settings.connections["acme"], settings.connections["globex"]
    assert (acme.mode, globex.mode) == ("enforce", "additive")
    assert acme.brake == Brake(3, 10, 3600)
    assert acme.workspaces["production"].ceiling is Role.ADMIN
    assert origin(settings, "acme", "mode") == "acme.yaml:5"
    assert origin(settings, "globex", "mode") == "bridge.yaml:2"
    assert origin(settings, "acme", "brake", "people") == "bridge.yaml:3"
    assert origin(settings, "acme", "brake", "within") == "acme.yaml:3"
    assert origin(settings, "acme", "brake", "percent") == "built in"
    assert origin(settings, "acme", "workspaces", "production", "id") == "acme.yaml:4"


def test_a_connection_says_only_what_differs_from_its_providers_names(folder: Path) -> None:
    write(folder, acme=MINIMAL + "attributes:\n  department: {scim: costCenter}\n  shoe: {saml: [shoe, shoes]}\n")
    settings = load(folder, {})
    attributes = settings.connections["acme"].attributes
    assert attributes["department"].scim == expression("costCenter")
    assert attributes["department"].saml  # kept from the preset
    assert attributes["shoe"].saml == expression(["shoe", "shoes"])
    assert origin(settings, "acme", "attributes", "department", "scim") == "acme.yaml:4"
    assert origin(settings, "acme", "attributes", "department", "saml") == "preset okta"


@pytest.mark.parametrize(
    ("defaults", "own", "expected"),
    [
        ("{}", "{}", "scim"),
        ("{}", "none", "none"),
        ("{}", "{ldap: {url: x}}", "ldap"),
        ("{ldap: {url: x}}", "{}", "ldap"),
        ("{ldap: {url: x}}", "{scim: {auth: [oauth]}}", "scim"),
        ("none", "{scim: {}}", "scim"),
        ("{deactivation: ban}", "none", "none"),
    ],
)
def test_a_connection_has_the_directory_source_of_the_nearest_layer(
    folder: Path, defaults: str, own: str, expected: str
) -> None:
    write(folder, f"defaults:\n  directory: {defaults}\n", acme=MINIMAL + f"directory: {own}\n")
    acme = load(folder, {}).connections["acme"]
    assert acme.directory == expected
    assert acme.deactivation == ("ban" if "ban" in defaults else "remove")


def test_a_wildcard_workspace_is_kept_apart(folder: Path) -> None:
    write(folder, acme=MINIMAL + 'workspaces: {"*": {create: "Acme {alias}", at_most: 30, ceiling: editor}, a: org_1}\n')
    acme = load(folder, {}).connections["acme"]
    assert list(acme.workspaces) == ["a"]
    assert acme.wildcard is not None
    assert (acme.wildcard.create, acme.wildcard.at_most, acme.wildcard.ceiling) == ("Acme {alias}", 30, Role.EDITOR)
    assert acme.scope().wildcard is Role.EDITOR


def test_a_secret_comes_from_the_environment_or_a_file(folder: Path) -> None:
    (folder / "audit.secret").write_text("from the file\n", encoding="utf-8")
    write(folder, "clerk: {secret_key: 'env:OTHER_KEY'}\naudit: {key: 'file:audit.secret'}\ndatabase_url: env:DB\n")
    bridge = load(folder, {"OTHER_KEY": "sk_live_1", "DB": "postgresql://u:p@h/d"}).bridge
    assert bridge.clerk.secret_key.reveal() == "sk_live_1"
    assert bridge.audit_key is not None
    assert bridge.audit_key.reveal() == "from the file"
    assert bridge.database_url == "postgresql://u:p@h/d"
    assert "u:p" not in repr(bridge)


@pytest.mark.parametrize(
    "line",
    [
        "clerk: {secret_key: sk_live_hunter2}",
        "clerk: {webhook_signing_secret: whsec_hunter2}",
        "audit: {key: hunter2}",
        "database_url: postgresql://bridge:hunter2@db/bridge",
    ],
)
def test_a_secret_in_a_file_is_refused_and_not_repeated(folder: Path, line: str) -> None:
    write(folder, line + "\n")
    (problem,) = problems(folder)
    assert problem.line == 1
    assert "hunter2" not in f"{problem} {problem.as_dict()}"


@pytest.mark.parametrize("reference", ["env:MISSING", "env:EMPTY", "file:missing", "file:blank", "file:connections"])
def test_a_reference_that_points_at_nothing_is_refused_at_its_line(folder: Path, reference: str) -> None:
    (folder / "blank").write_text(" \n", encoding="utf-8")
    write(folder, f"\naudit:\n  key: {reference}\n")
    (problem,) = problems(folder, EMPTY="")
    assert (problem.line, problem.column) == (3, 8)


def test_a_variable_that_is_probably_misspelt_is_a_warning(folder: Path) -> None:
    write(folder, "audit: {key: 'env:BRIDGE_AUDIT_KEY'}\n")
    (folder / "connections" / "acme.yml").write_text(MINIMAL, encoding="utf-8")
    environment = {"BRIDGE_DATABSE_URL": "x", "BRIDGE_AUDIT_KEY": "k", "BRIDGE_TEST_DATABASE_URL": "x", "BRIDGE_CONFIG": "x"}
    found = load(folder, environment).warnings
    assert [(warning.severity, warning.hint) for warning in found] == [
        ("warning", "did you mean BRIDGE_DATABASE_URL?"),
        ("warning", "connection files end in .yaml"),
    ]


def test_a_folder_that_does_not_exist_is_a_problem(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "missing")
    assert "there is no folder" in problem.message


def test_the_examples_of_this_repository_load(pytestconfig: pytest.Config) -> None:
    settings = load(pytestconfig.rootpath / "config", {})
    assert set(settings.connections) >= {"example-okta", "example-entra"}
    assert settings.warnings == ()


def test_the_shared_examples_load(folder: Path) -> None:
    for file in shared("examples/connections").glob("*.yaml"):
        write(folder, **{file.stem: file.read_text(encoding="utf-8")})
    (folder / "secrets").mkdir()
    for year in (2026, 2027):
        (folder / "secrets" / f"acme-sp-{year}.pem").write_text(signer(f"acme-{year}").pem())
    (folder / "tinybird-google.idp.xml").touch()
    found: dict[str, Any] = {name: (one.directory, one.outsiders) for name, one in load(folder, {}).connections.items()}
    assert found == {
        "acme-okta": ("scim", "refuse"),
        "nordwind-entra": ("scim", "invite"),
        "tinybird-google": ("none", "refuse"),
    }


def test_only_what_is_listed_may_call_and_a_plain_token_is_the_default(folder: Path) -> None:
    write(folder, acme=MINIMAL, other=MINIMAL + "directory: {scim: {auth: [oauth], token_lasts: 2h}}\n")
    connections = load(folder, {}).connections
    assert connections["acme"].callers == Callers(("token",), None, 3600)
    assert connections["other"].callers == Callers(("oauth",), None, 7200)


def test_a_connection_without_scim_lets_nobody_call(folder: Path) -> None:
    write(folder, acme=MINIMAL + "directory: none\n")
    assert load(folder, {}).connections["acme"].callers.auth == ()


def test_what_entra_says_of_itself_follows_from_the_tenant(folder: Path) -> None:
    write(folder, acme=MINIMAL + f"directory: {{scim: {{auth: [entra], entra_tenant: {TENANT.upper()}}}}}\n")
    entra = load(folder, {}).connections["acme"].callers.entra
    assert entra is not None
    assert entra.tenant == TENANT
    assert entra.issuers[0] == f"https://sts.windows.net/{TENANT}/"
    assert entra.keys_url == f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"


def test_entra_without_a_tenant_says_what_to_write(folder: Path) -> None:
    write(folder, acme=MINIMAL + "directory:\n  scim: {auth: [token, entra]}\n")
    found = problems(folder)
    assert places(found) == [("acme.yaml", 4, 16)]
    assert "entra_tenant" in (found[0].hint or "")


@pytest.mark.parametrize(
    ("scim", "hint"),
    [
        ("{entra_tenant: acme.example}", "as Entra shows it"),
        ("{token_lasts: 10d}", "Entra wants 1h to 6h"),
        ("{entra: {issuers: [sts.windows.net]}}", "what stands in `iss`"),
        ("{entra: {object_ids: [everybody]}}", "as Entra shows it"),
    ],
)
def test_what_callers_cannot_be_has_a_hint(folder: Path, scim: str, hint: str) -> None:
    write(folder, acme=MINIMAL + f"directory: {{scim: {scim}}}\n")
    assert [hint in (problem.hint or "") for problem in problems(folder)] == [True]


@pytest.mark.parametrize("auth", ["entra", "oauth"])
def test_a_tenant_without_a_pin_is_a_warning(folder: Path, auth: str) -> None:
    tenant, pin = f"auth: [{auth}], entra_tenant: {TENANT}", f"entra: {{object_ids: [{TENANT}]}}"
    write(folder, acme=MINIMAL + f"directory: {{scim: {{{tenant}}}}}\n")
    assert ["may call" in problem.message for problem in load(folder, {}).warnings] == [True]
    write(folder, acme=MINIMAL + f"directory: {{scim: {{{tenant}, {pin}}}}}\n")
    assert load(folder, {}).warnings == ()


def test_a_proxy_to_trust_is_an_address_or_a_network(folder: Path) -> None:
    write(folder, "trusted_proxies: [10.0.0.5, 'fd00::/8']\n")
    assert [str(one) for one in load(folder, {}).bridge.trusted_proxies] == ["10.0.0.5/32", "fd00::/8"]
    write(folder, "trusted_proxies: [proxy.example]\n")
    assert ["10.0.0.0/8" in (problem.hint or "") for problem in problems(folder)] == [True]
