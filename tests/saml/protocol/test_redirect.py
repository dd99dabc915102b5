"""Messages that come by redirect: believed by the octets that were signed, and by nothing that could be read in two ways."""

import base64
import tracemalloc
import zlib
from time import process_time
from urllib.parse import quote, unquote

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from bridge.saml import redirect
from bridge.saml.redirect import LARGEST, receive
from bridge.saml.untrusted import Untrusted
from tests.saml.protocol.received import ALGORITHM, deflated, query
from tests.support.saml import Signer, signer

TEXT = "<a>+/=ü</a>" * 9


def code(raw: str, *by: Signer) -> str:
    with pytest.raises(Untrusted) as refused:
        receive(raw, "SAMLRequest", [one.certificate for one in by or (signer(),)])
    return refused.value.code


def believed(raw: str, *by: Signer) -> redirect.Received:
    return receive(raw, "SAMLRequest", [one.certificate for one in by or (signer(),)])


@pytest.mark.parametrize("bits", ["256", "384", "512"])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("relay_state", [None, "a b/ü&=+"])
def test_what_the_idp_signed_is_believed_however_it_escapes(bits: str, lower: bool, relay_state: str | None) -> None:
    found = believed(query(TEXT, bits=bits, lower=lower, relay_state=relay_state))
    assert (found.document, found.relay_state) == (TEXT.encode(), relay_state)
    assert (found.certificate, found.algorithm) == (signer().certificate.fingerprint, ALGORITHM + bits)


def test_the_order_in_the_query_and_other_parameters_do_not_matter() -> None:
    parts = query(TEXT, relay_state="x").split("&")
    assert believed("&".join(["utm=1", *reversed(parts), "utm=2"])).document == TEXT.encode()


def test_any_of_the_idps_keys_will_do() -> None:
    assert believed(query(TEXT, by=signer("b")), signer("a"), signer("ec", "ec-256"), signer("b")).document == TEXT.encode()


def test_somebody_elses_signature_is_none() -> None:
    assert code(query(TEXT, by=signer("mallory"))) == "slo_signature"
    assert code(query(TEXT), signer("ec", "ec-256")) == "slo_signature"


@pytest.mark.parametrize("missing", ["Signature", "SigAlg"])
def test_a_message_that_is_not_signed_is_refused(missing: str) -> None:
    parts = [part for part in query(TEXT).split("&") if not part.startswith(missing + "=")]
    assert code("&".join(parts)) == "slo_signature"


@pytest.mark.parametrize(
    "algorithm",
    [
        "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#rsa-md5",
        "http://www.w3.org/2000/09/xmldsig#hmac-sha1",
        "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256",
        "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256",
        "",
    ],
)
def test_an_algorithm_that_is_not_listed_is_refused(algorithm: str) -> None:
    assert code(query(TEXT, algorithm=algorithm or "x")) == "slo_signature"


@pytest.mark.parametrize("name", ["SAMLRequest", "RelayState", "SigAlg", "Signature"])
def test_a_parameter_that_stands_there_twice_is_refused(name: str) -> None:
    raw = query(TEXT, relay_state="x")
    value = next(part for part in raw.split("&") if part.startswith(name + "="))
    for second in (value, f"{name}=", name, f"%{ord(name[0]):02X}{value[1:]}"):
        assert code(f"{raw}&{second}") == "slo_malformed"
        assert code(f"{second}&{raw}") == "slo_malformed"


def test_a_name_that_is_escaped_is_refused_although_it_stands_there_once() -> None:
    assert code(query(TEXT).replace("SigAlg=", "Sig%41lg=")) == "slo_malformed"


def test_a_request_and_a_response_at_once_are_refused() -> None:
    assert code(query(TEXT) + f"&SAMLResponse={quote(deflated(TEXT))}") == "slo_malformed"
    assert code(query(TEXT, "SAMLResponse")) == "slo_malformed"
    assert code("") == "slo_malformed"


def test_what_was_signed_can_not_be_taken_for_something_else() -> None:
    """Every octet of what is signed counts, escapes included; what follows in another parameter does not belong to it."""
    raw = query(TEXT, relay_state="home")
    assert code(raw.replace("RelayState=home", "RelayState=away")) == "slo_signature"
    assert code(raw.replace("RelayState=home&", "")) == "slo_signature"
    assert code(raw.replace("RelayState=home", "RelayState=%68ome")) == "slo_signature"
    bare = query(TEXT)
    assert code(bare.replace("&SigAlg", "&RelayState=away&SigAlg")) == "slo_signature"


def test_another_encoding_than_deflate_is_refused() -> None:
    deflate = quote("urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:DEFLATE", safe="")
    assert believed(f"{query(TEXT)}&SAMLEncoding={deflate}").document == TEXT.encode()
    assert code(f"{query(TEXT)}&SAMLEncoding=plain") == "slo_malformed"


@pytest.mark.parametrize("broken", ["%", "%4", "%zz", "%ff", "%C3%28"])
def test_escapes_that_are_none_are_refused(broken: str) -> None:
    assert code(query(TEXT) + f"&RelayState={broken}") in {"slo_malformed", "slo_signature"}
    assert code(query(TEXT).replace("SigAlg=", f"SigAlg={broken}")) == "slo_malformed"


def _resigned(value: str) -> str:
    """A query whose SAMLRequest is exactly this, signed."""
    text = f"SAMLRequest={quote(value, safe='')}&SigAlg={quote(ALGORITHM + '256', safe='')}"
    signature = signer().private.sign(text.encode(), PKCS1v15(), SHA256())  # type: ignore[call-arg,arg-type]
    return f"{text}&Signature={quote(base64.b64encode(signature), safe='')}"


@pytest.mark.parametrize(
    "value",
    [
        "no base64 at all!",
        base64.b64encode(b"not deflated").decode(),
        base64.b64encode(zlib.compress(b"<a/>")).decode(),  # with a zlib header
        base64.b64encode(base64.b64decode(deflated(TEXT))[:-3]).decode(),
        base64.b64encode(base64.b64decode(deflated(TEXT)) + b"more").decode(),
        deflated("x" * (LARGEST + 1)),
    ],
)
def test_what_is_no_deflated_message_is_refused_though_it_is_signed(value: str) -> None:
    assert code(_resigned(value)) == "slo_malformed"


def test_the_largest_message_is_read() -> None:
    assert len(believed(_resigned(deflated("x" * LARGEST))).document) == LARGEST


def test_a_bomb_is_not_inflated() -> None:
    """64 KB of a query could become 60 MB; only a bit more than the cap is ever made of it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(b"<" * 40_000_000) + packer.flush()
    raw = _resigned(base64.b64encode(bomb).decode())
    tracemalloc.start()
    began = process_time()
    assert code(raw) == "slo_malformed"
    assert process_time() - began < 0.1
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_query_that_is_too_long_is_not_looked_into() -> None:
    assert code("a=" + "b" * redirect.LONGEST) == "slo_malformed"
    assert code("SAMLRequest=\u00e9") == "slo_malformed"


def test_our_own_messages_are_read_by_ourselves() -> None:
    url = redirect.url("https://x.test/?a=b", "SAMLRequest", TEXT.encode(), relay_state="y", key=signer().key)
    assert unquote(url).startswith("https://x.test/?a=b&SAMLRequest=")
    assert believed(url.partition("?")[2]).document == TEXT.encode()


def test_a_relay_state_longer_than_any_of_ours_is_refused() -> None:
    assert code(query(TEXT, relay_state="x" * 1025)) == "slo_malformed"
