"""What the stand-in IdPs are asked and told: requests, logouts, services. What is wrong gets a sentence."""

import base64
import re
import zlib
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode, urlsplit

import httpx
import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.sandbox.testing import RunningSandbox
from tests.support.saml_reader import MIA, SERVICE, Reader


def packed(text: str) -> str:
    packer = zlib.compressobj(wbits=-15)
    return base64.b64encode(packer.compress(text.encode()) + packer.flush()).decode()


def request_of(acs: str = f"{SERVICE}/acs", issuer: str = SERVICE, **attributes: str) -> str:
    said = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return packed(
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_1" Version="2.0"'
        f' AssertionConsumerServiceURL="{acs}"{said}>'
        f'<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">{issuer}</saml:Issuer></samlp:AuthnRequest>'
    )


def asked(sandbox: RunningSandbox, message: str) -> httpx.Response:
    return httpx.get(f"{sandbox.url}/idp/acme/sso", params={"SAMLRequest": message})


@pytest.fixture
def reader(sandbox: RunningSandbox) -> Reader:
    """A service that the IdP of `acme` was told of."""
    return Reader.of(sandbox, "okta")


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("", "This is no AuthnRequest"),
        ("%%%", "This is no AuthnRequest"),
        (base64.b64encode(b"plain").decode(), "This is no AuthnRequest"),
        (packed("<no"), "this is no XML"),
        (packed('<!DOCTYPE a [<!ENTITY b "c">]><a ID="_1">&b;</a>'), "no document type"),
        (packed("<other ID='_1'/>"), "This is no AuthnRequest"),
        (packed(" " * 3_000_000), "larger than 65536 bytes"),
        (request_of("https://evil.example/acs"), "sends nobody away from this machine"),
        (request_of("http://127.0.0.1.evil.example/acs"), "sends nobody away from this machine"),
        (request_of("http://evil.example@127.0.0.1/acs"), "sends nobody away from this machine"),
        (request_of(issuer="http://127.0.0.1:8080/saml/other"), "this IdP knows http://127.0.0.1:8080/saml/acme"),
        (request_of("http://127.0.0.1:9999/acs"), "this IdP knows http://127.0.0.1:8080/saml/acme/acs"),
    ],
)
def test_a_request_that_is_none_is_refused_with_a_sentence(sandbox: RunningSandbox, message: str, sentence: str) -> None:
    answer = asked(sandbox, message)
    assert (answer.status_code, sentence in answer.text) == (400, True), answer.text


@pytest.mark.usefixtures("reader")
def test_the_page_shows_who_can_be_picked_and_trusts_no_name(sandbox: RunningSandbox) -> None:
    page = asked(sandbox, request_of()).text
    assert 'value="mia@acme.example"' in page
    assert "a &lt;b&gt;" in page
    assert "a <b>" not in page


def test_the_page_says_what_the_service_asks_for(reader: Reader) -> None:
    plain = httpx.get(reader.asks()).text
    asking = httpx.get(reader.asks("https://refeds.org/profile/mfa", force=True)).text
    for sentence in ("asks for a second factor", "wants people to be asked anew"):
        assert (sentence in plain, sentence in asking) == (False, True)
    assert re.search(r'name="second_factor" value="yes" checked', asking)


def test_the_answer_posts_itself_and_has_a_button_for_who_runs_no_script(reader: Reader) -> None:
    answer = httpx.post(reader.asks(), data={"person": MIA["email"]})
    assert f'<form method="post" action="{SERVICE}/acs">' in answer.text
    assert "document.forms[0].submit()" in answer.text
    assert '<button type="submit">' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("picked", "sentence"),
    [
        ({"person": ""}, "Pick somebody"),
        ({"wrong": "everything"}, "wrong is one of"),
        ({"shape": "acme"}, "shape is one of"),
        ({"more_groups": "-1"}, "a number up to 5000"),
        ({"more_groups": "5001"}, "a number up to 5000"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_with_a_sentence(
    reader: Reader, picked: dict[str, str], sentence: str
) -> None:
    answer = httpx.post(reader.url, data={"person": MIA["email"]} | picked)
    assert (answer.status_code, sentence in answer.text) == (400, True), answer.text


def test_nobody_can_begin_at_an_idp_that_knows_no_service(sandbox: RunningSandbox) -> None:
    answer = httpx.post(f"{sandbox.url}/idp/unknown", data={"email": "eve@acme.example"})
    assert (answer.status_code, "has to begin there" in answer.text) == (400, True)


@pytest.mark.parametrize("name", ["Acme", "..%2f..", "a%00b", "-a", "a" * 64])
def test_only_names_of_connections_have_an_idp(sandbox: RunningSandbox, name: str, tmp_path: Path) -> None:
    assert httpx.get(f"{sandbox.url}/idp/{name}/metadata").status_code == 404
    assert not list(tmp_path.rglob("*.pem"))


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ([], "a service is an object"),
        ({"connection": "A b"}, "a service is an object"),
        ({"connection": 1}, "a service is an object"),
        ({"connection": "a", "provider": "acme"}, "provider is one of okta"),
        ({"connection": "a", "acs": 1}, "acs: text is wanted"),
        ({"connection": "a", "acs": "https://acme.example/acs"}, "acs must be an address of this machine"),
        ({"connection": "a", "people": [{"name": "x"}]}, "email is a must"),
        ({"connection": "a", "groups": ["x"]}, "groups are pairs"),
    ],
)
def test_what_can_not_be_a_service_is_refused_with_a_sentence(sandbox: RunningSandbox, told: Any, sentence: str) -> None:
    answer = httpx.post(f"{sandbox.url}/_sandbox/idp", json=told)
    assert (answer.status_code, sentence in answer.json()["error"]) == (400, True), answer.text
    assert sandbox.control("GET", "idp") == []


def test_services_and_keys_survive_a_restart_and_a_reset(sandboxes: Any) -> None:
    first = sandboxes()
    Reader.of(first, "entra")
    before = httpx.get(f"{first.url}/idp/acme/metadata").text
    first.reset()
    first.stop()
    second = sandboxes(port=first.port)
    assert httpx.get(f"{second.url}/idp/acme/metadata").text == before
    assert [one["provider"] for one in second.control("GET", "idp")] == ["entra"]
    assert 'value="mia@acme.example"' in httpx.get(f"{second.url}/idp/acme").text


def test_a_logout_that_the_service_begins_is_answered_and_signed(reader: Reader) -> None:
    session = reader.believes(reader.answered(reader.url)).get_session_index()
    assert MIA["email"] in _lately(reader)
    url = reader.auth("/slo").logout(name_id=MIA["email"], session_index=session, return_to="/bye")
    answer = httpx.get(url)
    assert answer.status_code == 303
    assert _lately(reader) == []
    assert _processed(reader, answer.headers["Location"]) == []
    assert signed_as_it_stands(reader, answer.headers["Location"])


def signed_as_it_stands(reader: Reader, url: str) -> bool:
    """By the query's own bytes, as SAML bindings §3.4.4.1 says; python3-saml quotes them anew."""
    signed, _, signature = urlsplit(url).query.partition("&Signature=")
    (certificate,) = re.findall("<ds:X509Certificate>(.+?)<", httpx.get(f"{reader.url}/metadata").text)
    key = x509.load_der_x509_certificate(base64.b64decode(certificate)).public_key()
    assert isinstance(key, RSAPublicKey)
    try:
        key.verify(base64.b64decode(unquote(signature)), signed.encode(), PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return "%2F" in signed  # as in the name of the algorithm


def test_a_logout_of_another_session_leaves_this_one(reader: Reader) -> None:
    reader.answered(reader.url)
    httpx.get(reader.auth("/slo").logout(name_id=MIA["email"], session_index="_another"))
    assert _lately(reader) == [MIA["email"]]


def test_a_logout_that_the_idp_begins_is_signed_and_names_the_session(reader: Reader) -> None:
    session = reader.believes(reader.answered(reader.url)).get_session_index()
    answer = httpx.post(f"{reader.url}/logout", data={"session": session})
    assert answer.status_code == 303
    url = answer.headers["Location"]
    assert url.startswith(f"{SERVICE}/slo?SAMLRequest=")
    document = zlib.decompress(base64.b64decode(parse_qs(urlsplit(url).query)["SAMLRequest"][0]), -15).decode()
    assert f"<samlp:SessionIndex>{session}</samlp:SessionIndex>" in document
    assert _processed(reader, url) == []
    assert signed_as_it_stands(reader, url)
    assert httpx.post(f"{reader.url}/logout", data={"session": session}).status_code == 400


def test_what_the_service_says_of_a_logout_is_shown(reader: Reader) -> None:
    code = "urn:oasis:names:tc:SAML:2.0:status:Success"
    said = packed(
        '<p:LogoutResponse xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_2">'
        f'<p:Status><p:StatusCode Value="{code}"/></p:Status></p:LogoutResponse>'
    )
    assert "Signed out" in httpx.get(f"{reader.url}/slo?{urlencode({'SAMLResponse': said})}").text
    failed = packed('<p:LogoutResponse xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" ID="_2"/>')
    assert "Not signed out everywhere" in httpx.get(f"{reader.url}/slo?{urlencode({'SAMLResponse': failed})}").text


def _lately(reader: Reader) -> list[str]:
    return re.findall(r"<p>(\S+) <button class=\"plain\"", httpx.get(reader.url).text)


def _processed(reader: Reader, url: str) -> list[str]:
    """What python3-saml finds wrong with a logout message that came to the service."""
    reader.settings["security"]["wantMessagesSigned"] = True
    query = urlsplit(url).query
    auth = reader.auth("/slo", get_data=dict(parse_qsl(query)), query_string=query)
    auth.process_slo(keep_local_session=True)
    return [*auth.get_errors(), *([auth.get_last_error_reason()] if auth.get_errors() else [])]
