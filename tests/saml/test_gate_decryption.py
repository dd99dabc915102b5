"""Encrypted assertions: OAEP and AES, any key of ours, one answer to everything that doesn't open."""

import base64
import os
import time
from collections.abc import Callable

import pytest
from lxml import etree

from bridge.saml import gate
from bridge.saml.untrusted import Untrusted
from tests.saml.gated import accepted, refusal, refused
from tests.support.saml import NOW, Encryption, document, make, party, posted, say, signer
from tests.support.saml.encrypting import assembled, encrypted_text, wrapped
from tests.support.saml.surgery import after, copied, drop, element, find

OURS = party(keys=(signer("ours"),))


def _say(how: Encryption | None = None, **changes: object) -> str:
    return say(to=OURS, encrypted_to=signer("ours"), encryption=how or Encryption(), **changes)


def _holding(encrypted: etree._Element, *, signed: str = "none") -> str:
    """A response around any EncryptedAssertion."""
    tree = document(make(to=OURS, signed=signed))
    tree.replace(find(tree, "Assertion"), encrypted)
    return posted(tree)


@pytest.mark.parametrize("content", [f"aes{bits}-{mode}" for bits in (128, 192, 256) for mode in ("cbc", "gcm")])
@pytest.mark.parametrize("beside", [False, True])
def test_aes_in_both_modes_is_opened(content: str, beside: bool) -> None:
    read = accepted(_say(Encryption(content=content, beside=beside)), OURS)
    assert read.name_id.value == "ada@acme.test"
    assert read.proof.encryption is not None
    assert read.proof.encryption.endswith(content)


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha384", "sha512"])
@pytest.mark.parametrize(
    ("transport", "mgf"), [("rsa-oaep-mgf1p", "sha1"), ("rsa-oaep", "sha1"), ("rsa-oaep", "sha256"), ("rsa-oaep", "sha512")]
)
def test_oaep_is_opened_with_the_digests_that_it_names(transport: str, mgf: str, digest: str) -> None:
    assert accepted(_say(Encryption(transport=transport, digest=digest, mgf=mgf)), OURS).id


@pytest.mark.parametrize(
    "how",
    [
        Encryption(transport="rsa-1_5"),
        Encryption(content="tripledes-cbc"),
        Encryption(transport="rsa-1_5", content="aes128-cbc"),
    ],
)
def test_older_algorithms_are_refused_before_a_key_is_touched(how: Encryption) -> None:
    problem = refusal(_say(how), OURS)
    assert problem.code == "saml_encryption_algorithm"
    assert problem.about["encryption"]


def test_any_key_of_ours_opens() -> None:
    to = party(keys=(signer("newer"), signer("ours")))
    for name in ("newer", "ours"):
        assert accepted(say(to=to, encrypted_to=signer(name)), to).id


def test_a_connection_without_a_key_says_so() -> None:
    assert refused(_say(), party()) == "saml_no_key"


def test_an_assertion_in_the_open_is_refused_where_it_must_be_encrypted() -> None:
    to = party(keys=(signer("ours"),), must_encrypt=True)
    assert refused(say(to=to), to) == "saml_not_encrypted"
    assert accepted(say(to=to, encrypted_to=signer("ours")), to).id


def test_encryption_proves_nothing() -> None:
    """Anybody can encrypt to us: the key is in our metadata."""
    assert refused(_say(signed="none"), OURS) == "saml_unsigned"
    assert refused(_say(by=signer("mallory")), OURS) == "saml_signature"


def test_a_signed_response_around_an_unsigned_encrypted_assertion_is_enough() -> None:
    read = accepted(_say(signed="response"), OURS)
    assert read.proof.signed == "response"


def test_the_response_must_name_its_issuer_around_an_encrypted_assertion() -> None:
    assert refused(after(lambda tree: drop(tree[0]), to=OURS, encrypted_to=signer("ours")), OURS) == "saml_issuer"


def _flip(octets: bytes, at: int) -> bytes:
    changed = bytearray(octets)
    changed[at] ^= 1
    return bytes(changed)


def _broken() -> dict[str, Callable[[], etree._Element]]:
    cbc, gcm = Encryption(content="aes256-cbc"), Encryption(content="aes256-gcm")
    secret = os.urandom(32)
    key = wrapped(secret, signer("ours"))
    octets = os.urandom(16 * 400)
    plain = etree.tostring(find(document(make(to=OURS)), "Assertion"), with_tail=False)
    return {
        "another key": lambda: encrypted_text(plain, signer("theirs"), gcm),
        "a key that is none": lambda: assembled(octets, b"\0" + os.urandom(255), gcm),
        "a key too short": lambda: assembled(octets, wrapped(b"short", signer("ours")), cbc),
        "a key of another length": lambda: assembled(octets, wrapped(os.urandom(16), signer("ours")), cbc),
        "no key": lambda: assembled(octets, b"", cbc),
        "a wrong tag": lambda: assembled(octets, key, gcm),
        "bad padding": lambda: assembled(octets, key, cbc),
        "no whole block": lambda: assembled(octets[:-3], key, cbc),
        "only a vector": lambda: assembled(octets[:16], key, cbc),
        "nothing": lambda: assembled(b"", key, cbc),
        "nothing, in the other mode": lambda: assembled(b"", key, gcm),
        "no UTF-8": lambda: encrypted_text(b"\xff" * 6000, signer("ours"), cbc),
        "no XML": lambda: encrypted_text(b"x" * 6000, signer("ours"), cbc),
        "XML that ends early": lambda: encrypted_text(plain[:-5], signer("ours"), cbc),
        "a doctype": lambda: encrypted_text(b"<!DOCTYPE x>" + plain, signer("ours"), cbc),
        "another element": lambda: encrypted_text(b"<x>" + plain + b"</x>", signer("ours"), cbc),
        "an assertion of another namespace": lambda: encrypted_text(b"<Assertion/>", signer("ours"), cbc),
        "a response": lambda: encrypted_text(b'<p:Response xmlns:p="urn:x"/>', signer("ours"), cbc),
    }


@pytest.mark.parametrize("kind", _broken())
def test_whatever_does_not_open_is_one_refusal(kind: str) -> None:
    """Or it would answer questions about plaintexts (Jager and Somorovsky, 2011)."""
    problem = refusal(_holding(_broken()[kind]()), OURS)
    assert (problem.code, problem.sentence) == ("saml_undecryptable", "none of our keys opens the encrypted assertion")
    assert problem.__cause__ is None
    assert problem.__context__ is None


def test_a_changed_octet_is_the_same_refusal_wherever_it_is() -> None:
    message = document(make(to=OURS, encrypted_to=signer("ours")))
    for at in (0, 12, 200, -1):
        tree = copied(message)
        for value in tree.iter("{*}CipherValue"):
            value.text = base64.b64encode(_flip(base64.b64decode(value.text or ""), at)).decode()
        assert refused(posted(tree), OURS) == "saml_undecryptable"


def test_what_does_not_open_takes_as_long_whatever_was_wrong() -> None:
    """Minima over many runs; a key that opens and one that doesn't differ by less than a half."""
    spent: dict[str, float] = {}
    shots = {
        kind: _holding(make_it())
        for kind, make_it in _broken().items()
        if kind in {"a key that is none", "bad padding", "no XML"}
    }
    for _ in range(60):
        for kind, shot in shots.items():
            began = time.process_time()
            with pytest.raises(Untrusted):
                gate.verify(OURS, shot, now=NOW)
            spent[kind] = min(spent.get(kind, 1.0), time.process_time() - began)
    assert max(spent.values()) < 1.5 * min(spent.values()), spent


def _with(old: str, new: str) -> str:
    tree = document(make(to=OURS, encrypted_to=signer("ours")))
    text = etree.tostring(tree).decode()
    assert old in text
    return posted(text.replace(old, new, 1))


def test_the_cipher_value_stands_in_the_message() -> None:
    reference = '<xenc:CipherReference URI="file:///dev/zero"/>'
    tree = document(make(to=OURS))
    tree.replace(find(tree, "Assertion"), assembled(b"", b"", data=f"<xenc:CipherData>{reference}</xenc:CipherData>"))
    assert refused(posted(tree), OURS) == "saml_encryption_shape"
    tree.replace(
        find(tree, "EncryptedAssertion"), assembled(b"x", b"", in_key=f"<xenc:CipherData>{reference}</xenc:CipherData>")
    )
    assert refused(posted(tree), OURS) == "saml_encryption_shape"


@pytest.mark.parametrize("uri", ["file:///etc/passwd", "http://idp.test/key", ""])
def test_a_key_from_outside_is_refused(uri: str) -> None:
    pointer = f'<ds:KeyInfo><ds:RetrievalMethod URI="{uri}"/>'
    assert refused(_with("<ds:KeyInfo>", pointer), OURS) == "saml_encryption_shape"


def test_there_is_one_key_and_one_content() -> None:
    for name in ("EncryptedKey", "EncryptedData"):

        def twice(tree: etree._Element, name: str = name) -> None:
            another = copied(find(tree, name))
            for one in another.iter():
                one.attrib.pop("Id", None)
            find(tree, name).addnext(another)

        assert refused(after(twice, to=OURS, encrypted_to=signer("ours")), OURS) == "saml_encryption_shape"
        assert (
            refused(after(lambda tree, name=name: drop(find(tree, name)), to=OURS, encrypted_to=signer("ours")), OURS)
            == "saml_encryption_shape"
        )


def test_an_oaep_label_or_an_unknown_digest_is_refused() -> None:
    label = element("<xenc:OAEPparams>AAAA</xenc:OAEPparams>")
    assert (
        refused(
            after(
                lambda tree: find(find(tree, "EncryptedKey"), "EncryptionMethod").append(label),
                to=OURS,
                encrypted_to=signer("ours"),
            ),
            OURS,
        )
        == "saml_encryption_shape"
    )
    assert refused(_with('xmldsig#sha1"', 'xmldsig#sha0"'), OURS) == "saml_encryption_algorithm"


@pytest.mark.parametrize("part", ["EncryptionMethod", "CipherData"])
def test_a_part_that_is_missing_is_refused(part: str) -> None:
    assert (
        refused(
            after(lambda tree: drop(find(find(tree, "EncryptedData"), part)), to=OURS, encrypted_to=signer("ours")), OURS
        )
        == "saml_encryption_shape"
    )
