"""python3-saml as the second opinion: another signature library (xmlsec), and claims from the document as it came.

It gets that as it was parsed first, a tree in which the gate changes nothing, and the decrypted assertion beside it, so that
no key is in its hands. Where it sees somebody else or other attributes than the gate does in the signed bytes, one of the
two is deceived, and nobody gets in.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from bridge.saml import libraries, xml
from bridge.saml.assertion import NameId
from bridge.saml.party import Certificate
from bridge.saml.signature import pem
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import Element


@dataclass(frozen=True, slots=True)
class Read:
    """What our gate read. `document`: the tree as it came; nothing else may have it afterwards, its IDs get declared.

    `signed`: what the claims rest on, the assertion where that has a signature of its own.
    """

    document: Element
    decrypted: bytes | None
    signed: Literal["response", "assertion"]
    certificate: Certificate
    name_id: NameId
    attributes: Mapping[str, tuple[str, ...]]
    entity_id: str


def agree(read: Read) -> None:
    """Untrusted `saml_second_opinion` unless python3-saml finds the same signatures good, and the same claims below them."""
    library = libraries.load()
    try:
        opinion = _opinion(library, read)
        problem = _difference(library, opinion, read)
    except Exception as refusal:
        raise Untrusted("saml_second_opinion", f"python3-saml refuses the message: {str(refusal)[:200]}") from refusal
    if problem:
        raise Untrusted("saml_second_opinion", f"python3-saml reads {problem} than the gate does")


def _opinion(library: Any, read: Read) -> Any:
    """Its response object, made of parsed documents: its constructor would decrypt."""
    opinion = library.OneLogin_Saml2_Response.__new__(library.OneLogin_Saml2_Response)
    opinion._settings = _Settings(read.entity_id)
    opinion._error, opinion.valid_scd_not_on_or_after = None, None
    opinion.document = read.document
    opinion.encrypted = read.decrypted is not None
    opinion.decrypted_document = xml.parse(_around(read.decrypted)) if read.decrypted is not None else None
    return opinion


def _around(assertion: bytes) -> bytes:
    """The response that its XPaths ask for. The assertion stays byte for byte, so that its signature does."""
    return b'<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol">' + assertion + b"</samlp:Response>"


def _difference(library: Any, opinion: Any, read: Read) -> str | None:
    utils = library.OneLogin_Saml2_Utils
    opinion.process_signed_elements()
    document, path = opinion.document, utils.RESPONSE_SIGNATURE_XPATH
    if read.signed == "assertion":
        document, path = opinion.decrypted_document if opinion.encrypted else document, utils.ASSERTION_SIGNATURE_XPATH
    utils.validate_sign(document, cert=_pem(read.certificate), xpath=path, raise_exceptions=True)
    name_id = opinion.get_nameid_data()
    theirs = (name_id.get("Value", "").strip(xml.BLANK), name_id.get("Format"), name_id.get("NameQualifier"))
    if theirs != (read.name_id.value, read.name_id.format or None, read.name_id.qualifier or None):
        return "another NameID"
    told, ours = opinion.get_attributes(), {name: list(values) for name, values in read.attributes.items()}
    return None if told == ours or _plain(told) == _plain(ours) else "other attributes"


def _plain(attributes: Mapping[str, list[Any]]) -> dict[str, list[str]]:
    """Attributes in a form for both: a NameID as a value is its text, an empty value none.

    It trims what Unicode calls white space, the gate only what XML does.
    """
    plain = {name: [text for text in map(_text, values) if text] for name, values in attributes.items()}
    return {name: values for name, values in plain.items() if values}


def _text(value: Any) -> str:
    text: str = value if isinstance(value, str) else value["NameID"]["value"] or ""
    return text.strip()


@functools.lru_cache(maxsize=1024)
def _pem(certificate: Certificate) -> str:
    return pem(certificate)


class _Settings:
    """The three questions that its reading of a response asks."""

    def __init__(self, entity_id: str) -> None:
        self._entity_id = entity_id

    def get_security_data(self) -> dict[str, bool]:
        return {"rejectDeprecatedAlgorithm": True, "allowRepeatAttributeName": True, "wantNameId": True}

    def get_sp_data(self) -> dict[str, str]:
        return {"entityId": self._entity_id}

    def is_strict(self) -> bool:
        return True
