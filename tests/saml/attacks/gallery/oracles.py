"""Questions that somebody asks our keys: whatever comes out of one, there is one answer (XML Encryption 1.1 §6.1)."""

import base64
import os
from collections.abc import Callable
from dataclasses import replace

from lxml import etree

from tests.saml.attacks.attack import Gallery, Shot
from tests.saml.attacks.gallery.encryption import to_us
from tests.support.saml import Encryption, document, encrypt, make, posted, say, signer
from tests.support.saml import names as n
from tests.support.saml.encrypting import assembled, encrypted_text, wrapped
from tests.support.saml.surgery import after, find

oracles = Gallery("oracles", ("saml_undecryptable",))
Tree = etree._Element


@oracles.control
def an_honest_question() -> Shot:
    return to_us(say(encrypted_to=signer("sp"), encryption=Encryption("aes128-cbc")))


def _broken(tag_at: int, change: Callable[[bytes], bytes], how: Encryption, signed: str = "assertion") -> Shot:
    """One of the two CipherValues (0: the key, 1: the data) rewritten by somebody who can't read it."""

    def cut(tree: Tree) -> None:
        value = list(tree.iter(f"{{{n.XENC}}}CipherValue"))[tag_at]
        value.text = base64.b64encode(change(base64.b64decode(value.text or ""))).decode()

    return to_us(after(cut, encrypted_to=signer("sp"), encryption=how, signed=signed))


def _bit(at: int) -> Callable[[bytes], bytes]:
    def change(octets: bytes) -> bytes:
        made = bytearray(octets)
        made[at] ^= 1
        return bytes(made)

    return change


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "its first bit": _bit(0),
    "its last bit": _bit(-1),
    "a bit of its middle": _bit(120),
    "nothing at all": lambda octets: b"",
    "one octet": lambda octets: octets[:1],
    "half of it": lambda octets: octets[: len(octets) // 2],
    "all but an octet": lambda octets: octets[:-1],
    "an octet more": lambda octets: octets + b"\0",
    "sixteen octets": lambda octets: octets[:16],
    "zeros": lambda octets: bytes(len(octets)),
    "it twice": lambda octets: octets * 2,
}
for content in ("aes128-cbc", "aes256-gcm"):
    for part, name in enumerate(("key", "data")):
        for sentence, change in CHANGES.items():
            if (
                content == "aes128-cbc"
                and name == "data"
                and sentence in {"its first bit", "a bit of its middle", "it twice"}
            ):
                continue  # CBC has no seal of its own: what comes out may be XML, whose signature is wrong (below)
            oracles.row(
                f"{content}: {sentence} of the {name}",
                lambda part=part, change=change, content=content: _broken(part, change, Encryption(content)),
            )


def holding(plain: bytes, content: str = "aes128-cbc") -> Shot:
    """Whatever somebody encrypts for us: anybody can."""
    tree = document(make(signed="none"))
    tree.replace(find(tree, "Assertion"), encrypted_text(plain, signer("sp"), Encryption(content)))
    return to_us(posted(tree))


PLAINTEXTS = {
    "nothing": b"",
    "a space": b" ",
    "noise": b"\x93\xfe\x00\x81" * 40,
    "text": b"hello",
    "half an element": b"<a",
    "an element": b"<a/>",
    "an element and text": b"<a/>b",
    "two elements": b"<a/><b/>",
    "a document type": b"<!DOCTYPE a><a/>",
    "a document type with a file": b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "an entity": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
    "an instruction": b"<?a?><a/>",
    "UTF-16": "<a/>".encode("utf-16"),
    "Latin-1": "<a>é</a>".encode("latin-1"),
    "a NUL": b"<a>\0</a>",
    "an undefined prefix": b"<a:b/>",
    "another assertion's namespace": b'<Assertion xmlns="urn:none"/>',
    "a nest of a thousand": b"<a>" * 1_000 + b"</a>" * 1_000,
    "thirty thousand elements": b"<a>" + b"<b/>" * 30_000 + b"</a>",
}
for sentence, plain in PLAINTEXTS.items():
    for content in ("aes128-cbc", "aes256-gcm"):
        oracles.row(f"{content}: plaintext that is {sentence}", lambda plain=plain, content=content: holding(plain, content))


@oracles
def a_key_for_somebody_else() -> Shot:
    return to_us(say(encrypted_to=signer("somebody else")))


@oracles
def a_key_of_another_size() -> Shot:
    tree = document(make())
    content = find(encrypted_text(b"<a/>", signer("sp"), Encryption("aes128-gcm")), "EncryptedData")
    octets = base64.b64decode(list(content.iter(f"{{{n.XENC}}}CipherValue"))[-1].text or "")
    made = assembled(octets, wrapped(os.urandom(16), signer("sp")), Encryption("aes256-gcm"))
    tree.replace(find(tree, "Assertion"), made)
    return to_us(posted(tree))


@oracles
def oaep_of_another_digest_than_it_says() -> Shot:
    tree = document(make())
    how = Encryption("aes128-cbc")
    made = assembled(os.urandom(64), wrapped(os.urandom(16), signer("sp"), replace(how, digest="sha256")), how)
    tree.replace(find(tree, "Assertion"), made)
    return to_us(posted(tree))


@oracles
def octets_of_rsa_1_5_that_are_called_oaep() -> Shot:
    tree = document(make())
    locked = wrapped(os.urandom(16), signer("sp"), Encryption(transport="rsa-1_5"))
    tree.replace(find(tree, "Assertion"), assembled(os.urandom(64), locked, Encryption("aes128-cbc")))
    return to_us(posted(tree))


def _padded(last: int) -> Shot:
    """CBC whose plaintext ends with an octet of the caller's choice in the place of the padding."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    secret, iv = os.urandom(16), os.urandom(16)
    encryptor = Cipher(algorithms.AES(secret), modes.CBC(iv)).encryptor()
    content = iv + encryptor.update(b"<a/>" + bytes(11) + bytes([last])) + encryptor.finalize()
    tree = document(make())
    tree.replace(find(tree, "Assertion"), assembled(content, wrapped(secret, signer("sp")), Encryption("aes128-cbc")))
    return to_us(posted(tree))


for last in (0, 1, 12, 16, 17, 32, 255):
    oracles.row(f"a padding that says {last}", lambda last=last: _padded(last))


def _first_block(find_in_it: bytes, becomes: bytes) -> Shot:
    """A plaintext whose first block is somebody else's choice: the IV says what it is."""
    tree = document(make())
    assertion = find(tree, "Assertion")
    plain = etree.tostring(assertion)
    assert plain.startswith(find_in_it)
    made = encrypt(assertion, signer("sp"), Encryption("aes128-cbc"))
    value = list(made.iter(f"{{{n.XENC}}}CipherValue"))[-1]
    octets = bytearray(base64.b64decode(value.text or ""))
    for at, (old, new) in enumerate(zip(find_in_it, becomes, strict=True)):
        octets[at] ^= old ^ new
    value.text = base64.b64encode(octets).decode()
    return to_us(posted(tree))


oracles.row(
    "aes128-cbc: the first element is renamed by the IV", lambda: _first_block(b"<saml:Assertion", b"<saml:Assertiom")
)
oracles.row(
    "aes128-cbc: the first prefix is renamed by the IV", lambda: _first_block(b"<saml:Assertion", b"<salm:Assertion")
)
oracles.row("aes128-cbc: a space in the first name by the IV", lambda: _first_block(b"<saml:Assertion", b"<saml:Asse tion"))


@oracles.harmless
def a_bit_of_cbc_turns_a_blank_between_attributes_into_a_tab() -> Shot:
    """The IV's last octet is the last of the first block, the blank before the first declaration: a tab is as good there."""
    return _first_block(b"<saml:Assertion ", b"<saml:Assertion\t")
