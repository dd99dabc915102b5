"""Parts of a genuine message in places where they have no business, and strangers beside them."""

from collections.abc import Callable

from lxml import etree

from tests.saml.attacks.attack import Gallery
from tests.support.saml import document, make, posted, say
from tests.support.saml.surgery import after, copied, drop, element, find, under

misplaced = Gallery("misplaced")
Tree = etree._Element


@misplaced.control
def everything_in_its_place() -> str:
    return say(signed="both")


def _rooted(text: str) -> str:
    """The whole genuine response in another root."""
    root = element(text)
    root.append(document(make()))
    return posted(root)


ROOTS = {
    "a SOAP envelope": '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
    "an artifact response": '<samlp:ArtifactResponse ID="_x" Version="2.0"/>',
    "a logout response": '<samlp:LogoutResponse ID="_x" Version="2.0"/>',
    "a root of no namespace": "<Response xmlns=''/>",
    "a response of another protocol": '<r:Response xmlns:r="urn:oasis:names:tc:SAML:1.0:protocol"/>',
    "an assertion": '<saml:Assertion ID="_x" Version="2.0"/>',
}
for root, text in ROOTS.items():
    misplaced.row(f"the genuine response in {root}", lambda text=text: _rooted(text))


@misplaced
def a_signed_assertion_without_a_response() -> str:
    return posted(copied(find(document(make()), "Assertion")))


def _beside(text: str, at: int | None = None) -> str:
    return after(lambda tree: tree.insert(len(tree) if at is None else at, element(text)))


BESIDES = {
    "an assertion of SAML 1.1": '<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:1.0:assertion" AssertionID="_x"/>',
    "an element called Assertion of no namespace": '<Assertion xmlns="" ID="_x"/>',
    "an element called Assertion of the protocol's namespace": '<samlp:Assertion ID="_x"/>',
    "an element that nobody knows": '<x:thing xmlns:x="urn:x"/>',
    "an AttributeStatement": '<saml:AttributeStatement><saml:Attribute Name="groups"/></saml:AttributeStatement>',
    "a Subject": "<saml:Subject><saml:NameID>mallory@evil.test</saml:NameID></saml:Subject>",
    "an Advice": "<saml:Advice/>",
    "an AssertionIDRef": "<saml:AssertionIDRef>_x</saml:AssertionIDRef>",
    "a second Issuer": "<saml:Issuer>https://idp.acme.test/saml/metadata</saml:Issuer>",
}
for beside, text in BESIDES.items():
    misplaced.row(f"{beside} before the signed assertion", lambda text=text: _beside(text, 2))
    misplaced.row(f"{beside} after the signed assertion", lambda text=text: _beside(text))


def _placed(cut: Callable[[Tree, Tree], object], *, signed: str = "assertion") -> str:
    """The genuine signature somewhere else."""

    def move(tree: Tree) -> None:
        signature = find(tree, "Signature")
        drop(signature)
        cut(tree, signature)

    return after(move, signed=signed)


SPOTS: dict[str, Callable[[Tree, Tree], object]] = {
    "at the end of the assertion": lambda tree, signature: find(tree, "Assertion").append(signature),
    "before the assertion's issuer": lambda tree, signature: find(tree, "Assertion").insert(0, signature),
    "in the response": lambda tree, signature: tree.insert(1, signature),
    "in extensions": lambda tree, signature: under(tree, "<samlp:Extensions/>", 1).append(signature),
    "after the assertion": lambda tree, signature: tree.append(signature),
    "in the assertion's subject": lambda tree, signature: find(tree, "Subject").append(signature),
    "in the assertion's advice": lambda tree, signature: under(find(tree, "Assertion"), "<saml:Advice/>", 3).append(
        signature
    ),
    "in the status": lambda tree, signature: find(tree, "Status").append(signature),
}
for spot, move in SPOTS.items():
    misplaced.row(f"the signature stands {spot}", lambda move=move: _placed(move))
