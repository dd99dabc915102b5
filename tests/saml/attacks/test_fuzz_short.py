"""The short form of `python -m bench.saml_fuzz`, and that it would tell if a gate let something in."""

import copy
import hashlib
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest
from lxml import etree

from bench.saml_fuzz import run
from bridge.saml.assertion import Assertion, NameId, Proof
from bridge.saml.gate import verify
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from tests.support.saml import names, raw


@pytest.mark.parametrize("seed", [11, 12, 13, 14])
def test_no_mutant_gets_in_with_changed_meaning_falls_over_or_costs_half_a_second(seed: int) -> None:
    judge = run(500, seed)
    assert judge.complaints == []
    assert judge.answers["accepted"] > 10  # some damage is none, and the gate knows
    assert len(judge.answers) > 15  # and the rest comes to grief in many places


def test_a_gate_that_reads_what_was_not_signed_would_be_found_out() -> None:
    """The mistake of the first wave of SAML libraries: the signature is right somewhere, the name is read elsewhere."""
    found = run(500, 11, gate=_reads_the_first_name).complaints
    assert any("mallory@evil.test" in complaint.sentence for complaint in found)


def test_a_gate_that_stops_at_a_comment_would_be_found_out() -> None:
    """The mistake of 2018 (VU#475445): `.text` ends where a comment begins."""
    found = run(1_500, 11, gate=_stops_at_comments).complaints
    assert found


def test_a_gate_that_falls_over_would_be_found_out() -> None:
    def falls(party: Party, message: str, *, now: int) -> Assertion:
        raise ValueError(etree.fromstring(raw(message)).tag)

    complaints = run(20, 11, gate=falls).complaints
    assert len(complaints) == 20
    assert "ValueError" in " ".join(complaint.sentence for complaint in complaints)


def _reads_the_first_name(party: Party, message: str, *, now: int) -> Assertion:
    """Any signature of the IdP over any element of that ID will do."""
    tree = _parsed(message)
    if not any(_holds(tree, signature, party) for signature in tree.iter(f"{{{names.DS}}}Signature")):
        raise Untrusted("saml_signature", "not signed")
    return _told(tree, party, "".join(next(_names(tree)).itertext()))


def _stops_at_comments(party: Party, message: str, *, now: int) -> Assertion:
    """Our own gate decides, and then the name is read from the tree as it came."""
    told = verify(party, message, now=now)
    if party.keys:
        return told
    tree = _parsed(message)
    value = (next(_names(tree)).text or "").strip()
    return replace(told, name_id=replace(told.name_id, value=value))


def _parsed(message: str) -> Any:
    try:
        return etree.fromstring(raw(message))
    except ValueError as problem:
        raise Untrusted("saml_malformed", "no XML") from problem
    except etree.XMLSyntaxError as problem:
        raise Untrusted("saml_malformed", "no XML") from problem


def _names(tree: Any) -> Any:
    found = list(tree.iter(f"{{{names.SAML}}}NameID"))
    if not found:
        raise Untrusted("saml_name_id", "no name")
    return iter(found)


def _holds(tree: Any, signature: Any, party: Party) -> bool:
    reference = signature.find(f"{{*}}SignedInfo/{{{names.DS}}}Reference")
    wanted = "" if reference is None else reference.get("URI", "")[1:]
    value = None if reference is None else reference.findtext(f"{{{names.DS}}}DigestValue")
    for one in tree.iter(etree.Element):
        if wanted and one.get("ID") == wanted:
            alone = copy.deepcopy(one)
            for inner in alone.findall(f"{{{names.DS}}}Signature"):
                alone.remove(inner)
            digest = hashlib.sha256(etree.tostring(alone, method="c14n", exclusive=True)).digest()
            if b64encode(digest).decode() == value:
                return True
    return False


def _told(tree: Any, party: Party, name: str) -> Assertion:
    return Assertion("_", party.idp.entity_id, None, 0, 0, NameId(name), {}, None, None, None, None, _proof(party))


def _proof(party: Party) -> Proof:
    return Proof("assertion", party.idp.certificates[0].fingerprint, "", "")
