"""Weak, forbidden and unknown algorithms and keys, used rightly by the IdP itself or by somebody who forges."""

import base64

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

from tests.saml.attacks.attack import Gallery, Shot
from tests.support.saml import Seal, Signer, document, make, party, posted, say, signer
from tests.support.saml import names as n
from tests.support.saml.surgery import find

ALGORITHM, SIGNATURE = "saml_algorithm", "saml_signature"
algorithms = Gallery("algorithms", (SIGNATURE,))
Tree = etree._Element

for method in ("rsa-sha256", "rsa-sha384", "rsa-sha512"):
    algorithms.row(f"the method {method}", lambda method=method: say(seal=Seal(method=method)), control=True)
for digest in ("sha256", "sha384", "sha512"):
    algorithms.row(f"the digest {digest}", lambda digest=digest: say(seal=Seal(digest=digest)), control=True)


def _with(kind: str, seal: Seal | None = None, signed: str = "assertion") -> Shot:
    by = signer("idp", kind)
    return Shot(say(by=by, signed=signed, seal=seal or Seal()), party(signers=(by,)))


for kind in ("rsa-3072", "ec-256", "ec-384", "ec-521"):
    algorithms.row(f"a key of the kind {kind}", lambda kind=kind: _with(kind), control=True)
for kind in ("rsa-1024", "rsa-1536", "rsa-2047", "ec-192", "ec-224"):
    for signed in ("assertion", "response"):
        algorithms.row(
            f"a key of the kind {kind}, the {signed} signed",
            lambda kind=kind, signed=signed: _with(kind, signed=signed),
            "saml_no_certificate",
        )


def _among(kind: str) -> Shot:
    """A weak key that the IdP's metadata lists beside a strong one."""
    weak = signer("idp", kind)
    return Shot(say(by=weak), party(signers=(signer(), weak)))


for kind in ("rsa-1024", "ec-192"):
    algorithms.row(f"a key of the kind {kind} beside a strong one", lambda kind=kind: _among(kind))
algorithms.row(
    "an elliptic key beside one of RSA",
    lambda: Shot(say(by=signer("idp", "ec-384")), party(signers=(signer(), signer("idp", "ec-384")))),
    control=True,
)

METHODS = ("rsa-md5", "rsa-sha1", "rsa-sha224", "hmac-sha1", "hmac-sha256", "hmac-sha512", "urn:unknown", "")
METHODS += (
    n.MORE + "RSA-SHA256",
    n.MORE + "rsa-sha256 ",
    n.MORE + "rsa-sha256#",
    n.XENC + "sha256",
    n.MORE + "rsa-ripemd160",
)
for method in METHODS:
    for signed in ("assertion", "response"):
        algorithms.row(
            f"a signed {signed} by the method {method!r}",
            lambda method=method, signed=signed: say(signed=signed, seal=Seal(method=method)),
            ALGORITHM,
        )
for method in ("ecdsa-sha1", "ecdsa-sha224"):
    algorithms.row(f"the method {method}", lambda method=method: _with("ec-256", Seal(method=method)), ALGORITHM)

DIGESTS = ("sha1", "sha224", "md5", "urn:unknown", "", n.XENC + "SHA256", n.XENC + "sha256 ", n.XENC + "ripemd160")
for digest in DIGESTS:
    for signed in ("assertion", "response"):
        algorithms.row(
            f"a signed {signed} of the digest {digest!r}",
            lambda digest=digest, signed=signed: say(signed=signed, seal=Seal(digest=digest)),
            ALGORITHM,
        )

WEAK = Seal(method="rsa-sha1", digest="sha1")
STRONG = Seal()


def _mixed(outer: Seal, inner: Seal) -> str:
    from dataclasses import replace

    from tests.support.saml import sign, unsigned

    answer = make()
    tree = unsigned(answer)
    sign(find(tree, "Assertion"), answer.by, replace(inner))
    sign(tree, answer.by, replace(outer))
    return posted(tree)


algorithms.row("a weak signature of the response around a strong one", lambda: _mixed(WEAK, STRONG), ALGORITHM)
algorithms.row("a strong signature of the response around a weak one", lambda: _mixed(STRONG, WEAK), ALGORITHM)
algorithms.row("two strong signatures", lambda: _mixed(STRONG, STRONG), control=True)


def _says(method: str, by: Signer, told: str | None = None) -> Shot:
    """Signed by one method, while another is named."""
    seal = Seal(method=method, said=((n.SIGNATURES[method], told or n.SIGNATURES["rsa-sha256"]),))
    return Shot(say(by=by, seal=seal), party(signers=(by,)))


algorithms.row("signed with SHA-1 and called SHA-256", lambda: _says("rsa-sha1", signer()))
algorithms.row("signed with MD5 and called SHA-256", lambda: _says("rsa-md5", signer()))
algorithms.row("signed with PSS and called PKCS #1 v1.5", lambda: _says("rsa-pss-sha256", signer()))
algorithms.row("an HMAC with the certificate, called RSA", lambda: _says("hmac-sha256", signer()))
algorithms.row("RSA that is called ECDSA", lambda: _says("rsa-sha256", signer(), n.SIGNATURES["ecdsa-sha256"]))
algorithms.row(
    "ECDSA that is called RSA", lambda: _says("ecdsa-sha256", signer("idp", "ec-256"), n.SIGNATURES["rsa-sha256"])
)
algorithms.row("SHA-512 that is called SHA-256", lambda: _says("rsa-sha512", signer()))


def _valued(value: bytes | str, by: Signer | None = None) -> Shot:
    """A genuine message with another SignatureValue."""
    by = by or signer()
    tree = document(make(by=by))
    find(tree, "SignatureValue").text = value if isinstance(value, str) else base64.b64encode(value).decode()
    return Shot(posted(tree), party(signers=(by,)))


def _numbers(by: Signer) -> rsa.RSAPublicNumbers:
    public = by.private.public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    return public.public_numbers()


def _genuine(by: Signer) -> tuple[Tree, bytes]:
    tree = document(make(by=by))
    return tree, base64.b64decode(find(tree, "SignatureValue").text or "")


def _rewritten(by: Signer, change: object) -> Shot:
    tree, value = _genuine(by)
    find(tree, "SignatureValue").text = base64.b64encode(change(value)).decode()
    return Shot(posted(tree), party(signers=(by,)))


EDGES = {"nothing": b"", "zero": bytes(256), "one": bytes(255) + b"\1", "all ones": b"\xff" * 256, "a single octet": b"\1"}
for sentence, octets in EDGES.items():
    algorithms.row(f"a signature that is {sentence}", lambda octets=octets: _valued(octets))
    algorithms.row(
        f"a signature by an elliptic key that is {sentence}",
        lambda octets=octets: _valued(octets[:64] if len(octets) > 64 else octets, signer("idp", "ec-256")),
    )
algorithms.row("a signature that is the modulus less one", lambda: _valued((_numbers(signer()).n - 1).to_bytes(256, "big")))
algorithms.row(
    "a signature plus the modulus",
    lambda: _rewritten(signer(), lambda value: (int.from_bytes(value, "big") + _numbers(signer()).n).to_bytes(257, "big")),
)
algorithms.row("a signature with a zero before it", lambda: _rewritten(signer(), lambda value: b"\0" + value))
algorithms.row("a signature with octets after it", lambda: _rewritten(signer(), lambda value: value + b"\0"))
algorithms.row("a signature twice", lambda: _rewritten(signer(), lambda value: value + value))
algorithms.row("a signature that is no base64", lambda: _valued("!!!! not base64 !!!!"), "saml_signature_shape")
algorithms.row("a signature in letters that no base64 has", lambda: _valued("é" * 344), "saml_signature_shape")


for letter in ("\u00a0", "\u2028", "\u3000", "\u200b"):
    algorithms.row(f"a signature with {letter!r} in it", lambda letter=letter: _spread(letter), "saml_signature_shape")


def _spread(letter: str) -> str:
    tree, _ = _genuine(signer())
    value = find(tree, "SignatureValue")
    value.text = f"{value.text[:100]}{letter}{value.text[100:]}"
    return posted(tree)


def _as_der(value: bytes) -> bytes:
    return encode_dss_signature(int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big"))


P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
algorithms.row("an elliptic signature in DER", lambda: _rewritten(signer("idp", "ec-256"), _as_der))
algorithms.row(
    "an elliptic signature of the order of the curve", lambda: _valued(P256.to_bytes(32, "big") * 2, signer("idp", "ec-256"))
)
algorithms.row(
    "an elliptic signature of half its length", lambda: _rewritten(signer("idp", "ec-256"), lambda value: value[:32])
)
algorithms.row(
    "an elliptic signature with zeros between",
    lambda: _rewritten(signer("idp", "ec-256"), lambda v: v[:32] + b"\0\0" + v[32:]),
)


def _cubic() -> Shot:
    """Bleichenbacher's forgery: a cube that begins as a padded hash, garbage behind it, for a key of exponent 3."""
    import hashlib

    by = _small_exponent()
    tree = document(make(by=by, name_id="mallory@evil.test"))
    signed_info = etree.tostring(find(tree, "SignedInfo"), method="c14n", exclusive=True)
    prefix = bytes.fromhex("3031300d060960864801650304020105000420")
    wanted = b"\0\1" + b"\xff" * 8 + b"\0" + prefix + hashlib.sha256(signed_info).digest()
    lowest = int.from_bytes(wanted + bytes(256 - len(wanted)), "big")
    root = _cube_root(lowest) + 1
    assert root**3 < lowest + (1 << 8 * (256 - len(wanted)))  # the garbage is where garbage may be
    find(tree, "SignatureValue").text = base64.b64encode(root.to_bytes(256, "big")).decode()
    return Shot(posted(tree), party(signers=(by,)))


def _cube_root(number: int) -> int:
    low, high = 0, 1 << (number.bit_length() // 3 + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= number else (low, middle - 1)
    return low


def _small_exponent() -> Signer:
    from functools import cache

    return cache(_made_with_three)()


def _made_with_three() -> Signer:
    from datetime import UTC, datetime

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    private = rsa.generate_private_key(3, 2048)
    name = x509.Name([])
    begins, ends = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, private.public_key(), 1, begins, ends).sign(private, hashes.SHA256())
    return Signer(private, made.public_bytes(serialization.Encoding.DER))


algorithms.row("a forged cube for a key of exponent three", _cubic)


def _output_length(bits: str) -> str:
    from tests.support.saml.surgery import element

    seal = Seal(method="hmac-sha256")
    tree = document(make(seal=seal))
    find(tree, "SignatureMethod").append(element(f"<ds:HMACOutputLength>{bits}</ds:HMACOutputLength>"))
    find(tree, "SignatureValue").text = "AA=="
    return posted(tree)


for bits in ("0", "1", "8", "-1"):
    algorithms.row(f"an HMAC of {bits} bits", lambda bits=bits: _output_length(bits), ALGORITHM)


@algorithms.because(ALGORITHM)
def an_hmac_length_in_an_rsa_signature() -> str:
    algorithm = f'Algorithm="{n.SIGNATURES["rsa-sha256"]}"/>'
    inside = f"{algorithm[:-2]}><ds:HMACOutputLength>1</ds:HMACOutputLength></ds:SignatureMethod>"
    return say(seal=Seal(said=((algorithm, inside),)))
