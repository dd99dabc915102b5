"""Our keys as PEM, in any order, and what is none."""

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from bridge.saml import keys
from tests.support.saml import signer


def blocks(pem: str) -> tuple[str, str]:
    """The private key and the certificate."""
    first, _, second = pem.partition("-----BEGIN CERTIFICATE-----")
    return first, "-----BEGIN CERTIFICATE-----" + second


def test_key_and_certificate_may_stand_in_any_order_with_words_between() -> None:
    private, certificate = blocks(signer("ours").pem())
    for text in (private + certificate, f"Bag Attributes\n{certificate}\nsubject=CN\n{private}"):
        read = keys.read(text)
        assert read.certificate == signer("ours").certificate
        assert read.private.private_numbers() == signer("ours").private.private_numbers()  # type: ignore[comparison-overlap]


def test_a_key_of_the_old_form_is_read() -> None:
    old = signer("ours").private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    text = old + blocks(signer("ours").pem())[1].encode()
    assert keys.read(text.decode()).certificate.fingerprint == signer("ours").certificate.fingerprint


def encrypted() -> str:
    private = signer("ours").private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret"))
    return private.decode() + blocks(signer("ours").pem())[1]


def spoilt() -> str:
    """Numbers that fit together no more: it signs what nobody can verify."""
    numbers = signer("ours").private.private_numbers()
    assert isinstance(numbers, RSAPrivateNumbers)
    one = RSAPrivateNumbers(
        numbers.p, numbers.q, numbers.d + 2, numbers.dmp1 + 2, numbers.dmq1, numbers.iqmp, numbers.public_numbers
    ).private_key(unsafe_skip_rsa_key_validation=True)
    return one.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() + blocks(signer("ours").pem())[1]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (lambda: "", "0 private keys and 0 certificates"),
        (lambda: blocks(signer("ours").pem())[0], "1 private keys and 0 certificates"),
        (lambda: blocks(signer("ours").pem())[1], "0 private keys and 1 certificates"),
        (lambda: signer("ours").pem() * 2, "2 private keys and 2 certificates"),
        (lambda: blocks(signer("ours").pem())[0] + blocks(signer("b").pem())[1], "of another key"),
        (lambda: signer("short", "rsa-1024").pem(), "1024 bits"),
        (lambda: signer("ec", "ec-256").pem(), "not RSA"),
        (encrypted, "passphrase"),
        (spoilt, "of another key"),
        (lambda: signer("ours").pem().replace("MII", "MIJ"), "can't be read"),
    ],
)
def test_what_is_no_key_of_ours_is_refused_with_its_reason(text: Callable[[], str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        keys.read(text())


def test_a_key_prints_nothing_of_itself() -> None:
    read = keys.read(signer("ours").pem())
    assert "private" not in repr(read)
    assert "der" not in repr(read)
