"""What to do about a refusal, by its code: what most often causes it, and where that is mended."""

from bridge.saml.ours import Ours

_IDP_TIME = "Set the clocks of both sides by a time server; `skew` may be 5m at most."
ADVICE = {
    "saml_audience": "The IdP's entity id (audience) for us must be exactly {entity_id}.",
    "saml_destination": "The IdP's ACS URL for us must be exactly {acs}.",
    "saml_recipient": "The IdP's ACS URL for us must be exactly {acs}.",
    "saml_issuer": "The metadata here is another application's or IdP's: its entity id must be what the IdP calls itself.",
    "saml_signature": "The IdP signs with a key that its metadata here lacks: is that this application's, and the newest?",
    "saml_no_certificate": "The metadata here has no certificate for this signature: read the IdP's metadata again.",
    "saml_digest": "What arrived is not what was signed: something between the IdP and us changes it.",
    "saml_unsigned": "Switch signing on at the IdP: of the assertion, the response, or both.",
    "saml_algorithm": "Choose RSA-SHA256 at the IdP, and no SHA-1.",
    "saml_encryption_algorithm": "Choose RSA-OAEP with AES at the IdP, or switch encryption off there.",
    "saml_transform": "Choose exclusive canonicalisation without comments at the IdP.",
    "saml_expired": _IDP_TIME,
    "saml_not_yet": _IDP_TIME,
    "saml_too_old": _IDP_TIME,
    "saml_undecryptable": "The IdP encrypts for a key that is not ours: give it {entity_id}/metadata again.",
    "saml_no_key": "The IdP encrypts, and we have no key: set `keys` and give it our metadata, or switch it off there.",
    "saml_not_encrypted": "Switch encryption on at the IdP with our certificate, or take `require_encryption` out.",
    "saml_authn_statement": "Let the IdP say when and how people were authenticated (Keycloak: Include AuthnStatement).",
    "saml_name_id": "Let the IdP send a NameID (AD FS: a claim rule for it).",
    "saml_encrypted_id": "Encrypt the assertion instead of the NameID.",
    "saml_status_request_denied": "Assign the person to the application at the IdP.",
    "saml_status_no_authn_context": "The IdP knows no such second factor: `mfa.request` says which one to ask it for.",
    "saml_status_requester": "The IdP's own log says why; mostly the entity id or ACS URL for us is wrong there.",
    "saml_status_responder": "The IdP's own log says why.",
    "no_access_yet": "`inferpipe-bridge explain PERSON` says what they would get, and why not yet.",
    "sign_in_unasked": "It began at the IdP: use a tile that opens {entity_id}/login, or set `idp_initiated: true`.",
    "sign_in_unknown": "Assign the person to the application and let it push them, or set `jit: create`.",
    "sign_in_inactive": "Activate the account in the IdP; `inferpipe-bridge explain PERSON` says what is known of it.",
    "sign_in_ambiguous": "End one of the accounts in the IdP, or let it send the attribute `id`.",
    "sign_in_second_factor": "Let the IdP ask for a second factor; `mfa.accept` lists what else proves one.",
    "sign_in_other_browser": "The cookie did not come back: the person changed browsers, or a proxy drops it.",
    "sign_in_not_fresh": "The IdP ignores ForceAuthn: take `force_authn` out, or set it right there.",
}


def advice(code: str, here: Ours) -> str | None:
    """None: the sentence says all that is known."""
    found = ADVICE.get(code)
    return found.format(entity_id=here.entity_id, acs=here.acs) if found is not None else None
