"""Encrypted assertions: forbidden algorithms, references in place of octets, and questions that somebody asks our keys."""

import os
from collections.abc import Callable

from lxml import etree

from tests.saml.attacks.attack import Gallery, Shot
from tests.support.saml import Encryption, document, make, party, posted, say, signer
from tests.support.saml import names as n
from tests.support.saml.encrypting import assembled, wrapped
from tests.support.saml.surgery import after, copied, drop, element, find

encryption = Gallery("encryption")
WEAK, SHAPE = "saml_encryption_algorithm", "saml_encryption_shape"
Tree = etree._Element


def to_us(message: str, *, must: bool = False) -> Shot:
    return Shot(message, party(keys=(signer("sp"),), must_encrypt=must))


def _by(how: Encryption, **more: object) -> Shot:
    return to_us(say(encrypted_to=signer("sp"), encryption=how, **more))


CONTENTS = ("aes128-cbc", "aes192-cbc", "aes256-cbc", "aes128-gcm", "aes192-gcm", "aes256-gcm")
for content in CONTENTS:
    encryption.row(f"the algorithm {content}", lambda content=content: _by(Encryption(content)), control=True)
for transport, digest, mgf in (
    ("rsa-oaep-mgf1p", "sha256", "sha1"),
    ("rsa-oaep", "sha256", "sha256"),
    ("rsa-oaep", "sha512", "sha1"),
):
    encryption.row(
        f"{transport} with {digest} and a mask of {mgf}",
        lambda transport=transport, digest=digest, mgf=mgf: _by(Encryption("aes256-gcm", transport, digest, mgf)),
        control=True,
    )
encryption.row("a key beside the data", lambda: _by(Encryption(beside=True)), control=True)
encryption.row(
    "by the older of our keys",
    lambda: Shot(say(encrypted_to=signer("sp")), party(keys=(signer("new"), signer("sp")))),
    control=True,
)
encryption.row("a signed response around it", lambda: _by(Encryption(), signed="response"), control=True)
encryption.row("both signed", lambda: _by(Encryption(), signed="both"), control=True)
encryption.row("where everything must be encrypted", lambda: to_us(say(encrypted_to=signer("sp")), must=True), control=True)

encryption.row("none where everything must be encrypted", lambda: to_us(say(), must=True), "saml_not_encrypted")
encryption.row("for a connection without keys", lambda: Shot(say(encrypted_to=signer("sp")), party()), "saml_no_key")
encryption.row("the algorithm tripledes-cbc", lambda: _by(Encryption("tripledes-cbc")), WEAK)
for signed in ("assertion", "response", "both"):
    encryption.row(
        f"RSA 1.5, signed: {signed}", lambda signed=signed: _by(Encryption(transport="rsa-1_5"), signed=signed), WEAK
    )


def _spelled(*pairs: tuple[str, str]) -> Shot:
    """A genuine message whose encryption says something else."""
    text = etree.tostring(document(make(encrypted_to=signer("sp")))).decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return to_us(posted(text))


GCM, OAEP, SHA1 = (f'"{n.CONTENTS["aes256-gcm"]}"', f'"{n.TRANSPORTS["rsa-oaep-mgf1p"]}"', f'"{n.DIGESTS["sha1"]}"')
for sentence, pair in {
    "data of an unknown algorithm": (GCM, '"urn:unknown"'),
    "data of no algorithm": (GCM, '""'),
    "data in upper case": (GCM, GCM.upper()),
    "data by a stream cipher": (GCM, '"http://www.w3.org/2001/04/xmldsig-more#arcfour"'),
    "data by ChaCha20": (GCM, '"http://www.w3.org/2021/04/xmldsig-more#chacha20poly1305"'),
    "data by a cipher of null": (GCM, '"http://www.w3.org/2001/04/xmlenc#null"'),
    "a key of an unknown transport": (OAEP, '"urn:unknown"'),
    "a key wrapped by AES": (OAEP, '"http://www.w3.org/2001/04/xmlenc#kw-aes256"'),
    "a key wrapped by 3DES": (OAEP, '"http://www.w3.org/2001/04/xmlenc#kw-tripledes"'),
    "a key agreed on": (OAEP, '"http://www.w3.org/2009/xmlenc11#ECDH-ES"'),
    "a key derived": (OAEP, '"http://www.w3.org/2009/xmlenc11#pbkdf2"'),
    "a key called RSA 1.5": (OAEP, f'"{n.TRANSPORTS["rsa-1_5"]}"'),
    "OAEP of MD5": (SHA1, f'"{n.DIGESTS["md5"]}"'),
    "OAEP of an unknown digest": (SHA1, '"urn:unknown"'),
    "OAEP with a label": ("</xenc:EncryptionMethod>", "<xenc:OAEPparams>AAAA</xenc:OAEPparams></xenc:EncryptionMethod>"),
    "a mask for a transport that has none": (
        "</xenc:EncryptionMethod>",
        f'<m:MGF xmlns:m="{n.XENC11}" Algorithm="{n.XENC11}mgf1sha256"/></xenc:EncryptionMethod>',
    ),
    "the namespace of nothing": (f'xmlns:xenc="{n.XENC}"', 'xmlns:xenc="urn:none"'),
}.items():
    encryption.row(sentence, lambda pair=pair: _spelled(pair), WEAK, SHAPE)


def referring(where: str, uri: str) -> Shot:
    """A CipherReference in place of the octets, of the data or of the key."""
    secret = os.urandom(32)
    locked, content = wrapped(secret, signer("sp")), os.urandom(64)
    reference = f'<xenc:CipherData><xenc:CipherReference URI="{uri}"/></xenc:CipherData>'
    tree = document(make())
    made = assembled(content, locked, **{where: reference})
    tree.replace(find(tree, "Assertion"), made)
    return to_us(posted(tree))


PLACES = ("file:///etc/passwd", "file:///dev/zero", "/dev/zero", "http://127.0.0.1:9/x", "ftp://127.0.0.1:9/x", "#key", "")
for where in ("data", "in_key"):
    for uri in PLACES:
        encryption.row(f"a CipherReference to {uri!r} ({where})", lambda where=where, uri=uri: referring(where, uri), SHAPE)


def retrieved(uri: str) -> Shot:
    return _spelled_beside(('URI="#key"', f'URI="{uri}"'))


def _spelled_beside(*pairs: tuple[str, str]) -> Shot:
    text = etree.tostring(document(make(encrypted_to=signer("sp"), encryption=Encryption(beside=True)))).decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return to_us(posted(text))


for uri in ("file:///etc/passwd", "/dev/zero", "http://127.0.0.1:9/x", ""):
    encryption.row(f"a RetrievalMethod to {uri!r}", lambda uri=uri: retrieved(uri), SHAPE)


def _cut(cut: Callable[[Tree], object]) -> Shot:
    return to_us(after(cut, encrypted_to=signer("sp")))


def _doubled(tag: str) -> Callable[[Tree], None]:
    return lambda tree: find(tree, tag).addnext(copied(find(tree, tag)))


for tag in ("EncryptedData", "EncryptedKey", "CipherData", "CipherValue", "EncryptionMethod"):
    encryption.row(f"two {tag}", lambda tag=tag: _cut(_doubled(tag)))
for tag in ("EncryptedData", "EncryptedKey", "CipherData", "CipherValue", "EncryptionMethod", "KeyInfo"):
    encryption.row(f"no {tag}", lambda tag=tag: _cut(lambda tree: drop(find(tree, tag))))


@encryption
def an_element_in_a_cipher_value() -> Shot:
    return _cut(lambda tree: find(tree, "CipherValue").insert(0, element("<saml:x/>")))


@encryption
def a_cipher_value_that_is_no_base64() -> Shot:
    return _cut(lambda tree: setattr(find(tree, "CipherValue"), "text", "*" * 100))


@encryption
def a_transform_of_the_cipher_text() -> Shot:
    xslt = '<xenc:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116"/></xenc:Transforms>'
    return _cut(lambda tree: find(tree, "CipherData").append(element(xslt)))


@encryption
def an_encrypted_name_in_a_signed_assertion() -> str:
    from tests.support.saml.surgery import before

    return before(lambda tree: find(tree, "Subject").replace(find(tree, "NameID"), element("<saml:EncryptedID/>")))


@encryption
def an_encrypted_attribute_in_a_signed_assertion() -> str:
    from tests.support.saml.surgery import before

    return before(lambda tree: find(tree, "AttributeStatement").append(element("<saml:EncryptedAttribute/>")))


@encryption
def data_outside_of_an_encrypted_assertion() -> Shot:
    def cut(tree: Tree) -> None:
        data = find(tree, "EncryptedData")
        tree.replace(find(tree, "EncryptedAssertion"), data)

    return _cut(cut)


@encryption
def unsigned_inside_and_out() -> Shot:
    return to_us(say(encrypted_to=signer("sp"), signed="none"))
