"""python3-saml and xmlsec, loaded with their doors shut: no file, no network, no transform that nothing here needs.

Both bring native code with a libxml2 of its own. An old one, or two that differ, is refused when the service starts.
"""

import functools
import operator
from collections.abc import Callable
from typing import Any

from lxml import etree

from bridge.errors import BridgeError

OLDEST_LIBXML2 = (2, 14, 0)
"""Before it: requests to anywhere that an unsigned message names, and hours for 200,000 attributes."""

_HINT = "install the wheels of requirements.lock (lxml and xmlsec, never built from source against the system's libxml2)"


@functools.cache
def load() -> Any:
    """python3-saml's response module, fit for use; BridgeError `saml_libraries` says what is wrong with the installation."""
    judge("lxml", etree.LIBXML_VERSION)
    try:
        import xmlsec  # noqa: PLC0415 — its import is what fails
        from onelogin.saml2 import constants, response, utils, xml_utils  # noqa: PLC0415
    except Exception as problem:
        raise BridgeError("saml_libraries", f"xmlsec can't be loaded: {str(problem)[:200]}", hint=_HINT) from problem
    judge("xmlsec", xmlsec.get_libxml_version())
    xmlsec.cleanup_callbacks()
    xmlsec.enable_debug_trace(False)
    utils.xmlsec = _Fenced(xmlsec)
    theirs = xml_utils.OneLogin_Saml2_XML
    theirs.query = staticmethod(_queries(constants.OneLogin_Saml2_Constants.NSMAP))
    theirs.element_text = _text
    return response


def judge(name: str, version: tuple[int, ...]) -> None:
    """Refuses a libxml2 that is older than what the gate was built on."""
    if version < OLDEST_LIBXML2:
        written, oldest = (".".join(map(str, one)) for one in (version, OLDEST_LIBXML2))
        raise BridgeError("saml_libraries", f"{name} brings libxml2 {written}, {oldest} or later is needed", hint=_HINT)


def _queries(namespaces: dict[str, str]) -> Callable[..., Any]:
    """python3-saml's `query`, which compiles an XPath each time it asks; it has two dozen of them, none from a message."""

    @functools.lru_cache(maxsize=64)
    def compiled(query: str) -> etree.XPath:
        return etree.XPath(query, namespaces=namespaces)

    def query(dom: Any, query: str, context: Any = None, tagid: str | None = None) -> Any:
        return compiled(query)(dom if context is None else context, **({} if tagid is None else {"tagid": tagid}))

    return query


_text = operator.attrgetter("text")
"""Of an element in a tree of ours, from which comments went when it was parsed: to look for some in each of thousands of
values costs more than to read them."""


class _Keys:
    """xmlsec.Key as python3-saml uses it; a context takes a copy, so one that was read serves again."""

    def __init__(self, from_memory: Callable[..., Any]) -> None:
        self.from_memory = from_memory


class _Fenced:
    """What python3-saml takes for the xmlsec module: every context it makes has the allow-lists of our gate."""

    def __init__(self, xmlsec: Any) -> None:
        self._xmlsec = xmlsec
        self.Key = _Keys(functools.lru_cache(maxsize=1024)(xmlsec.Key.from_memory))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._xmlsec, name)

    def SignatureContext(self, *manager: Any) -> Any:
        made, known = self._xmlsec.SignatureContext(*manager), self._xmlsec.Transform
        for transform in (known.EXCL_C14N, known.SHA256, known.SHA384, known.SHA512):
            made.enable_reference_transform(transform)
        made.enable_reference_transform(known.ENVELOPED)
        for kind in ("RSA", "ECDSA"):
            for bits in (256, 384, 512):
                made.enable_signature_transform(getattr(known, f"{kind}_SHA{bits}"))
        made.enable_signature_transform(known.EXCL_C14N)
        return made
