"""Messages of single logout: whoever could make one up could end anybody's sessions."""

import base64
import zlib
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from tests.saml.attacks.attack import Gallery, Shot
from tests.saml.attacks.gallery.addresses import likes
from tests.saml.attacks.gallery.documents import SUBSETS
from tests.saml.attacks.gallery.times import MALFORMED
from tests.support.saml import NOW, moment, party, signer
from tests.support.saml import names as n
from tests.support.saml.logouts import logout_request, logout_response, packed, query, signed

logouts = Gallery("logouts")
SLO = party().slo
Kind = Literal["logout request", "logout response"]


def asks(raw_query: str, *, at: Any = None) -> Shot:
    return Shot(raw_query, at or party(), kind="logout request")


def answers(raw_query: str, *, at: Any = None) -> Shot:
    return Shot(raw_query, at or party(), kind="logout response")


def request(**changes: Any) -> Shot:
    return asks(query(logout_request(**changes)))


def response(**changes: Any) -> Shot:
    return answers(query(logout_response(**changes), kind="SAMLResponse"))


logouts.row("a request", request, control=True)
logouts.row("a request with a relay state", lambda: asks(query(logout_request(), relay_state="a b&c=d")), control=True)
logouts.row(
    "a request by the second of two keys", lambda: asks(query(logout_request(), by=signer("next")), at=_two()), control=True
)
logouts.row("an answer", response, control=True)


def _two() -> Any:
    return party(signers=(signer(), signer("next")))


METHODS = (
    None,
    "rsa-sha1",
    "rsa-md5",
    "rsa-sha224",
    "hmac-sha256",
    "urn:unknown",
    "",
    n.MORE + "RSA-SHA256",
    n.MORE + "rsa-sha256 ",
)
for method in METHODS:
    logouts.row(f"a request by the method {method!r}", lambda method=method: asks(query(logout_request(), method=method)))
    logouts.row(
        f"an answer by the method {method!r}",
        lambda method=method: answers(query(logout_response(), kind="SAMLResponse", method=method)),
    )
logouts.row("a request by a stranger", lambda: asks(query(logout_request(), by=signer("mallory"))))
logouts.row(
    "a request by an elliptic key", lambda: asks(query(logout_request(), by=signer("idp", "ec-256"), method="ecdsa-sha256"))
)


def _rewritten(*pairs: tuple[str, str], relay_state: str | None = "/here") -> Shot:
    """A genuine signed query, changed on its way."""
    text = query(logout_request(), relay_state=relay_state)
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return asks(text)


EVIL = packed(logout_request(name="bob@acme.test"))
ALGORITHM = quote_plus(n.SIGNATURES["rsa-sha256"])
for sentence, pairs in {
    "another relay state": (("RelayState=%2Fhere", "RelayState=%2Fthere"),),
    "no relay state": (("&RelayState=%2Fhere", ""),),
    "an empty relay state": (("RelayState=%2Fhere", "RelayState="),),
    "a relay state in small letters": (("RelayState=%2Fhere", "RelayState=%2fhere"),),
    "a second relay state": (("&SigAlg", "&RelayState=x&SigAlg"),),
    "a second relay state by a name in escapes": (("&SigAlg", "&Relay%53tate=x&SigAlg"),),
    "a second message": (("&RelayState", f"&SAMLRequest={EVIL}&RelayState"),),
    "a second message first": (("SAMLRequest=", f"SAMLRequest={EVIL}&SAMLRequest="),),
    "a second message by a name in escapes": (("SAMLRequest=", f"SAML%52equest={EVIL}&SAMLRequest="),),
    "a second message last": (("&Signature=", f"&SAMLRequest={EVIL}&Signature="),),
    "an answer beside it": (("&RelayState", f"&SAMLResponse={packed(logout_response())}&RelayState"),),
    "an answer in place of it": (("SAMLRequest=", "SAMLResponse="),),
    "another algorithm": (("rsa-sha256", "rsa-sha512"),),
    "no algorithm": ((f"&SigAlg={ALGORITHM}", ""),),
    "a second algorithm": (("&Signature=", f"&SigAlg={ALGORITHM}&Signature="),),
    "no signature": (("&Signature=", "&Sig="),),
    "an empty signature": (("&Signature=", "&Signature=&Sig="),),
    "a second signature": (("&Signature=", "&Signature=AAAA&Signature="),),
    "another encoding": (("&RelayState", "&SAMLEncoding=urn:other&RelayState"),),
    "an encoding of no compression": (
        ("&RelayState", "&SAMLEncoding=urn:oasis:names:tc:SAML:2.0:bindings:URL-Encoding:BASE64&RelayState"),
    ),
    "a broken escape": (("&SigAlg=", "%&SigAlg="),),
    "a NUL": (("&SigAlg=", "%00&SigAlg="),),
    "no UTF-8": (("RelayState=%2Fhere", "RelayState=%FF"),),
}.items():
    logouts.row(f"a request with {sentence}", lambda pairs=pairs: _rewritten(*pairs))

for sentence, changes in {
    "no issuer": {"issuer": None},
    "another issuer": {"issuer": "https://evil.test/"},
    "no destination": {"Destination": None},
    "an empty destination": {"Destination": ""},
    "our ACS as destination": {"Destination": party().acs},
    "no version": {"Version": None},
    "another version": {"Version": "1.1"},
    "no ID": {"ID": None},
    "an empty ID": {"ID": ""},
    "an ID that is no name": {"ID": "1 2"},
    "no time of issue": {"IssueInstant": None},
    "a time of issue of yesterday": {"IssueInstant": moment(NOW, -86_400)},
    "a time of issue of tomorrow": {"IssueInstant": moment(NOW, 86_400)},
}.items():
    logouts.row(f"a request with {sentence}", lambda changes=changes: request(**changes))
    logouts.row(f"an answer with {sentence}", lambda changes=changes: response(**changes))
for sentence, changes in {
    "no end": {"NotOnOrAfter": None},
    "an end that is over": {"NotOnOrAfter": moment(NOW, -181)},
    "no name": {"name": None},
    "an empty name": {"name": ""},
    "an encrypted name": {"name": None, "inside": "<saml:EncryptedID/>"},
    "an encrypted name beside the plain one": {"inside": "<saml:EncryptedID/>"},
    "a base id": {"name": None, "inside": "<saml:BaseID/>"},
    "two names": {"inside": "<saml:NameID>bob@acme.test</saml:NameID>"},
    "a signature inside": {"inside": f'<ds:Signature xmlns:ds="{n.DS}"/>'},
    "an unknown element": {"inside": "<x/>"},
    "an assertion inside": {"inside": "<saml:Assertion/>"},
    "a name for another": {"name": None, "inside": '<saml:NameID SPNameQualifier="https://other.test/">ada</saml:NameID>'},
    "a name with an element": {"name": None, "inside": "<saml:NameID>ada@acme.test<x/>.evil.test</saml:NameID>"},
    "an index with an element": {"inside": "<samlp:SessionIndex><x/></samlp:SessionIndex>"},
}.items():
    logouts.row(f"a request with {sentence}", lambda changes=changes: request(**changes))
for sentence, changes in {
    "no status": {"status": None},
    "no request": {"InResponseTo": None},
    "an empty request": {"InResponseTo": ""},
    "an unknown element": {"inside": "<x/>"},
}.items():
    logouts.row(f"an answer with {sentence}", lambda changes=changes: response(**changes))
for sentence, address in likes(SLO).items():
    logouts.row(
        f"a destination like ours: {sentence}", lambda address=address: request(Destination=address), "slo_destination"
    )
for kind, written in MALFORMED.items():
    logouts.row(
        f"an end that is a time {kind}", lambda written=written: request(NotOnOrAfter=written.replace("&#10;", "\n"))
    )
for one, other in (("t1", "t10"), ("t10", "t1")):
    logouts.row(
        f"what the IdP of both says to {one}, at {other}'s door",
        lambda one=one, other=other: asks(query(logout_request(party(one))), at=party(other)),
        "slo_destination",
    )
    logouts.row(
        f"what {one}'s IdP says at {other}'s door",
        lambda one=one, other=other: asks(query(logout_request(party(other)), by=signer(one)), at=party(other)),
        "slo_signature",
    )
for sentence, subset in SUBSETS.items():
    logouts.row(
        f"a document type with {sentence}", lambda subset=subset: asks(query(f"<!DOCTYPE a {subset}>{logout_request()}"))
    )
for charset in ("utf-16", "utf-7", "utf-32", "cp037"):
    logouts.row(
        f"a request in {charset}",
        lambda charset=charset: asks(query(f'<?xml version="1.0" encoding="{charset}"?>{logout_request()}'.encode(charset))),
    )


def _deflated(octets: bytes) -> str:
    return quote_plus(base64.b64encode(octets).decode())


def bomb(size: int) -> bytes:
    """Deflated zeros: a thousand to one."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


PACKS = {
    "nothing": lambda: "",
    "no base64": lambda: "!!!!",
    "a document that is not deflated": lambda: quote_plus(base64.b64encode(logout_request().encode()).decode()),
    "a document as zlib writes it": lambda: _deflated(zlib.compress(logout_request().encode())),
    "half of what was deflated": lambda: _deflated(_deflate(logout_request().encode())[:-20]),
    "something behind what was deflated": lambda: _deflated(_deflate(logout_request().encode()) + b"x"),
    "a second document behind the first": lambda: _deflated(_deflate(logout_request().encode()) * 2),
    "a bomb of thirty megabytes": lambda: _deflated(bomb(30 << 20)),
    "sixty-five thousand blanks behind the document": lambda: packed(logout_request() + " " * 65_536),
    "base64 for addresses": lambda: quote(
        base64.urlsafe_b64encode(_deflate(logout_request(name="\u00ff" * 40).encode())).decode()
    ),
    "a hundred thousand letters": lambda: "A" * 100_000,
}


def _deflate(octets: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(octets) + packer.flush()


for sentence, pack in PACKS.items():
    for method in ("rsa-sha256", None):
        logouts.row(
            f"a message that is {sentence}, {'signed' if method else 'unsigned'}",
            lambda pack=pack, method=method: asks(signed(f"SAMLRequest={pack()}", method=method)),
        )


@logouts
def a_bomb_of_two_hundred_megabytes_that_nobody_signed() -> Shot:
    return asks(f"SAMLRequest={_deflated(bomb(200 << 20))}&SigAlg={ALGORITHM}&Signature=AAAA")


@logouts
def an_authentication_request_in_place_of_a_logout() -> Shot:
    return asks(query(logout_request().replace("LogoutRequest", "AuthnRequest")))


@logouts
def an_answer_signed_as_a_request() -> Shot:
    return answers(query(logout_response(), kind="SAMLRequest").replace("SAMLRequest=", "SAMLResponse="))


@logouts
def ten_thousand_parameters() -> Shot:
    return asks("&".join(f"a{at}=1" for at in range(10_000)) + "&" + query(logout_request(), method=None))


@logouts
def an_empty_query() -> Shot:
    return asks("")
