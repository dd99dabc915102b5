"""Transforms, canonicalisations and references that XML Signature knows and nobody needs; and bombs made of them."""

from tests.saml.attacks.attack import Gallery
from tests.support.saml import Seal, say
from tests.support.saml import names as n

SHAPE = "saml_signature_shape"
transforms = Gallery("transforms", ("saml_transform", SHAPE, "saml_too_large"))

ENVELOPED = f'<ds:Transform Algorithm="{n.ENVELOPED}"/>'
CANONICAL = f'<ds:CanonicalizationMethod Algorithm="{n.EXCLUSIVE}"/>'
EXCLUSIVE = f'<ds:Transform Algorithm="{n.EXCLUSIVE}"/>'
XSL = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'


def _of(algorithm: str, inside: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{inside}</ds:Transform>'


def xslt(body: str) -> str:
    sheet = f'<xsl:stylesheet version="1.0" {XSL}>{body}</xsl:stylesheet>'
    return _of("http://www.w3.org/TR/1999/REC-xslt-19991116", sheet)


def _xpath(expression: str) -> str:
    return _of("http://www.w3.org/TR/1999/REC-xpath-19991116", f'<ds:XPath xmlns:s="{n.SAML}">{expression}</ds:XPath>')


def _filter(how: str, expression: str) -> str:
    name = "http://www.w3.org/2002/06/xmldsig-filter2"
    return _of(name, f'<f:XPath xmlns:f="{name}" Filter="{how}">{expression}</f:XPath>')


transforms.row(
    "enveloped and exclusive, as it should be", lambda: say(seal=Seal(transforms=ENVELOPED + EXCLUSIVE)), control=True
)
transforms.row("an exclusive canonicalisation with a prefix list", lambda: say(seal=Seal(prefixes=("xs",))), control=True)

CALL = '<xsl:call-template name="a"/></xsl:template>'
LOOP = f'<xsl:template match="/">{CALL}<xsl:template name="a">{CALL}'
READS = "<xsl:copy-of select=\"document('/etc/passwd')\"/>"
HEAVY = "count(//*[count(//*[count(//*[count(//*) > 1]) > 1]) > 1]) > 1"
KINDS = {
    "XSLT": xslt('<xsl:template match="/"><x/></xsl:template>'),
    "XSLT that never ends": xslt(LOOP),
    "XSLT that reads a file": xslt(f'<xsl:template match="/">{READS}</xsl:template>'),
    "XSLT that writes a file": xslt('<xsl:template match="/"><xsl:result-document href="/tmp/x"/></xsl:template>'),
    "XSLT that includes": xslt('<xsl:include href="http://127.0.0.1:9/x.xsl"/>'),
    "an XPath that takes all": _xpath("true()"),
    "an XPath that takes nothing": _xpath("false()"),
    "an XPath that leaves the name out": _xpath("not(ancestor-or-self::s:NameID)"),
    "an XPath that never ends": _xpath(HEAVY),
    "an XPath filter": _filter("subtract", "//s:NameID"),
    "an XPath filter that never ends": _filter("intersect", HEAVY),
    "base64": _of(n.DS + "base64"),
    "decryption": _of("http://www.w3.org/2002/07/decrypt#XML"),
    "a transform of SOAP": _of(
        "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"
    ),
    "a transform that nobody knows": _of("urn:unknown"),
    "a transform of no name": _of(""),
    "relationships": _of("http://schemas.openxmlformats.org/package/2006/RelationshipTransform"),
    "an XPointer": _of("http://www.w3.org/2001/04/xmldsig-more/xptr"),
    "exclusive with comments": _of(n.EXCLUSIVE_COMMENTS),
    "inclusive": _of(n.INCLUSIVE),
    "inclusive with comments": _of(n.INCLUSIVE_COMMENTS),
    "inclusive 1.1": _of(n.INCLUSIVE_11),
}
for kind, transform in KINDS.items():
    for signed in ("assertion", "response"):
        transforms.row(
            f"{kind} after the usual two, the {signed} signed",
            lambda transform=transform, signed=signed: say(
                signed=signed, seal=Seal(transforms=ENVELOPED + EXCLUSIVE + transform)
            ),
        )
    transforms.row(
        f"{kind} before the usual two",
        lambda transform=transform: say(seal=Seal(transforms=transform + ENVELOPED + EXCLUSIVE)),
    )
    transforms.row(
        f"{kind} in place of exclusive canonicalisation",
        lambda transform=transform: say(seal=Seal(transforms=ENVELOPED + transform)),
    )

transforms.row(
    "text inside exclusive", lambda: say(seal=Seal(transforms=ENVELOPED + _of(n.EXCLUSIVE, "text"))), harmless=True
)
SETS = {
    "no transform at all": "",
    "enveloped alone": ENVELOPED,
    "exclusive alone": EXCLUSIVE,
    "the usual two the other way round": EXCLUSIVE + ENVELOPED,
    "enveloped twice": ENVELOPED + ENVELOPED + EXCLUSIVE,
    "exclusive twice": ENVELOPED + EXCLUSIVE + EXCLUSIVE,
    "a thousand": ENVELOPED + EXCLUSIVE * 1_000,
    "ten thousand": ENVELOPED * 10_000,
    "something inside enveloped": _of(n.ENVELOPED, "<ds:XPath>1</ds:XPath>") + EXCLUSIVE,
    "something unknown inside exclusive": ENVELOPED + _of(n.EXCLUSIVE, "<x/>"),
    "an element that is no transform": ENVELOPED + "<ds:Object/>" + EXCLUSIVE,
    "two prefix lists": ENVELOPED
    + _of(n.EXCLUSIVE, f'<e:InclusiveNamespaces xmlns:e="{n.EXCLUSIVE}" PrefixList="xs"/>' * 2),
    "a prefix list of another namespace": ENVELOPED
    + _of(n.EXCLUSIVE, '<e:InclusiveNamespaces xmlns:e="urn:x" PrefixList="xs"/>'),
    "a prefix list of ten thousand": ENVELOPED
    + _of(
        n.EXCLUSIVE,
        f'<e:InclusiveNamespaces xmlns:e="{n.EXCLUSIVE}" PrefixList="{" ".join(f"p{at}" for at in range(10_000))}"/>',
    ),
}
for sentence, inner in SETS.items():
    transforms.row(f"transforms: {sentence}", lambda inner=inner: say(seal=Seal(transforms=inner)))

CANONICALS = {
    "exclusive with comments": n.EXCLUSIVE_COMMENTS,
    "inclusive with comments": n.INCLUSIVE_COMMENTS,
    "inclusive": n.INCLUSIVE,
    "inclusive 1.1": n.INCLUSIVE_11,
    "XSLT": "http://www.w3.org/TR/1999/REC-xslt-19991116",
    "base64": n.DS + "base64",
    "enveloped": n.ENVELOPED,
    "minimal": "http://www.w3.org/2000/09/xmldsig#minimal",
    "nothing that is known": "urn:unknown",
}
for sentence, canonical in CANONICALS.items():
    transforms.row(
        f"SignedInfo in a form that is {sentence}", lambda canonical=canonical: say(seal=Seal(canonical=canonical))
    )
for referenced in (n.EXCLUSIVE_COMMENTS, n.INCLUSIVE, n.INCLUSIVE_COMMENTS, n.INCLUSIVE_11):
    transforms.row(
        f"the assertion rightly signed in the form {referenced}",
        lambda referenced=referenced: say(seal=Seal(referenced=referenced)),
    )

references = Gallery("references", ("saml_signature_reference", "saml_signature_place", SHAPE, "saml_shape"))
ID = "_" + "a5" * 16


def referring(uri: str) -> str:
    return say(assertion_id=ID, seal=Seal(reference=uri))


references.row("to the ID of the assertion", lambda: referring("#" + ID), control=True)
URIS = {
    "the whole document": "",
    "the root by XPointer": "#xpointer(/)",
    "the ID by XPointer": f"#xpointer(id(&apos;{ID}&apos;))",
    "a part by XPath in an XPointer": "#xpointer(//*)",
    "the ID of the response": "#_other",
    "the ID without its mark": ID,
    "the ID after an address": f"https://bridge.test/#{ID}",
    "the ID, percent-encoded": "#%5F" + ID[1:],
    "the ID and a space": f"#{ID} ",
    "the ID twice": f"#{ID}#{ID}",
    "an empty fragment": "#",
    "a file": "file:///etc/passwd",
    "a file that never ends": "file:///dev/zero",
    "a path": "/dev/zero",
    "a path that is not whole": "../../../../../../dev/zero",
    "a page": "http://127.0.0.1:9/x",
    "a page by https": "https://127.0.0.1:9/x",
    "a place of FTP": "ftp://127.0.0.1:9/x",
    "a share": "\\\\127.0.0.1\\x",
    "data": "data:text/xml,&lt;x/&gt;",
    "a compressed file": "compress:///etc/passwd",
    "a catalog": "catalog://x",
}
for sentence, uri in URIS.items():
    references.row(f"to {sentence}", lambda uri=uri: referring(uri))
references.row("without URI", lambda: say(assertion_id=ID, seal=Seal(said=((f' URI="#{ID}"', ""),))))


def second(uri: str, extra: str = "", *, digest: str = "sha256", first: bool = False) -> str:
    """A second Reference in SignedInfo, before the IdP signs."""
    inner = (
        f'<ds:Reference URI="{uri}" {extra}><ds:Transforms>{ENVELOPED}{EXCLUSIVE}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{n.DIGESTS[digest]}"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>'
    )
    pair = ("<ds:Reference ", inner + "<ds:Reference ") if first else ("</ds:SignedInfo>", inner + "</ds:SignedInfo>")
    return say(assertion_id=ID, seal=Seal(said=(pair,)))


for sentence, uri in URIS.items():
    references.row(f"a second one to {sentence}", lambda uri=uri: second(uri))
references.row("a first one to a file that never ends", lambda: second("file:///dev/zero", first=True))
references.row("a second one to the same", lambda: second("#" + ID))
references.row("a second one of a weak digest", lambda: second("#" + ID, digest="sha1"))
references.row("a second one to a manifest", lambda: second("#m", f'Type="{n.DS}Manifest"'))
references.row("two hundred", lambda: say(assertion_id=ID, seal=Seal(said=(("</ds:SignedInfo>", _many(200)),))))


def _many(count: int) -> str:
    one = (
        f'<ds:Reference URI=""><ds:Transforms>{ENVELOPED}{EXCLUSIVE}</ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{n.DIGESTS["sha256"]}"/><ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>'
    )
    return one * count + "</ds:SignedInfo>"


OBJECTS = {
    "an empty object": "<ds:Object/>",
    "a manifest": f"<ds:Object><ds:Manifest>{_many(1).removesuffix('</ds:SignedInfo>')}</ds:Manifest></ds:Object>",
    "signature properties": '<ds:Object><ds:SignatureProperties Target="#x"/></ds:Object>',
    "a second SignedInfo": "<ds:SignedInfo/>",
    "a second SignatureValue": "<ds:SignatureValue>AAAA</ds:SignatureValue>",
    "a second KeyInfo": "<ds:KeyInfo/>",
    "something unknown": '<x xmlns="urn:x"/>',
    "another signature": "<ds:Signature/>",
}
for sentence, text in OBJECTS.items():
    references.row(f"{sentence} after KeyInfo", lambda text=text: say(seal=Seal(ends_with=text)))

for sentence, pair in {
    "two SignatureMethods": (
        "<ds:Reference ",
        f'<ds:SignatureMethod Algorithm="{n.SIGNATURES["rsa-sha256"]}"/><ds:Reference ',
    ),
    "two DigestValues": ("</ds:Reference>", "<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference>"),
    "two DigestMethods": ("<ds:DigestValue>", f'<ds:DigestMethod Algorithm="{n.DIGESTS["sha256"]}"/><ds:DigestValue>'),
    "two CanonicalizationMethods": (
        "<ds:SignatureMethod ",
        f'<ds:CanonicalizationMethod Algorithm="{n.EXCLUSIVE}"/><ds:SignatureMethod ',
    ),
    "two Transforms": ("<ds:DigestMethod ", "<ds:Transforms/><ds:DigestMethod "),
    "text between its elements": ("<ds:SignatureMethod ", "text<ds:SignatureMethod "),
    "a comment in DigestValue": ("<ds:DigestValue>", "<ds:DigestValue><!-- AAAA -->"),
    "an element in DigestValue": ("<ds:DigestValue>", "<ds:DigestValue><x/>"),
    "an element in its canonicalisation": (
        CANONICAL,
        CANONICAL[:-2] + "><x/></ds:CanonicalizationMethod>",
    ),
}.items():
    references.row(
        f"SignedInfo with {sentence}",
        lambda pair=pair: say(seal=Seal(said=(pair,))),
        harmless=sentence in {"a comment in DigestValue", "text between its elements"},  # the IdP's own, and nothing to read
    )
