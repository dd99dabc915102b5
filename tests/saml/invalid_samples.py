"""What the gate says of each message of `saml-samples/invalid`: as it stands, and signed again.

Most are signed with SHA-1 or not at all, so that as they stand they are refused for that. Signed again with SHA-256, all
that is wrong with a message is what its name says; `accepted` is a control: once it is signed nothing is wrong with it, or
nothing that SAML forbids. `-`: can't be signed again, being no XML. Where a note follows, the reason needs one.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """Who the messages of one origin are between, when they say so themselves, they are wrong on purpose."""

    audience: str
    acs: str
    issuer: str


FAMILIES = {
    b'Destination="http://app.muda.no': Family(
        "http://stuff.com/endpoints/metadata.php", "http://app.muda.no/sso/consume", "http://idp.example.com/"
    ),
    b"java-saml-jspsample": Family(
        "http://localhost:8080/java-saml-jspsample/metadata.jsp",
        "http://localhost:8080/java-saml-jspsample/acs.jsp",
        "https://pitbulk.no-ip.org/simplesaml/saml2/idp/metadata.php",
    ),
    b"stuff.com/endpoints/": Family(
        "http://stuff.com/endpoints/metadata.php", "http://stuff.com/endpoints/endpoints/acs.php", "http://idp.example.com/"
    ),
    b"pitbulk.no-ip.org": Family(
        "https://pitbulk.no-ip.org/newonelogin/demo1/metadata.php",
        "https://pitbulk.no-ip.org/newonelogin/demo1/index.php?acs",
        "https://pitbulk.no-ip.org/simplesaml/saml2/idp/metadata.php",
    ),
    b"https://example.com": Family(
        "https://example.com/newonelogin/demo1/metadata.php",
        "https://example.com/newonelogin/demo1/index.php?acs",
        "https://example.com/simplesaml/saml2/idp/metadata.php",
    ),
    b"evil-corp": Family(
        "https://evil-corp.madness.com", "https://evil-corp.madness.com/sso/callback", "https://evil-corp.com"
    ),
    b":5556/dex": Family(
        "http://127.0.0.1:5556/dex/callback",
        "http://127.0.0.1:5556/dex/callback",
        "http://www.okta.com/exk91cb99lKkKSYoy0h7",
    ),
}
"""By what stands in a message. The first that fits."""

TABLE = """
bad_reference.xml saml_algorithm accepted
duplicated_attributes.xml saml_algorithm accepted # repeated names are allowed
empty_destination.xml saml_algorithm saml_destination
empty_nameid.xml saml_algorithm saml_name_id
encrypted_attrs.xml saml_unsigned saml_recipient # its recipient is wrong as well
encrypted_nameID_without_EncMethod.xml saml_algorithm saml_encrypted_id
encrypted_nameID_without_keyinfo.xml saml_algorithm saml_encrypted_id
invalid_audience.xml saml_unsigned saml_audience
invalid_issuer_assertion.xml saml_unsigned saml_issuer
invalid_issuer_message.xml saml_issuer saml_issuer
invalid_sessionindex.xml saml_unsigned saml_name_qualifier # its name is qualified for another as well
invalid_subjectconfirmation_inresponse.xml saml_unsigned saml_in_response_to
invalid_subjectconfirmation_nb.xml saml_unsigned saml_confirmation
invalid_subjectconfirmation_noa.xml saml_unsigned saml_expired
invalid_subjectconfirmation_recipient.xml saml_unsigned saml_recipient
multiple_assertions.xml saml_shape saml_shape
no_authnstatement.xml saml_algorithm saml_authn_statement
no_conditions.xml saml_algorithm saml_audience # and so no audience
no_id.xml saml_shape saml_shape # nor has it a Status
no_issuer_assertion.xml saml_algorithm saml_signature_place # the signature is not behind an Issuer
no_issuer_response.xml saml_algorithm accepted # an unsigned response need not name one
no_key.xml saml_signature_shape accepted
no_nameid.xml saml_unsigned saml_name_id
no_saml2.xml saml_not_a_response saml_not_a_response
no_signature.xml saml_unsigned accepted
no_status.xml saml_shape saml_shape
no_status_code.xml saml_signature_place saml_shape
no_subjectconfirmation_data.xml saml_unsigned saml_confirmation
no_subjectconfirmation_method.xml saml_unsigned saml_confirmation
not_after_failed.xml saml_shape saml_shape # nor has it a Status
not_before_failed.xml saml_shape saml_shape # nor has it a Status
response_encrypted_attrs.xml saml_unsigned saml_recipient # its recipient is wrong as well
signature_wrapping_attack.xml saml_ids saml_ids
signature_wrapping_attack2.xml saml_shape saml_shape
signed_assertion_response.xml saml_algorithm accepted
status_code_responder.xml saml_status_responder saml_status_responder
status_code_responer_and_msg.xml saml_status_responder saml_status_responder
wrong_spnamequalifier.xml saml_algorithm saml_name_qualifier
ruby-duplicated_attributes.xml saml_algorithm accepted # repeated names are allowed
ruby-empty_destination.xml saml_algorithm saml_destination
ruby-empty_nameid.xml saml_algorithm saml_name_id
ruby-encrypted_new_attack.xml saml_signature_reference saml_issuer # the issuer is of another family
ruby-invalid_audience.xml saml_encoding - # not XML: damaged where it was published
ruby-invalid_issuer_assertion.xml saml_encoding - # not XML: damaged where it was published
ruby-invalid_issuer_message.xml saml_algorithm saml_issuer
ruby-invalid_signature_position.xml saml_encoding - # not XML: damaged where it was published
ruby-invalid_subjectconfirmation_inresponse.xml saml_algorithm saml_in_response_to
ruby-invalid_subjectconfirmation_nb.xml saml_algorithm saml_confirmation
ruby-invalid_subjectconfirmation_noa.xml saml_algorithm saml_recipient # its recipient is wrong as well
ruby-invalid_subjectconfirmation_recipient.xml saml_algorithm saml_recipient
ruby-multiple_assertions.xml saml_shape saml_shape
ruby-multiple_signed.xml saml_shape accepted
ruby-no_authnstatement.xml saml_algorithm saml_authn_statement
ruby-no_conditions.xml saml_algorithm saml_audience # and so no audience
ruby-no_id.xml saml_shape saml_shape # nor has it a Status
ruby-no_issuer_assertion.xml saml_algorithm saml_signature_place # the signature is not behind an Issuer
ruby-no_issuer_response.xml saml_algorithm accepted # an unsigned response need not name one
ruby-no_nameid.xml saml_unsigned saml_name_id
ruby-no_saml2.xml saml_not_a_response saml_not_a_response
ruby-no_signature.xml saml_unsigned accepted
ruby-no_status.xml saml_shape saml_shape
ruby-no_status_code.xml saml_shape saml_shape
ruby-no_subjectconfirmation_data.xml saml_algorithm saml_confirmation
ruby-no_subjectconfirmation_method.xml saml_algorithm saml_confirmation
ruby-response_invalid_signed_element.xml saml_signature_place accepted
ruby-response_with_concealed_signed_assertion.xml saml_shape saml_shape
ruby-response_with_doubled_signed_assertion.xml saml_shape saml_shape
ruby-signature_wrapping_attack.xml saml_ids saml_ids
ruby-status_code_responder.xml saml_status_responder saml_status_responder
ruby-status_code_responer_and_msg.xml saml_status_responder saml_status_responder
ruby-wrong_spnamequalifier.xml saml_algorithm saml_name_qualifier
node-response.root-resigned-by-attacker-assertion-unsigned-attackers-cert-at-keyinfo.xml saml_algorithm saml_signature
node-response.root-signed-transforms.assertion-unsigned.xml saml_algorithm accepted
node-response.root-signed.assertion-invalidly-signed-encrypted.xml saml_algorithm saml_no_key
node-response.root-signed.assertion-invalidly-signed.xml saml_algorithm saml_recipient
node-response.root-signed.assertion-signed.1advice-signed.xml saml_shape saml_assertions
node-response.root-signed.assertion-signed.1advice-unsigned.xml saml_assertions saml_assertions
node-response.root-signed.assertion-signed.2advice-signed.xml saml_shape saml_assertions
node-response.root-signed.assertion-signed.2advice-unsigned.xml saml_assertions saml_assertions
node-response.root-signed.assertion-signed.xml saml_algorithm accepted
node-response.root-signed.assertion-unsigned.1advice-unsigned.xml saml_assertions saml_assertions
node-response.root-signed.assertion-unsigned.2advice-unsigned.xml saml_assertions saml_assertions
node-response.root-signed.assertion-unsigned.xml saml_algorithm accepted
node-response.root-unsigned.assertion-signed-transforms.xml saml_too_old accepted
node-response.root-unsigned.assertion-signed.1advice-signed.xml saml_assertions saml_assertions
node-response.root-unsigned.assertion-signed.1advice-unsigned.xml saml_assertions saml_assertions
node-response.root-unsigned.assertion-signed.xml saml_too_old accepted
node-response.root-unsigned.assertion-unsigned.1advice-unsigned.xml saml_assertions saml_assertions
node-response.root-unsigned.assertion-unsigned.2advice-unsigned.xml saml_assertions saml_assertions
node-response.root-unsigned.assertion-unsigned.xml saml_too_old accepted
node-response.root-signed.assertion-unsigned-13-signature.xml saml_algorithm accepted
node-response.root-signed.assertion-unsigned-13.xml saml_algorithm accepted
node-response.root-signed.assertion-unsigned-encrypted.xml saml_algorithm saml_no_key
node-response.root-signed.assertion-unsigned-xd-signature.xml saml_algorithm accepted
node-response.root-signed.assertion-unsigned-xd.xml saml_algorithm accepted
dex-tampered-resp.xml saml_shape accepted # as it stands, its signature is at its end
dex-two-assertions-first-signed.xml saml_shape saml_shape
dex-bad-status.xml saml_shape saml_status_authn_failed # as it stands, its signature is at its end
dex-assertion-signed.xml saml_signature_place accepted # as it stands, its signature is at its end
"""


def rows() -> list[tuple[str, str, str]]:
    """File, code as it stands, code when it is signed again."""
    return [
        (file, first, second) for file, first, second, *_ in (line.split(maxsplit=3) for line in TABLE.strip().splitlines())
    ]
