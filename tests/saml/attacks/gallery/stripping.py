"""Something that must be there is not: signatures, parts of a signature, the request, recipient, audience, times, names."""

from collections.abc import Callable

from lxml import etree

from tests.saml.attacks.attack import Gallery
from tests.support.saml import Seal, document, make, posted, say, sealed, unsigned
from tests.support.saml.surgery import after, before, drop, ds, find, without_signature

stripping = Gallery("stripping")
Tree = etree._Element


@stripping.control
def nothing_is_missing() -> str:
    return say()


@stripping.control
def nothing_is_missing_in_a_signed_response() -> str:
    return say(signed="response")


@stripping.control
def the_outer_of_two_signatures_is_gone_and_the_inner_still_covers_the_assertion() -> str:
    return after(without_signature, signed="both")


@stripping
def nothing_is_signed() -> str:
    return say(signed="none")


@stripping
def the_signature_of_the_assertion_is_gone() -> str:
    return after(lambda tree: without_signature(find(tree, "Assertion")))


@stripping
def the_signature_of_the_response_is_gone() -> str:
    return after(without_signature, signed="response")


@stripping
def both_signatures_are_gone() -> str:
    def cut(tree: Tree) -> None:
        without_signature(tree)
        without_signature(find(tree, "Assertion"))

    return after(cut, signed="both")


@stripping
def the_inner_of_two_signatures_is_gone() -> str:
    return after(lambda tree: without_signature(find(tree, "Assertion")), signed="both")


@stripping
def there_is_no_assertion() -> str:
    return before(lambda tree: drop(find(tree, "Assertion")), signed="response")


@stripping
def there_is_no_assertion_and_no_signature() -> str:
    return before(lambda tree: drop(find(tree, "Assertion")), signed="none")


@stripping
def an_empty_response() -> str:
    return posted('<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"/>')


@stripping
def an_empty_assertion() -> str:
    answer = make()
    tree = unsigned(answer)
    assertion = find(tree, "Assertion")
    del assertion[:]
    return posted(sealed(tree, make(seal=Seal(at=0))))


PARTS = (
    "SignedInfo",
    "SignatureValue",
    "CanonicalizationMethod",
    "SignatureMethod",
    "Reference",
    "Transforms",
    "DigestMethod",
)
for part in (*PARTS, "DigestValue", "Transform"):
    stripping.row(f"the signature without {part}", lambda part=part: after(lambda tree: drop(find(tree, part))))


def _empty(part: str) -> Callable[[Tree], None]:
    def cut(tree: Tree) -> None:
        one = find(tree, part)
        one.text = ""
        del one[:]

    return cut


for part in ("Signature", "SignedInfo", "SignatureValue", "DigestValue", "Reference", "Transforms"):
    stripping.row(f"an empty {part}", lambda part=part: after(_empty(part)))
for part, name in (
    ("Reference", "URI"),
    ("SignatureMethod", "Algorithm"),
    ("DigestMethod", "Algorithm"),
    ("Transform", "Algorithm"),
):
    stripping.row(
        f"a {part} without {name}",
        lambda part=part, name=name: after(lambda tree: find(tree, part).attrib.pop(name)),
    )


@stripping
def the_key_info_is_all_that_is_left() -> str:
    def cut(tree: Tree) -> None:
        for part in ("SignedInfo", "SignatureValue"):
            drop(find(tree, part))

    return after(cut)


# What follows was signed by the IdP as it stands: its own word, and too little of it.
FIELDS = {
    "the assertion's issuer": {"issuer_of_assertion": None},
    "a NameID": {"name_id": None},
    "NotOnOrAfter of the confirmation": {"confirmed": None},
    "the recipient": {"recipient": None},
    "an audience restriction": {"audience": None},
    "an AuthnStatement": {"authenticated": None},
    "a status": {"status": ()},
    "a version": {"version": None},
    "an ID of the assertion": {"assertion_id": None, "seal": Seal(reference="#")},
}
for field, changes in FIELDS.items():
    for signed in ("assertion", "response"):
        if field != "an ID of the assertion" or signed == "assertion":
            stripping.row(
                f"a signed {signed} without {field}",
                lambda signed=signed, changes=changes: say(signed=signed, **changes),
            )
stripping.row("a signed response without Destination", lambda: say(signed="response", destination=None))
stripping.row(
    "a signed response around a signed assertion without Destination", lambda: say(signed="both", destination=None)
)
stripping.row("a signed response without an ID", lambda: say(signed="response", response_id=None, seal=Seal(reference="#")))

ELEMENTS = ("Subject", "SubjectConfirmation", "SubjectConfirmationData", "Conditions", "Audience", "AuthnContext")
for tag in ELEMENTS:
    stripping.row(f"a signed assertion without {tag}", lambda tag=tag: before(lambda tree: drop(find(tree, tag))))
    stripping.row(
        f"a signed response whose assertion has no {tag}",
        lambda tag=tag: before(lambda tree: drop(find(tree, tag)), signed="response"),
    )

ATTRIBUTES = (
    ("Assertion", "IssueInstant"),
    ("Assertion", "Version"),
    ("SubjectConfirmation", "Method"),
    ("AuthnStatement", "AuthnInstant"),
    ("StatusCode", "Value"),
)
for tag, name in ATTRIBUTES:
    stripping.row(
        f"a signed response, its {tag} without {name}",
        lambda tag=tag, name=name: before(lambda tree: find(tree, tag).attrib.pop(name), signed="response"),
    )
for name in ("IssueInstant", "Version", "ID"):
    stripping.row(f"a response without {name}", lambda name=name: after(lambda tree: tree.attrib.pop(name)))

EMPTIES = ("Audience", "Issuer", "NameID")
for tag in EMPTIES:
    stripping.row(
        f"a signed response whose every {tag} is empty",
        lambda tag=tag: before(
            lambda tree: [setattr(one, "text", "") for one in tree.iter(f"{{*}}{tag}")], signed="response"
        ),
    )
    stripping.row(
        f"a signed response whose every {tag} is blank",
        lambda tag=tag: before(
            lambda tree: [setattr(one, "text", " \n ") for one in tree.iter(f"{{*}}{tag}")], signed="response"
        ),
    )
for name, changes in {
    "destination": {"destination": ""},
    "recipient": {"recipient": ""},
    "ID of the response": {"response_id": "", "seal": Seal(reference="#")},
}.items():
    if name != "ID of the response":
        stripping.row(f"a signed response with an empty {name}", lambda changes=changes: say(signed="response", **changes))


@stripping
def the_request_is_gone_from_the_response_of_somebody_who_asked() -> str:
    return after(lambda tree: tree.attrib.pop("InResponseTo"))


@stripping
def an_unasked_assertion_in_a_response_that_names_a_request() -> str:
    return after(lambda tree: tree.set("InResponseTo", "_" + "ab" * 16), in_response_to=None)


@stripping
def the_response_answers_another_request_than_its_assertion() -> str:
    return after(lambda tree: tree.set("InResponseTo", "_" + "ab" * 16))


@stripping
def the_signed_response_answers_another_request_than_its_assertion() -> str:
    return say(signed="response", confirmed_in_response_to="_" + "ab" * 16)


@stripping
def an_empty_request_in_both() -> str:
    return before(
        lambda tree: [one.set("InResponseTo", "") for one in (tree, find(tree, "SubjectConfirmationData"))],
        signed="response",
    )


@stripping
def a_signature_that_refers_to_nothing() -> str:
    return after(lambda tree: find(tree, "Reference").set("URI", ""))


@stripping
def a_signature_of_no_namespace() -> str:
    text = etree.tostring(document(make())).decode()
    return posted(text.replace(f'xmlns:ds="{ds("")[1:-1]}"', 'xmlns:ds="urn:none"'))
