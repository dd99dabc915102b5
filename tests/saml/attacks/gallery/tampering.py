"""The words are changed after they were signed, or signed by somebody else."""

import base64
from collections.abc import Callable

from lxml import etree

from tests.saml.attacks.attack import Gallery, Shot
from tests.support.saml import Seal, document, make, party, posted, say, sign, signer
from tests.support.saml.surgery import after, copied, element, find, saml, text_after, without_signature

DIGEST, SIGNATURE, REFERENCE = "saml_digest", "saml_signature", "saml_signature_reference"
tampering = Gallery("tampering", (DIGEST, SIGNATURE, REFERENCE))
Tree = etree._Element


@tampering.control
def as_it_was_signed() -> str:
    return say(groups=("a", "b"), session_until=3600)


@tampering.control
def by_the_second_of_two_keys() -> Shot:
    return Shot(say(by=signer("next")), party(signers=(signer(), signer("next"))))


@tampering.control
def by_a_key_whose_certificate_has_expired() -> Shot:
    old = signer("old", years=-1)
    return Shot(say(by=old), party(signers=(old,)))


@tampering.control
def by_an_elliptic_key() -> Shot:
    return Shot(say(by=signer("idp", "ec-256")), party(signers=(signer("idp", "ec-256"),)))


@tampering.control
def without_key_info() -> str:
    return say(seal=Seal(key_info=None))


EXCHANGES = {
    "another name": ("ada@acme.test</saml:NameID>", "bob@acme.test</saml:NameID>"),
    "a name in another case": ("ada@acme.test</saml:NameID>", "Ada@acme.test</saml:NameID>"),
    "another group": (">staff<", ">owners<"),
    "one more group": (
        ">staff</saml:AttributeValue>",
        '>staff</saml:AttributeValue><saml:AttributeValue xsi:type="xs:string">owners</saml:AttributeValue>',
    ),
    "another attribute's name": ('Name="firstName"', 'Name="groups"'),
    "another context": ("PasswordProtectedTransport", "TimeSyncToken"),
    "another session": ('SessionIndex="_session"', 'SessionIndex="_sessiom"'),
    "an audience more": ("</saml:AudienceRestriction>", "<saml:Audience>x</saml:Audience></saml:AudienceRestriction>"),
    "no windows": ('NotOnOrAfter="', 'NotOnOrAfterwards="'),
    "another method": ("cm:bearer", "cm:holder-of-key"),
    "whitespace between elements": ("<saml:Subject>", "<saml:Subject>\n  "),
    "another format of the name": ("emailAddress", "persistent"),
}
for what, pair in EXCHANGES.items():
    for signed in ("assertion", "response", "both"):
        tampering.row(
            f"{what} in a signed {signed}" if signed != "both" else f"{what} where both are signed",
            lambda pair=pair, signed=signed: text_after(pair, signed=signed, groups=("staff",), session_index="_session"),
            DIGEST,
        )


def _flipped(tag: str, at: int) -> Callable[[Tree], None]:
    def cut(tree: Tree) -> None:
        one = find(tree, tag)
        octets = bytearray(base64.b64decode(one.text or ""))
        octets[at] ^= 1
        one.text = base64.b64encode(octets).decode()

    return cut


for tag, at in (
    ("SignatureValue", 0),
    ("SignatureValue", -1),
    ("SignatureValue", 100),
    ("DigestValue", 0),
    ("DigestValue", -1),
):
    tampering.row(f"one bit of {tag} at {at}", lambda tag=tag, at=at: after(_flipped(tag, at)))
for tag in ("SignatureValue", "DigestValue"):
    for length in (1, 16, 31, 255):
        if tag == "SignatureValue" or length < 32:
            tampering.row(
                f"{tag} cut to {length} octets",
                lambda tag=tag, length=length: after(
                    lambda tree: setattr(
                        find(tree, tag),
                        "text",
                        base64.b64encode(base64.b64decode(find(tree, tag).text or "")[:length]).decode(),
                    )
                ),
            )


def _transplanted(*tags: str, signed: str = "assertion") -> str:
    """Parts of the signature come from another genuine message of the same IdP."""

    def cut(tree: Tree) -> None:
        theirs = document(make(name_id="bob@acme.test", signed=signed))
        for tag in tags:
            mine = find(tree, tag)
            parent = mine.getparent()
            assert parent is not None
            parent.replace(mine, copied(find(theirs, tag)))

    return after(cut, signed=signed)


for tags in (
    ("Signature",),
    ("SignedInfo",),
    ("SignatureValue",),
    ("DigestValue",),
    ("SignedInfo", "SignatureValue"),
    ("Subject",),
):
    for signed in ("assertion", "response"):
        tampering.row(
            f"the {' and '.join(tags)} of another message in a signed {signed}",
            lambda tags=tags, signed=signed: _transplanted(*tags, signed=signed),
        )


@tampering.because("saml_ids", REFERENCE)
def the_signature_of_the_same_assertion_of_another_id() -> str:
    def cut(tree: Tree) -> None:
        tree_id = find(tree, "Assertion").get("ID", "")
        find(tree, "Assertion").set("ID", tree_id[::-1].replace("a_", "_a"))

    return after(cut)


@tampering.because(SIGNATURE)
def signed_by_a_stranger() -> str:
    return say(by=signer("mallory"))


@tampering.because(SIGNATURE)
def signed_by_a_stranger_with_an_elliptic_key() -> str:
    return say(by=signer("mallory", "ec-256"))


@tampering.because(SIGNATURE)
def signed_by_a_stranger_who_shows_the_idps_certificate() -> str:
    shown = base64.b64encode(signer().der).decode()
    info = f"<ds:X509Data><ds:X509Certificate>{shown}</ds:X509Certificate></ds:X509Data>"
    return say(by=signer("mallory"), seal=Seal(key_info=info))


@tampering.because(SIGNATURE)
def signed_by_a_stranger_whose_certificate_has_the_idps_name() -> str:
    return say(by=signer("idp", "rsa-2049"))


@tampering.because(SIGNATURE)
def signed_by_a_stranger_who_names_the_key() -> str:
    return say(by=signer("mallory"), seal=Seal(key_info="<ds:KeyName>idp</ds:KeyName>"))


@tampering.because(SIGNATURE)
def signed_by_a_stranger_who_gives_a_bare_key() -> str:
    numbers = signer("mallory").private.public_key().public_numbers()
    modulus = base64.b64encode(numbers.n.to_bytes(256, "big")).decode()
    value = f"<ds:RSAKeyValue><ds:Modulus>{modulus}</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue>"
    return say(by=signer("mallory"), seal=Seal(key_info=f"<ds:KeyValue>{value}</ds:KeyValue>"))


@tampering.because(SIGNATURE)
def the_response_by_a_stranger_around_an_unsigned_assertion() -> str:
    return say(by=signer("mallory"), signed="response")


@tampering.because(SIGNATURE)
def the_response_by_a_stranger_around_a_genuine_assertion() -> str:
    return after(lambda tree: sign(tree, signer("mallory")))


@tampering.because(SIGNATURE)
def the_assertion_by_a_stranger_in_a_genuine_response() -> str:
    from tests.support.saml import sealed, unsigned

    answer = make(signed="response")
    tree = unsigned(answer)
    sign(find(tree, "Assertion"), signer("mallory"))
    return posted(sealed(tree, answer))


@tampering.because(SIGNATURE)
def signed_with_our_own_decryption_key() -> Shot:
    return Shot(say(by=signer("sp")), party(keys=(signer("sp"),)))


@tampering
def an_element_is_renamed_in_the_signed_part() -> str:
    return after(lambda tree: setattr(find(tree, "NameID"), "tag", saml("BaseID")))


@tampering
def two_values_change_places() -> str:
    def cut(tree: Tree) -> None:
        values = list(tree.iter(saml("AttributeValue")))
        values[0].text, values[-1].text = values[-1].text, values[0].text

    return after(cut)


@tampering
def a_second_subject_in_the_signed_assertion() -> str:
    return after(
        lambda tree: find(tree, "Subject").addprevious(
            element("<saml:Subject><saml:NameID>mallory@evil.test</saml:NameID></saml:Subject>")
        )
    )


@tampering
def a_second_name_in_the_signed_subject() -> str:
    return after(lambda tree: find(tree, "Subject").insert(0, element("<saml:NameID>mallory@evil.test</saml:NameID>")))


@tampering
def the_signed_assertion_says_more_at_its_end() -> str:
    more = '<saml:Attribute Name="groups"><saml:AttributeValue>owners</saml:AttributeValue></saml:Attribute>'
    statement = f"<saml:AttributeStatement>{more}</saml:AttributeStatement>"
    return after(lambda tree: find(tree, "Assertion").append(element(statement)))


@tampering
def a_stale_signature_over_a_rewritten_assertion() -> str:
    tree = document(make())
    assertion = find(tree, "Assertion")
    signature = copied(find(assertion, "Signature"))
    without_signature(assertion)
    find(assertion, "NameID").text = "bob@acme.test"
    assertion.insert(1, signature)
    return posted(tree)
