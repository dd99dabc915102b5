"""Signature wrapping: the signed part is moved aside and another stands where it is read (Somorovsky et al. 2012)."""

from collections.abc import Callable

from lxml import etree

from tests.saml.attacks.attack import Gallery
from tests.support.saml import document, make, posted, say, signer
from tests.support.saml.surgery import after, copied, ds, element, evil, find, saml, under, without_signature

wrapping = Gallery("wrapping")
Tree = etree._Element


@wrapping.control
def a_signed_assertion_where_it_belongs() -> str:
    return say()


@wrapping.control
def a_signed_response_around_it() -> str:
    return say(signed="response")


@wrapping.control
def both_signed() -> str:
    return say(signed="both")


@wrapping
def xsw1_the_signed_response_moves_into_the_signature_of_an_evil_one() -> str:
    tree = document(make(signed="response"))
    fake, original, signature = evil(tree), without_signature(copied(tree)), copied(find(tree, "Signature"))
    signature.append(original)
    fake.insert(1, signature)
    return posted(fake)


@wrapping
def xsw2_the_signed_response_stands_before_its_signature_in_an_evil_one() -> str:
    tree = document(make(signed="response"))
    fake, original, signature = evil(tree), without_signature(copied(tree)), copied(find(tree, "Signature"))
    fake.insert(1, original)
    fake.insert(2, signature)
    return posted(fake)


@wrapping
def xsw3_an_evil_assertion_before_the_signed_one() -> str:
    return after(lambda tree: find(tree, "Assertion").addprevious(evil(find(tree, "Assertion"))))


@wrapping
def xsw4_the_signed_assertion_in_an_evil_one() -> str:
    return _swallowed(lambda fake: fake)


@wrapping
def xsw5_an_evil_assertion_carries_the_signature_of_one_at_the_end() -> str:
    tree = document(make())
    assertion = find(tree, "Assertion")
    fake, original, signature = evil(assertion), without_signature(copied(assertion)), copied(find(assertion, "Signature"))
    fake.insert(1, signature)
    tree.replace(assertion, fake)
    tree.append(original)
    return posted(tree)


@wrapping
def xsw6_the_same_with_the_original_in_the_signature() -> str:
    return _in_its_signature(lambda signature: signature)


@wrapping
def xsw7_an_evil_assertion_in_extensions() -> str:
    def cut(tree: Tree) -> None:
        extensions = element("<samlp:Extensions/>")
        extensions.append(evil(find(tree, "Assertion"), id=None))
        tree.insert(1, extensions)

    return after(cut)


@wrapping
def xsw8_the_original_in_an_object_of_the_evil_ones_signature() -> str:
    return _in_its_signature(lambda signature: under(signature, "<ds:Object/>"))


@wrapping
def an_evil_assertion_after_the_signed_one() -> str:
    return after(lambda tree: tree.append(evil(find(tree, "Assertion"))))


@wrapping
def the_original_in_extensions_and_an_evil_one_in_its_place() -> str:
    def cut(tree: Tree) -> None:
        assertion = find(tree, "Assertion")
        fake = evil(assertion)
        tree.replace(assertion, fake)
        under(tree, "<samlp:Extensions/>", 1).append(assertion)

    return after(cut)


@wrapping
def the_original_in_status_detail() -> str:
    def cut(tree: Tree) -> None:
        assertion = find(tree, "Assertion")
        tree.replace(assertion, evil(assertion))
        under(find(tree, "Status"), "<samlp:StatusDetail/>").append(assertion)

    return after(cut)


@wrapping
def the_original_in_the_key_info_of_an_evil_ones_signature() -> str:
    return _in_its_signature(lambda signature: find(signature, "KeyInfo"))


@wrapping
def the_original_in_the_signature_value() -> str:
    return _in_its_signature(lambda signature: find(signature, "SignatureValue"))


def _swallowed(where: Callable[[Tree], Tree], *, carries: bool = False) -> str:
    """The signed assertion inside an evil one; `carries`: its signature stands in the evil one."""
    tree = document(make(attributes=(("note", ("x",)),)))
    assertion = find(tree, "Assertion")
    fake = evil(assertion)
    tree.replace(assertion, fake)
    if carries:
        fake.insert(1, copied(find(assertion, "Signature")))
        without_signature(assertion)
    where(fake).append(assertion)
    return posted(tree)


def _in_its_signature(where: Callable[[Tree], Tree]) -> str:
    """An evil assertion with the genuine signature, the original somewhere in that."""
    tree = document(make())
    assertion = find(tree, "Assertion")
    fake, signature = evil(assertion), copied(find(assertion, "Signature"))
    where(signature).append(without_signature(copied(assertion)))
    fake.insert(1, signature)
    tree.replace(assertion, fake)
    return posted(tree)


PLACES: dict[str, Callable[[Tree], Tree]] = {
    "its advice": lambda fake: under(fake, "<saml:Advice/>", 3),
    "its subject confirmation data": lambda fake: find(fake, "SubjectConfirmationData"),
    "an attribute value": lambda fake: list(fake.iter(saml("AttributeValue")))[-1],
    "its conditions": lambda fake: find(fake, "Conditions"),
    "its subject": lambda fake: find(fake, "Subject"),
    "its issuer": lambda fake: find(fake, "Issuer"),
    "its authentication context": lambda fake: find(fake, "AuthnContext"),
    "a statement of its own": lambda fake: under(fake, "<saml:AuthzDecisionStatement/>"),
}
for place, where in PLACES.items():
    wrapping.row(f"the signed assertion in {place}", lambda where=where: _swallowed(where))
    wrapping.row(
        f"the signed assertion in {place}, its signature moved out",
        lambda where=where: _swallowed(where, carries=True),
    )


def _smuggled(where: Callable[[Tree], Tree], *, same_id: bool = False) -> str:
    """An evil assertion in a place that the enveloped-signature transform takes out before the digest is made."""

    def cut(tree: Tree) -> None:
        assertion = find(tree, "Assertion")
        where(find(assertion, "Signature")).append(evil(assertion, id=None if same_id else "_" + "e7" * 16))

    return after(cut)


HIDES: dict[str, Callable[[Tree], Tree]] = {
    "an object": lambda signature: under(signature, "<ds:Object/>"),
    "its KeyInfo": lambda signature: find(signature, "KeyInfo"),
    "its X509Data": lambda signature: find(signature, "X509Data"),
    "an element of its own": lambda signature: under(signature, "<saml:Advice/>"),
    "the signature itself": lambda signature: signature,
    "its SignatureValue": lambda signature: find(signature, "SignatureValue"),
}
for hiding, where in HIDES.items():
    wrapping.row(f"an evil assertion in {hiding} of the genuine signature", lambda where=where: _smuggled(where))
    wrapping.row(
        f"an evil assertion of the same ID in {hiding} of the genuine signature",
        lambda where=where: _smuggled(where, same_id=True),
    )


@wrapping
def two_assertions_of_one_id_the_evil_first() -> str:
    return after(lambda tree: find(tree, "Assertion").addprevious(evil(find(tree, "Assertion"), id=None)))


@wrapping
def two_assertions_of_one_id_the_evil_last() -> str:
    return after(lambda tree: tree.append(evil(find(tree, "Assertion"), id=None)))


@wrapping
def the_response_has_the_id_of_the_assertion() -> str:
    return after(lambda tree: tree.set("ID", find(tree, "Assertion").get("ID", "")))


@wrapping
def another_element_has_the_id_of_the_assertion() -> str:
    return after(lambda tree: find(tree, "StatusCode").set("ID", find(tree, "Assertion").get("ID", "")))


def _called(name: str) -> str:
    """An evil assertion that has the original's ID under another name."""

    def cut(tree: Tree) -> None:
        assertion = find(tree, "Assertion")
        fake = evil(assertion)
        fake.insert(1, copied(find(assertion, "Signature")))
        fake.set(name, assertion.get("ID", ""))
        tree.replace(assertion, fake)
        under(tree, "<samlp:Extensions/>", 1).append(without_signature(assertion))

    return after(cut)


for attribute in ("Id", "id", "xml:id", "saml:ID", "ds:Id", "AssertionID"):
    prefix, _, local = attribute.rpartition(":")
    namespace = {"xml": "http://www.w3.org/XML/1998/namespace", "saml": saml("")[1:-1], "ds": ds("")[1:-1]}.get(prefix)
    qualified = f"{{{namespace}}}{local}" if namespace else local
    wrapping.row(f"an evil assertion has the signed ID as its {attribute}", lambda name=qualified: _called(name))


@wrapping
def a_second_response_inside_the_first() -> str:
    tree = document(make(signed="response"))
    fake = evil(tree)
    fake.append(tree)
    return posted(fake)


@wrapping
def the_signed_response_in_extensions_of_an_evil_one() -> str:
    tree = document(make(signed="response"))
    fake = evil(tree)
    under(fake, "<samlp:Extensions/>", 1).append(tree)
    return posted(fake)


@wrapping
def two_signatures_the_genuine_first() -> str:
    return after(lambda tree: find(tree, "Signature").addnext(copied(find(tree, "Signature"))))


@wrapping
def two_signatures_an_attackers_first() -> str:
    def cut(tree: Tree) -> None:
        theirs = document(make(by=signer("mallory")))
        find(tree, "Signature").addprevious(copied(find(theirs, "Signature")))

    return after(cut)


@wrapping
def a_signed_response_whose_assertion_was_taken_from_another_message() -> str:
    def cut(tree: Tree) -> None:
        theirs = find(document(make(name_id="bob@acme.test")), "Assertion")
        tree.replace(find(tree, "Assertion"), without_signature(theirs))

    return after(cut, signed="response")


@wrapping
def a_response_with_a_status_of_its_own_around_the_signature_of_another_response() -> str:
    def cut(tree: Tree) -> None:
        theirs = document(make(signed="response", name_id="bob@acme.test"))
        tree.insert(1, copied(find(theirs, "Signature")))

    return after(cut, signed="none")


@wrapping
def the_assertion_moves_into_an_element_of_its_own() -> str:
    def cut(tree: Tree) -> None:
        assertion = find(tree, "Assertion")
        holder = element("<samlp:Response/>")
        tree.replace(assertion, holder)
        holder.append(assertion)

    return after(cut)
