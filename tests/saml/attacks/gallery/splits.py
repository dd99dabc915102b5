"""Text that is cut where it is read, names that are another's, blanks that count: what canonical bytes don't show."""

from lxml import etree

from tests.saml.attacks.attack import Gallery
from tests.support.saml import Seal, document, make, posted, say
from tests.support.saml import names as n
from tests.support.saml.surgery import after, before, exchanged, find, text_after, text_before

splits = Gallery("splits")
namespaces = Gallery("namespaces")
Tree = etree._Element
NAME = ">ada@acme.test</saml:NameID>"


@splits.control
def a_name_and_a_group_in_one_piece() -> str:
    return say(signed="both", groups=("staff",))


COMMENTS = {
    "a comment in the name": (NAME, ">ada@acme<!-- -->.test</saml:NameID>"),
    "a comment before the name": (NAME, "><!-- -->ada@acme.test</saml:NameID>"),
    "a comment after the name": (NAME, ">ada@acme.test<!-- --></saml:NameID>"),
    "ten comments in the name": (NAME, ">" + "<!---->".join("ada@acme.test"[:11]) + "st</saml:NameID>"),
    "a comment with an end tag in the name": (NAME, ">ada@acme<!-- </saml:NameID> -->.test</saml:NameID>"),
    "a piece of CDATA in the name": (NAME, ">ada@<![CDATA[acme]]>.test</saml:NameID>"),
    "the name in CDATA": (NAME, "><![CDATA[ada@acme.test]]></saml:NameID>"),
    "an empty piece of CDATA in the name": (NAME, ">ada@acme<![CDATA[]]>.test</saml:NameID>"),
    "a reference in the name": (NAME, ">ada&#64;acme.test</saml:NameID>"),
    "a comment in a group": (">staff<", ">st<!-- -->aff<"),
    "a piece of CDATA in a group": (">staff<", "><![CDATA[staff]]><"),
    "a comment in the issuer": (">https://idp.acme.test/saml/metadata<", ">https://idp.acme.test<!-- -->/saml/metadata<"),
    "a comment in the audience": ("<saml:Audience>https:", "<saml:Audience>https<!-- -->:"),
    "a comment in the context": ("ac:classes:Password", "ac:classes<!-- -->:Password"),
    "a comment between statements": ("</saml:AuthnStatement>", "</saml:AuthnStatement><!-- -->"),
    "a comment in DigestValue": ("<ds:DigestValue>", "<ds:DigestValue><!-- -->"),
    "a comment in SignatureValue": ("<ds:SignatureValue>", "<ds:SignatureValue><!-- AAAA -->"),
    "a comment before the response's parts": ("<samlp:Status>", "<!-- --><samlp:Status>"),
}
for sentence, pair in COMMENTS.items():
    for signed in ("assertion", "response"):
        splits.row(
            f"{sentence}, the {signed} signed",
            lambda pair=pair, signed=signed: text_after(pair, signed=signed, groups=("staff",)),
            harmless=True,
        )

# Somebody registers a name that goes on after one that they want to be, and cuts it on its way.
LONG = "ada@acme.test.evil.test"
for sentence, cut in {
    "a comment": "<!-- -->",
    "CDATA": "<![CDATA[]]>",
    "a comment of several lines": "<!--\n\n-->",
    "two comments": "<!--a--><!--b-->",
}.items():
    for signed in ("assertion", "response", "both"):
        splits.row(
            f"a long name cut by {sentence}, signed: {signed}",
            lambda cut=cut, signed=signed: text_after(
                (f">{LONG}<", f">ada@acme.test{cut}.evil.test<"), name_id=LONG, signed=signed
            ),
            harmless=True,
        )
for sentence, cut in {"an instruction": "<?x?>", "an element": "<saml:x/>", "an entity": "&x;"}.items():
    for signed in ("assertion", "response"):
        splits.row(
            f"a long name cut by {sentence}, the {signed} signed",
            lambda cut=cut, signed=signed: text_after(
                (f">{LONG}<", f">ada@acme.test{cut}.evil.test<"), name_id=LONG, signed=signed
            ),
        )
        splits.row(
            f"a group cut by {sentence}, the {signed} signed",
            lambda cut=cut, signed=signed: text_after(
                (">owners-of-nothing<", f">owners{cut}-of-nothing<"), groups=("owners-of-nothing",), signed=signed
            ),
        )
for sentence, inside in {
    "an element": "ada@acme.test<saml:x/>.evil.test",
    "an element before it": "<saml:x/>ada@acme.test",
    "an element that holds it": "<saml:x>ada@acme.test</saml:x>",
}.items():
    splits.row(
        f"a name with {sentence}, as the IdP signed it",
        lambda inside=inside: text_before((NAME, f">{inside}</saml:NameID>")),
    )


@splits
def an_issuer_with_an_element_as_the_idp_signed_it() -> str:
    return text_before((">https://idp.acme.test/saml/metadata<", ">https://idp.acme.test/saml/metadata<saml:x/><"))


@splits
def an_audience_with_an_element_as_the_idp_signed_it() -> str:
    return text_before(("</saml:Audience>", "<saml:x/></saml:Audience>"))


@splits
def two_names_in_the_subject_as_the_idp_signed_it() -> str:
    return text_before(("<saml:SubjectConfirmation ", "<saml:NameID>bob@acme.test</saml:NameID><saml:SubjectConfirmation "))


@splits.harmless
def a_subject_in_the_subject() -> str:
    return text_before(
        ("<saml:NameID ", "<saml:Subject><saml:NameID>bob@acme.test</saml:NameID></saml:Subject><saml:NameID ")
    )


@splits
def two_subjects_as_the_idp_signed_it() -> str:
    return text_before(("<saml:Conditions ", "<saml:Subject><saml:NameID>bob</saml:NameID></saml:Subject><saml:Conditions "))


@splits
def two_authn_statements_as_the_idp_signed_it() -> str:
    instant = 'AuthnInstant="2026-09-21T14:13:20Z"'
    other = f"<saml:AuthnStatement {instant}><saml:AuthnContext/></saml:AuthnStatement>"
    return text_before(("<saml:AuthnStatement ", f"{other}<saml:AuthnStatement "))


@splits
def a_base_id_in_place_of_the_name() -> str:
    return before(lambda tree: setattr(find(tree, "NameID"), "tag", f"{{{n.SAML}}}BaseID"))


@splits
def a_name_for_another_service_provider() -> str:
    return say(sp_name_qualifier="https://other.test/")


for sentence, name in {
    "a no-break space": "\u00a0ada@acme.test",
    "an ideographic space": "ada@acme.test\u3000",
    "a narrow space": "ada@acme.test\u2009",
    "a next line": "ada@acme.test\u0085",
    "a line separator": "ada@acme.test\u2028",
    "a zero-width space": "ada@acme.test\u200b",
    "a mark of order": "\ufeffada@acme.test",
    "a soft hyphen": "ada@acme.test\u00ad",
    "a mark of direction": "ada@acme.test\u200f",
}.items():
    splits.row(f"somebody whose name is another's with {sentence}", lambda name=name: say(name_id=name), harmless=True)
    splits.row(
        f"a group whose name is another's with {sentence}",
        lambda name=name: say(groups=(name.replace("ada@acme.test", "owners"),)),
        harmless=True,
    )

# Namespaces
RENAMES = {
    "a prefix of the unsigned part": ("samlp:", "p:"),
    "a declaration that nobody uses": ("<samlp:Response ", '<samlp:Response xmlns:unused="urn:x" '),
    "a default that nobody uses": ("<samlp:Response ", '<samlp:Response xmlns="urn:x" '),
    "xs declared above as something else": ("<samlp:Response ", '<samlp:Response xmlns:xs="urn:x" '),
    "the assertion's namespace declared above too": ("<samlp:Response ", f'<samlp:Response xmlns:saml="{n.SAML}" '),
    "the assertion's prefix declared above as something else": ("<samlp:Response ", '<samlp:Response xmlns:saml="urn:x" '),
    "the xml prefix declared": ("<samlp:Response ", '<samlp:Response xmlns:xml="http://www.w3.org/XML/1998/namespace" '),
    "a language": ("<samlp:Response ", '<samlp:Response xml:lang="en" '),
    "blanks to be kept": ("<samlp:Response ", '<samlp:Response xml:space="preserve" '),
}
for sentence, (old, new) in RENAMES.items():

    def renamed(old: str = old, new: str = new) -> str:
        text = exchanged(etree.tostring(document(make())).decode(), (old, new))
        return posted(text.replace("xmlns:samlp=", "xmlns:p=") if new == "p:" else text)

    namespaces.row(sentence, renamed, harmless=True)

FORBIDDEN = {
    "the xml prefix as something else": ("<samlp:Response ", '<samlp:Response xmlns:xml="urn:x" '),
    "the xmlns prefix declared": ("<samlp:Response ", '<samlp:Response xmlns:xmlns="urn:x" '),
    "another prefix for xml": ("<samlp:Response ", '<samlp:Response xmlns:y="http://www.w3.org/XML/1998/namespace" '),
    "a prefix undeclared": ("<samlp:Response ", '<samlp:Response xmlns:samlp="" '),
    "an attribute twice": ("<samlp:Response ", '<samlp:Response Version="2.0" '),
    "a namespaced destination": (" Destination=", " samlp:Destination="),
    "a namespaced recipient": (" Recipient=", " saml:Recipient="),
    "a namespaced version": (' Version="2.0"', ' samlp:Version="2.0"'),
    "a namespaced ID": (' ID="_r', ' samlp:ID="_r'),
    "a namespaced URI": (" URI=", " ds:URI="),
    "a namespaced algorithm": (" Algorithm=", " ds:Algorithm="),
    "the protocol's namespace with a slash": (f'"{n.SAMLP}"', f'"{n.SAMLP}/"'),
    "the protocol's namespace in upper case": (f'"{n.SAMLP}"', f'"{n.SAMLP.upper()}"'),
    "the protocol's namespace with a blank": (f'"{n.SAMLP}"', f'" {n.SAMLP}"'),
    "the assertion's namespace of SAML 1": (f'"{n.SAML}"', '"urn:oasis:names:tc:SAML:1.0:assertion"'),
    "the assertion's namespace without its end": (f'"{n.SAML}"', f'"{n.SAML[:-1]}"'),
    "the signature's namespace by https": (f'"{n.DS}"', f'"{n.DS.replace("http:", "https:")}"'),
    "the signature's namespace of 1.1": (f'"{n.DS}"', '"http://www.w3.org/2009/xmldsig11#"'),
    "a relative namespace in the signed part": ("<saml:Subject>", '<saml:Subject xmlns:a="relative"><a:b/>'),
    "an element of another namespace in the signed part": (
        "<saml:Subject>",
        '<saml:Subject><NameID xmlns="urn:x">bob</NameID>',
    ),
    "a language in the signed part": ("<saml:NameID ", '<saml:NameID xml:lang="en" '),
    "nil in the signed part": ("<saml:NameID ", '<saml:NameID xsi:nil="true" '),
}
for sentence, pair in FORBIDDEN.items():
    namespaces.row(
        sentence, lambda pair=pair: text_after(pair, signed="both" if "destination" in pair[0].lower() else "assertion")
    )

BY_THE_IDP = {
    "a name in another namespace": ("<saml:NameID ", '<x:NameID xmlns:x="urn:x" '),
    "an issuer in another namespace": ("saml:Issuer", "samlp:Issuer"),
    "a subject in another namespace": ("saml:Subject>", "samlp:Subject>"),
    "conditions in another namespace": ("saml:Conditions", "samlp:Conditions"),
    "an audience in another namespace": ("saml:Audience>", "samlp:Audience>"),
    "an assertion in another namespace": ("saml:Assertion", "samlp:Assertion"),
    "a status in another namespace": ("samlp:Status>", "saml:Status>"),
    "a namespaced recipient": (" Recipient=", " saml:Recipient="),
    "a namespaced end": (" NotOnOrAfter=", " saml:NotOnOrAfter="),
    "a namespaced audience's end": (
        "<saml:AudienceRestriction>",
        '<saml:AudienceRestriction xmlns:x="urn:x" ><x:Audience/>',
    ),
}
for sentence, (old, new) in BY_THE_IDP.items():

    def spelled(old: str = old, new: str = new) -> str:
        text = exchanged(etree.tostring(make_unsigned()).decode(), (old, new))
        if "x:NameID" in new:
            text = text.replace("</saml:NameID>", "</x:NameID>")
        text = text.replace("<samlp:Response ", f'<samlp:Response xmlns:saml="{n.SAML}" ')
        return posted(_signed(etree.fromstring(text)))

    namespaces.row(f"as the IdP signed it: {sentence}", spelled)


def make_unsigned() -> Tree:
    from tests.support.saml import unsigned

    return unsigned(make(signed="response"))


def _signed(tree: Tree) -> Tree:
    from tests.support.saml import sealed

    return sealed(tree, make(signed="response"))


@namespaces.control
def every_look_of_an_assertion_without_a_prefix() -> str:
    return say("entra")


@namespaces
def an_inner_declaration_changes_what_a_prefix_means() -> str:
    def cut(tree: Tree) -> None:
        text = etree.tostring(tree).decode().replace("<saml:Subject>", '<saml:Subject xmlns:saml="urn:x">')
        fresh = etree.fromstring(text)
        tree.replace(find(tree, "Assertion"), find(fresh, "Assertion"))

    return after(cut, seal=Seal(prefixes=("saml",)))
