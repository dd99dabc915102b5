"""Whether a delivery is Clerk's: Svix signs id, time and body with the endpoint's secret.

https://docs.svix.com/receiving/verifying-payloads/how-manual. While a secret is being changed, Svix signs with the old and
the new one for a day and sends both signatures: one secret here is enough.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from bridge.errors import BridgeError
from bridge.settings.references import Secret
from bridge.webhooks.refusals import NotTaken

WINDOW = 300  # seconds that a delivery may be old, or its clock ahead
_LONGEST_ID = 200
_PREFIX = "whsec_"


class Verifier:
    """Holds the key of one endpoint."""

    def __init__(self, secret: Secret) -> None:
        """BridgeError: what the reference points at is no signing secret."""
        self._key = _key(secret)

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: int) -> str:
        """The delivery's id, the same for every attempt; NotTaken where it isn't Clerk's. `now` in epoch ms."""
        id, at = headers.get("svix-id", ""), headers.get("svix-timestamp", "")
        signatures = headers.get("svix-signature", "")
        if not id or not at or not signatures:
            sentence = "The headers svix-id, svix-timestamp and svix-signature are needed."
            raise NotTaken(400, "webhook_unsigned", sentence)
        if len(id) > _LONGEST_ID or not id.isprintable() or not (at.isascii() and at.isdigit() and len(at) < 15):
            raise NotTaken(400, "webhook_malformed", "svix-id is a short text, and svix-timestamp a number of seconds.")
        self._genuine(f"{id}.{at}.".encode() + body, signatures)
        if abs(now // 1000 - int(at)) > WINDOW:
            hint = "Look at this machine's clock."
            raise NotTaken(401, "webhook_stale", f"It was signed more than {WINDOW // 60} minutes from now.", hint=hint)
        return id

    def _genuine(self, signed: bytes, signatures: str) -> None:
        expected = base64.b64encode(hmac.new(self._key, signed, hashlib.sha256).digest())
        given = [one.partition(",") for one in signatures.split(" ")]
        if not sum(
            hmac.compare_digest(expected, text.encode(errors="replace")) for version, _, text in given if version == "v1"
        ):
            hint = "The signing secret is the one of this endpoint in Clerk's dashboard: clerk.webhook_signing_secret."
            raise NotTaken(401, "webhook_forged", "The signature is not made with our signing secret.", hint=hint)


def _key(secret: Secret) -> bytes:
    text = secret.reveal()
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(_PREFIX) or not key:
        hint = "Copy the signing secret of the endpoint from Clerk's dashboard: it begins with whsec_."
        raise BridgeError("webhook_secret_malformed", "clerk.webhook_signing_secret is no signing secret.", hint=hint)
    return key
