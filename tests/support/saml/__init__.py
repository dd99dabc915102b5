"""A kit that speaks as identity providers do, honest ones and others: keys, responses, signatures, encryption, all of it
written here and on nothing of the bridge's but the values `Party` and `Certificate`. See `messages` for how it is used."""

from tests.support.saml.encrypting import Encryption, encrypt
from tests.support.saml.keys import Signer, signer
from tests.support.saml.looks import LOOKS, Look
from tests.support.saml.messages import (
    FACTS,
    NOW,
    Answer,
    again,
    document,
    make,
    moment,
    posted,
    raw,
    say,
    sealed,
    unsigned,
)
from tests.support.saml.parties import IDP, REQUEST, SP, party
from tests.support.saml.signing import Seal, canonical, resign, sign

__all__ = [
    "FACTS",
    "IDP",
    "LOOKS",
    "NOW",
    "REQUEST",
    "SP",
    "Answer",
    "Encryption",
    "Look",
    "Seal",
    "Signer",
    "again",
    "canonical",
    "document",
    "encrypt",
    "make",
    "moment",
    "party",
    "posted",
    "raw",
    "resign",
    "say",
    "sealed",
    "sign",
    "signer",
    "unsigned",
]
