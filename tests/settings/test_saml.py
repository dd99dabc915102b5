"""What signing in by SAML needs in the files, each mistake at its place; a checkout is read without secrets all the same."""

from pathlib import Path
from textwrap import dedent

import pytest

from bridge.settings import Settings, SettingsError, load, read
from mappings.located import Problem
from tests.support.saml import signer

REAL = {"CLERK_SECRET_KEY": "sk_test_abc"}
URL = "https://idp.acme.test/metadata"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "connections").mkdir()
    (tmp_path / "ours.pem").write_text(signer("ours").pem())
    return tmp_path


def write(folder: Path, saml: str, *, name: str = "acme", domains: str = "[acme.com]") -> None:
    text = f"customer: Acme\nprovider: okta\ndomains: {domains}\nsign_in:\n  saml: {saml}\n"
    (folder / "connections" / f"{name}.yaml").write_text(text, encoding="utf-8")


def bridge(folder: Path, text: str) -> None:
    (folder / "bridge.yaml").write_text(dedent(text), encoding="utf-8")


def problems(folder: Path, **environment: str) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        load(folder, environment)
    return caught.value.problems


def only(folder: Path, **environment: str) -> tuple[str, int, int, str]:
    (found,) = problems(folder, **environment)
    return Path(found.file).name, found.line, found.column, found.message


def told(settings: Settings) -> list[tuple[str, int, int, str]]:
    return [(Path(one.file).name, one.line, one.column, one.message) for one in settings.warnings]


def test_keys_are_looked_up_in_their_order(folder: Path) -> None:
    write(folder, f"{{metadata: '{URL}', keys: [env:ACME_KEY, file:ours.pem]}}")
    saml = load(folder, {"ACME_KEY": signer("new").pem()}).connections["acme"].sign_in.saml
    assert saml is not None
    assert [one.reveal().strip() for one in saml.keys] == [signer(name).pem().strip() for name in ("new", "ours")]
    assert "PRIVATE" not in repr(saml)


def test_a_checkout_is_read_without_its_keys_and_files(folder: Path) -> None:
    write(folder, "{metadata: file:missing.xml, keys: [env:NOWHERE, file:nothing.pem]}")
    found = read(folder)
    assert found.problems == ()
    saml = found.connections["acme"].sign_in.saml
    assert saml is not None
    assert saml.metadata == str(folder / "missing.xml")


def test_a_key_or_a_file_that_is_not_there_is_told_where_it_is_named(folder: Path) -> None:
    write(folder, "{metadata: file:missing.xml, keys: [env:NOWHERE, file:nothing.pem]}")
    found = problems(folder)
    assert [(one.line, one.column, one.message.partition(" can't")[0]) for one in found] == [
        (5, 45, "The environment has no NOWHERE."),
        (5, 58, f"The file {folder / 'nothing.pem'}"),
        (5, 20, f"the file {folder / 'missing.xml'}"),
    ]


def test_what_is_no_key_is_told_with_its_reason_and_without_itself(folder: Path) -> None:
    write(folder, f"{{metadata: '{URL}', keys: [env:ACME_KEY]}}")
    for pem, why in (
        ("secret", "it has 0 private keys and 0 certificates"),
        (signer("short", "rsa-1024").pem(), "the private key has 1024 bits"),
        (signer("ec", "ec-256").pem(), "the private key is not RSA"),
    ):
        (found,) = problems(folder, ACME_KEY=pem)
        assert (found.line, found.column, found.message) == (5, 61, f"env:ACME_KEY is no key of ours: {why}")
        assert found.hint
        assert "secret" not in str(found)


def test_a_variable_that_holds_a_key_is_used(folder: Path) -> None:
    write(folder, f"{{metadata: '{URL}', keys: [env:BRIDGE_ACME_KEY]}}")
    assert load(folder, {"BRIDGE_ACME_KEY": signer("new").pem()}).warnings == ()


@pytest.mark.parametrize("wish", ["sign_requests", "require_encryption"])
def test_what_needs_a_key_of_ours_is_refused_without_one(folder: Path, wish: str) -> None:
    write(folder, f"{{metadata: '{URL}', {wish}: true}}")
    assert only(folder) == ("acme.yaml", 5, 56 + len(wish), f"{wish} needs a key of ours")
    assert [one.message for one in read(folder).problems] == [f"{wish} needs a key of ours"]


@pytest.mark.parametrize(
    "text", ["idp.xml", "ftp://idp.acme.test/x", "https://", "https://a:b@idp.acme.test/x", "env:URL", "file:"]
)
def test_what_is_no_place_for_metadata_is_refused(folder: Path, text: str) -> None:
    write(folder, f"{{metadata: '{text}'}}")
    file, line, column, message = only(folder)
    assert (file, line, column) == ("acme.yaml", 5, 20)
    assert message == f"'{text}' is no place for metadata"


def test_plain_http_is_for_what_the_operator_allows(folder: Path) -> None:
    write(folder, "{metadata: 'http://127.0.0.1:18080/metadata'}")
    assert only(folder) == ("acme.yaml", 5, 20, "metadata must come by https")
    bridge(folder, "outbound: {allow: ['127.0.0.1:18080']}\n")
    assert load(folder, {}).warnings == ()


def test_the_sandboxs_idp_has_an_address_per_connection_and_signs_nobody_in_for_real(folder: Path) -> None:
    write(folder, "{metadata: sandbox}")
    bridge(folder, "sandbox_listen: 127.0.0.1:9\ndashboard_url: https://app.acme.test/sign-in\n")
    saml = load(folder, {}).connections["acme"].sign_in.saml
    assert saml is not None
    assert saml.metadata == "http://127.0.0.1:9/idp/acme/metadata"
    text = "the stand-in IdP signs anybody in, so it is none for a real Clerk instance"
    assert only(folder, **REAL) == ("acme.yaml", 5, 20, text)


def test_a_real_instance_needs_to_know_the_dashboard_once_somebody_signs_in(folder: Path) -> None:
    (folder / "connections" / "plain.yaml").write_text("customer: Acme\nprovider: okta\n")
    load(folder, REAL)
    write(folder, f"{{metadata: '{URL}'}}")
    write(folder, f"{{metadata: '{URL}'}}", name="beta", domains="[beta.com]")
    assert only(folder, **REAL) == ("acme.yaml", 5, 9, "nobody knows where people go once they are signed in")
    load(folder, {})
    load(folder, {**REAL, "BRIDGE_DASHBOARD_URL": "https://app.acme.test/sign-in"})


def test_an_address_without_tls_is_told_because_browsers_keep_no_secure_cookie_for_it(folder: Path) -> None:
    bridge(folder, "public_url: http://bridge.acme.test\n")
    assert load(folder, {}).warnings == ()  # nobody signs in
    write(folder, f"{{metadata: '{URL}'}}")
    text = "nobody can sign in at http://bridge.acme.test, because it is not https"
    assert told(load(folder, {})) == [("bridge.yaml", 1, 13, text)]
    assert told(load(folder, {"BRIDGE_PUBLIC_URL": "http://x.test"}))[0][:3] == ("settings", 1, 1)
    for good in ("https://bridge.acme.test", "http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"):
        assert load(folder, {"BRIDGE_PUBLIC_URL": good}).warnings == ()


def test_a_connection_without_domains_is_told_that_nobody_will_be_found(folder: Path) -> None:
    write(folder, f"{{metadata: '{URL}'}}", domains="[]")
    ((file, line, column, message),) = told(load(folder, {}))
    assert (file, line, column) == ("acme.yaml", 5, 9)
    assert message.startswith("nobody's address is in a domain")
    write(folder, f"{{metadata: '{URL}'}}", name="owner", domains="[acme.com]\nshared_with: [acme]")
    assert load(folder, {}).warnings == ()  # it borrows one


def test_mistakes_in_the_defaults_are_told_there(folder: Path) -> None:
    bridge(folder, f"defaults:\n  sign_in: {{saml: {{metadata: '{URL}', keys: [env:NOWHERE]}}}}\n")
    (folder / "connections" / "acme.yaml").write_text("customer: Acme\nprovider: okta\ndomains: [acme.com]\n")
    file, line, _, message = only(folder)
    assert (file, line, message) == ("bridge.yaml", 2, "The environment has no NOWHERE.")
