"""Single logout: whose word ends sessions, what it must say, and what we say ourselves."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from bridge.saml import logout
from bridge.saml.assertion import NameId
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from tests.saml.protocol.received import NS, query, sent, signed
from tests.support.saml import IDP, NOW, REQUEST, moment, party, signer

SLO = "https://bridge.test/saml/acme/slo"
EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
ID = "_" + "a1" * 16
_PARTS = {
    "issuer": f"<a:Issuer>{IDP}</a:Issuer>",
    "name_id": f'<a:NameID Format="{EMAIL}">ada@acme.test</a:NameID>',
    "index": "<p:SessionIndex>_s1</p:SessionIndex>",
    "status": '<p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></p:Status>',
}
_ROOT = {"ID": ID, "Version": "2.0", "IssueInstant": moment(NOW, 0), "Destination": SLO, "NotOnOrAfter": moment(NOW, 300)}


def message(kind: str, parts: tuple[str, ...], **changes: str | None) -> str:
    """The IdP's message; a change to an attribute of the root (None leaves it out), or to a part, by its name."""
    root: Mapping[str, str | None] = {**_ROOT, **{k: v for k, v in changes.items() if k not in _PARTS}}
    written = " ".join(f'{name}="{value}"' for name, value in root.items() if value is not None)
    inside = "".join(changes.get(name, _PARTS[name]) or "" for name in parts)
    return f'<p:{kind} xmlns:p="{NS["p"]}" xmlns:a="{NS["a"]}" {written}>{inside}</p:{kind}>'


def request(**changes: str | None) -> str:
    return message("LogoutRequest", ("issuer", "name_id", "index"), **changes)


def response(**changes: str | None) -> str:
    return message("LogoutResponse", ("issuer", "status"), **{"InResponseTo": REQUEST, "NotOnOrAfter": None, **changes})


def read(document: str, to: Party | None = None, *, now: int = NOW, relay_state: str | None = None) -> logout.LogoutRequest:
    return logout.read_request(to or party(), query(document, relay_state=relay_state), now=now)


def refused(document: str, *, now: int = NOW) -> str:
    with pytest.raises(Untrusted) as refusal:
        read(document, now=now)
    assert refusal.value.about["certificate"] == signer().certificate.fingerprint
    assert refusal.value.about["issuer"] == IDP
    return refusal.value.code


def test_a_request_says_whose_sessions_are_over() -> None:
    found = read(request(), relay_state="back")
    assert found.id == ID
    assert found.name_id == NameId("ada@acme.test", EMAIL)
    assert (found.session_indexes, found.relay_state) == (("_s1",), "back")
    assert found.until == NOW + 300_000 + 180_000


def test_no_index_means_every_session_and_several_mean_these() -> None:
    assert read(request(index="")).session_indexes == ()
    assert read(request(index=_PARTS["index"] + "<p:SessionIndex>_s2</p:SessionIndex>")).session_indexes == ("_s1", "_s2")


def test_qualifiers_belong_to_the_name() -> None:
    named = f'<a:NameID NameQualifier="{IDP}" SPNameQualifier="https://bridge.test/saml/acme">x</a:NameID>'
    assert read(request(name_id=named)).name_id == NameId("x", None, IDP, "https://bridge.test/saml/acme")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Destination": None}, "slo_destination"),
        ({"Destination": ""}, "slo_destination"),
        ({"Destination": SLO + "x"}, "slo_destination"),
        ({"Destination": SLO.replace("acme", "beta")}, "slo_destination"),
        ({"Destination": "https://evil.test/?" + SLO}, "slo_destination"),
        ({"issuer": ""}, "saml_issuer"),
        ({"issuer": "<a:Issuer>https://idp.beta.test</a:Issuer>"}, "saml_issuer"),
        ({"issuer": f'<a:Issuer Format="{EMAIL}">{IDP}</a:Issuer>'}, "saml_issuer"),
        ({"NotOnOrAfter": None}, "saml_time_missing"),
        ({"NotOnOrAfter": "soon"}, "saml_time_malformed"),
        ({"NotOnOrAfter": moment(NOW, -180)}, "slo_expired"),
        ({"IssueInstant": None}, "saml_time_missing"),
        ({"IssueInstant": moment(NOW, 200)}, "saml_not_yet"),
        ({"IssueInstant": moment(NOW, -4000), "NotOnOrAfter": moment(NOW, 9000)}, "saml_too_old"),
        ({"Version": "1.1"}, "slo_malformed"),
        ({"Version": None}, "slo_malformed"),
        ({"ID": None}, "saml_ids"),
        ({"ID": "1"}, "saml_ids"),
        ({"name_id": ""}, "saml_name_id"),
        ({"name_id": "<a:NameID/>"}, "saml_name_id"),
        ({"name_id": "<a:NameID>ada<a:b/>@acme.test</a:NameID>"}, "saml_shape"),
        ({"name_id": _PARTS["name_id"] * 2}, "saml_shape"),
        ({"name_id": "<a:BaseID/>"}, "slo_malformed"),
        ({"name_id": "<a:EncryptedID/>"}, "saml_encrypted_id"),
        ({"name_id": _PARTS["name_id"] + "<a:EncryptedID/>"}, "saml_encrypted_id"),
        ({"name_id": '<a:NameID SPNameQualifier="https://other.test">x</a:NameID>'}, "saml_name_qualifier"),
        ({"index": '<s:Signature xmlns:s="http://www.w3.org/2000/09/xmldsig#"/>'}, "slo_malformed"),
        ({"index": "<p:Else/>"}, "slo_malformed"),
        ({"index": f'<p:SessionIndex ID="{ID}">_s1</p:SessionIndex>'}, "saml_ids"),
        ({"index": "<p:SessionIndex>" + "<p:x>" * 60 + "</p:x>" * 60 + "</p:SessionIndex>"}, "saml_too_large"),
        ({"index": "<?go away?>"}, "saml_forbidden_markup"),
    ],
)
def test_a_request_that_is_not_for_us_now_about_somebody_is_refused(changes: dict[str, str | None], code: str) -> None:
    assert refused(request(**changes)) == code


def test_a_doctype_is_refused_though_it_is_signed() -> None:
    assert refused('<!DOCTYPE a [<!ENTITY b "c">]>' + request()) == "saml_forbidden_markup"


def test_a_response_is_no_request_and_neither_is_anything_else() -> None:
    assert refused(response()) == "slo_malformed"
    assert refused("<a/>") == "slo_malformed"
    assert refused("not xml") == "saml_malformed"


def test_a_comment_can_not_cut_a_name_short() -> None:
    named = "<a:NameID>ada@acme.test<!-- -->.evil.test</a:NameID>"
    assert read(request(name_id=named)).name_id.value == "ada@acme.test.evil.test"


def test_another_connections_idp_ends_nothing_here() -> None:
    other = party("beta", signers=(signer("beta"),))
    with pytest.raises(Untrusted) as refusal:
        logout.read_request(other, query(request()), now=NOW)
    assert refusal.value.code == "slo_signature"


def test_a_request_is_good_until_its_end_and_an_hour_at_most() -> None:
    assert read(request(), now=NOW + 479_999).id == ID
    assert refused(request(), now=NOW + 480_000) == "slo_expired"
    assert read(request(NotOnOrAfter=moment(NOW, 86_400))).until == NOW + 3_600_000 + 180_000


def test_an_answer_says_what_it_answers_and_how_it_went() -> None:
    raw = query(response(), "SAMLResponse", relay_state="x")
    assert logout.read_response(party(), raw, now=NOW) == logout.LogoutResponse(ID, REQUEST, True, "x")
    failed = _PARTS["status"].replace("Success", "Responder")
    assert not logout.read_response(party(), query(response(status=failed), "SAMLResponse"), now=NOW).success


@pytest.mark.parametrize("word", ["Success", "Responder"])
def test_a_partial_logout_is_no_success(word: str) -> None:
    """SimpleSAMLphp and Shibboleth say it under Success."""
    inner = '<p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:PartialLogout"/>'
    status = _PARTS["status"].replace('Success"/>', f'{word}">{inner}</p:StatusCode>')
    assert not logout.read_response(party(), query(response(status=status), "SAMLResponse"), now=NOW).success


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"InResponseTo": None}, "slo_malformed"),
        ({"status": ""}, "slo_malformed"),
        ({"status": "<p:Status/>"}, "slo_malformed"),
        ({"Destination": None}, "slo_destination"),
        ({"issuer": "<a:Issuer>https://idp.beta.test</a:Issuer>"}, "saml_issuer"),
        ({"IssueInstant": moment(NOW, -4000)}, "saml_too_old"),
    ],
)
def test_an_answer_that_answers_nothing_or_nobody_is_refused(changes: dict[str, str | None], code: str) -> None:
    with pytest.raises(Untrusted) as refusal:
        logout.read_response(party(), query(response(**changes), "SAMLResponse"), now=NOW)
    assert refusal.value.code == code


def test_our_request_repeats_the_name_as_it_was_told_and_ends_in_minutes() -> None:
    told = NameId("x&<y>", EMAIL, IDP, "https://bridge.test/saml/acme")
    url = logout.request_url(party(keys=(signer("ours"),)), ID, told, "_s1", now=NOW, relay_state="_r")
    assert url.startswith("https://idp.acme.test/slo?SAMLRequest=")
    assert signed(url, signer("ours"))
    found = sent(url)
    named = found.find("a:NameID", NS)
    assert (named.text, dict(named.attrib)) == (
        "x&<y>",
        {"Format": EMAIL, "NameQualifier": IDP, "SPNameQualifier": "https://bridge.test/saml/acme"},
    )
    assert (found.get("Destination"), found.get("NotOnOrAfter")) == ("https://idp.acme.test/slo", moment(NOW, 300))
    assert found.findtext("p:SessionIndex", namespaces=NS) == "_s1"


def test_our_answer_goes_where_answers_go() -> None:
    asked = party(keys=(signer("ours"),))
    asked = replace(asked, idp=replace(asked.idp, slo_response="https://idp.acme.test/slo/done"))
    url = logout.response_url(asked, REQUEST, id=ID, success=True, relay_state=None, now=NOW)
    assert url.startswith("https://idp.acme.test/slo/done?SAMLResponse=")
    assert signed(url, signer("ours"), "SAMLResponse")
    found = sent(url, "SAMLResponse")
    assert (found.get("InResponseTo"), found.get("Destination")) == (REQUEST, "https://idp.acme.test/slo/done")
    assert found.find("p:Status/p:StatusCode", NS).get("Value") == "urn:oasis:names:tc:SAML:2.0:status:Success"


def test_our_failure_is_told_as_one() -> None:
    url = logout.response_url(party(), REQUEST, id=ID, success=False, relay_state="r", now=NOW)
    code = sent(url, "SAMLResponse").find("p:Status/p:StatusCode", NS)
    assert code.get("Value") == "urn:oasis:names:tc:SAML:2.0:status:Responder"
    assert "Signature" not in url  # there is no key


def test_an_idp_without_an_endpoint_is_asked_nothing() -> None:
    alone = party()
    alone = replace(alone, idp=replace(alone.idp, slo=None))
    with pytest.raises(Untrusted) as refusal:
        logout.request_url(alone, ID, NameId("x"), None, now=NOW)
    assert refusal.value.code == "slo_not_offered"


def test_one_connection_reads_what_another_wrote() -> None:
    """Both ends are ours here: the request of one side is what the other side believes."""
    idp_side = party(keys=(signer(),), idp="https://bridge.test/saml/acme")
    url = logout.request_url(
        replace(idp_side, entity_id=IDP, idp=replace(idp_side.idp, slo=SLO)), ID, NameId("x"), None, now=NOW
    )
    assert logout.read_request(party(), url.partition("?")[2], now=NOW).name_id == NameId("x")
