"""What a signature may cover, as octets: the canonical form of an element without the signature in it.

Which octets it does cover, the digest says and nothing else, so they may be come by in any way: the cheapest is tried first.
"""

import re
from collections.abc import Iterator, Sequence

from lxml import etree

from bridge.saml import xml
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import Element


def candidates(signed: Element, prefixes: Sequence[str], around: bytes | None = None) -> Iterator[bytes]:
    """Of an element whose second child is its signature. `around`: canonical octets that the tree was read from, if any.

    They hold the element's own canonical form already, unless what stands around it declares for it, too.
    """
    signature = signed[1]
    if around is not None:
        yield _without(signature, _cut(signed, prefixes, around))
    yield _without(signature, xml.canonical(signed, prefixes))


def _cut(signed: Element, prefixes: Sequence[str], around: bytes) -> bytes:
    """What stands in the element comes from around it, its tag is written anew: it declares what was declared further up."""
    name = xml.qualified(signed).encode()
    closing = b"</%b>" % name
    begins, ends = re.search(rb'<%b(?: [^ =]+="[^"]*")*>' % re.escape(name), around), around.rfind(closing)
    if begins is None or ends < begins.end():
        raise Untrusted("saml_canonicalisation", "what is signed is not in the canonical form of the response")
    alone = etree.Element(signed.tag, dict(signed.attrib), signed.nsmap)
    return xml.canonical(alone, prefixes).removesuffix(closing) + around[begins.end() : ends] + closing


def _without(signature: Element, canonical: bytes) -> bytes:
    """The enveloped-signature transform (xmldsig-core §6.6.4) on canonical octets: the first of that name goes, no more.

    There a `<` begins a tag and nothing else, and what an element declares is for what stands in it. So the tree stays as
    it came; and where anything else were cut out, the digest would not hold.
    """
    name = xml.qualified(signature).encode()
    begins = re.search(rb"<%b[ >]" % re.escape(name), canonical)
    ends = canonical.find(b"</%b>" % name)
    if begins is None or ends < begins.start():
        raise Untrusted("saml_canonicalisation", "the signature is not in the canonical form of what it signs")
    return canonical[: begins.start()] + canonical[ends + len(name) + len("</>") :]
