"""What the IdP itself says of its answer (SAML core §3.2.2.2). All but Success have codes, so that a page can say it."""

from bridge.saml import xml
from bridge.saml.untrusted import Untrusted
from bridge.saml.xml import SAMLP, Element

_STATUS = "urn:oasis:names:tc:SAML:2.0:status:"
SUCCESS = _STATUS + "Success"
REFUSALS = {
    "AuthnFailed": ("saml_status_authn_failed", "the IdP could not sign the person in"),
    "NoAuthnContext": ("saml_status_no_authn_context", "the IdP can't sign people in in the way that was asked for"),
    "NoPassive": ("saml_status_no_passive", "the IdP would have had to ask the person"),
    "RequestDenied": (
        "saml_status_request_denied",
        "the IdP denied the request: is the person assigned to the application?",
    ),
    "InvalidNameIDPolicy": ("saml_status_name_id_policy", "the IdP can't give a NameID of the format that was asked for"),
    "UnknownPrincipal": ("saml_status_unknown_principal", "the IdP doesn't know the person"),
    "RequestUnsupported": ("saml_status_request_unsupported", "the IdP doesn't support the request"),
    "Requester": ("saml_status_requester", "the IdP refused our request: its own log says why"),
    "Responder": ("saml_status_responder", "the IdP failed: its own log says why"),
    "VersionMismatch": ("saml_status_version", "the IdP doesn't speak SAML 2.0 here"),
}
OTHER = ("saml_status_other", "the IdP refused, with a status that SAML doesn't name")


def success(status: Element) -> None:
    """Refuses with the most exact code that is known; the IdP's own sentence goes to the trail."""
    codes = [_short(code) for code in _codes(status)]
    if codes == ["Success"]:
        return
    code, sentence = next((REFUSALS[one] for one in reversed(codes) if one in REFUSALS), OTHER)
    raise Untrusted(code, sentence, about={"status": " ".join(codes)[:200], **_message(status)})


def _codes(status: Element) -> list[str]:
    """Top level first. None or an empty one is no status."""
    codes: list[str] = []
    code = xml.maybe(status, SAMLP + "StatusCode")
    while code is not None and len(codes) < 3:
        codes.append(code.get("Value", ""))
        code = xml.maybe(code, SAMLP + "StatusCode")
    if not codes or not codes[0]:
        raise Untrusted("saml_shape", "the response has no StatusCode")
    return codes


def _short(code: str) -> str:
    return code.removeprefix(_STATUS) if code.startswith(_STATUS) else f"({code})"


def _message(status: Element) -> dict[str, str]:
    found = xml.maybe(status, SAMLP + "StatusMessage")
    return {} if found is None or len(found) else {"status_message": (found.text or "").strip()[:500]}
