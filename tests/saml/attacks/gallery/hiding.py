"""Wrapping behind encryption: anybody can encrypt for us, so what is encrypted proves nothing."""

from collections.abc import Callable

from lxml import etree

from tests.saml.attacks.attack import Gallery, Shot
from tests.support.saml import Encryption, document, encrypt, make, party, posted, say, signer
from tests.support.saml.encrypting import encrypted_text
from tests.support.saml.surgery import after, copied, element, evil, find, saml, under

hiding = Gallery("hiding")
Tree = etree._Element


@hiding.control
def an_encrypted_assertion_signed_inside() -> Shot:
    return Shot(say(encrypted_to=signer("sp")), party(keys=(signer("sp"),)))


def _encrypted(cut: Callable[[Tree], object]) -> Shot:
    """A genuine encrypted message that was cut; anybody can encrypt for us."""
    return Shot(after(cut, encrypted_to=signer("sp")), party(keys=(signer("sp"),)))


def _evil_encrypted() -> Tree:
    return encrypt(evil(find(document(make()), "Assertion")), signer("sp"))


@hiding
def an_evil_plain_assertion_before_the_encrypted_one() -> Shot:
    return _encrypted(lambda tree: find(tree, "EncryptedAssertion").addprevious(evil(find(document(make()), "Assertion"))))


@hiding
def an_evil_plain_assertion_after_the_encrypted_one() -> Shot:
    return _encrypted(lambda tree: tree.append(evil(find(document(make()), "Assertion"))))


@hiding
def two_encrypted_assertions_the_evil_first() -> Shot:
    return _encrypted(lambda tree: find(tree, "EncryptedAssertion").addprevious(_evil_encrypted()))


@hiding
def two_encrypted_assertions_the_evil_last() -> Shot:
    return _encrypted(lambda tree: tree.append(_evil_encrypted()))


@hiding
def an_evil_encrypted_assertion_in_place_of_the_genuine() -> Shot:
    return _encrypted(lambda tree: tree.replace(find(tree, "EncryptedAssertion"), _evil_encrypted()))


@hiding
def an_evil_encrypted_assertion_beside_a_signed_plain_one() -> Shot:
    return Shot(after(lambda tree: tree.append(_evil_encrypted())), party(keys=(signer("sp"),)))


def _plain(make_plain: Callable[[Tree], bytes], content: str = "aes256-gcm") -> Shot:
    """A response whose encrypted assertion holds what an attacker wrote out of a genuine one."""
    tree = document(make())
    assertion = find(tree, "Assertion")
    plain = make_plain(copied(assertion))
    tree.replace(assertion, encrypted_text(plain, signer("sp"), Encryption(content)))
    return Shot(posted(tree), party(keys=(signer("sp"),)))


def _nested(assertion: Tree) -> bytes:
    fake = evil(assertion)
    fake.append(assertion)
    return etree.tostring(fake)


def _twice(assertion: Tree) -> bytes:
    return etree.tostring(evil(assertion)) + etree.tostring(assertion)


def _in_a_response(assertion: Tree) -> bytes:
    root = element(f'<samlp:Response ID="_x" Version="2.0" xmlns:a="{saml("")[1:-1]}"/>')
    root.append(assertion)
    return etree.tostring(root)


def _encrypted_again(assertion: Tree) -> bytes:
    return etree.tostring(encrypt(assertion, signer("sp")))


def _in_advice(assertion: Tree) -> bytes:
    fake = evil(assertion)
    under(fake, "<saml:Advice/>", 3).append(encrypt(copied(assertion), signer("sp")))
    return etree.tostring(fake)


hiding.row("an encrypted assertion whose plaintext is an evil one around the signed one", lambda: _plain(_nested))
hiding.row("an encrypted assertion whose plaintext is two assertions", lambda: _plain(_twice))
hiding.row("an encrypted assertion whose plaintext is a response", lambda: _plain(_in_a_response))
hiding.row("an encrypted assertion in an encrypted assertion", lambda: _plain(_encrypted_again))
hiding.row(
    "an encrypted assertion whose evil plaintext has the signed one encrypted in its advice", lambda: _plain(_in_advice)
)


@hiding
def an_encrypted_assertion_whose_plaintext_has_a_second_root() -> Shot:
    return _plain(lambda assertion: etree.tostring(assertion) + b"<evil/>")
