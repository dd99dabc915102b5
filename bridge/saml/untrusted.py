"""A message that is not believed: the reason for the trail, nothing for whoever sent it."""

from collections.abc import Mapping
from typing import Any

from bridge.errors import BridgeError


class Untrusted(BridgeError):
    """`code` says which check failed; `about` what is known of the message (issuer, assertion, certificate, algorithms), as
    far as the checks came: before the signature it is only what somebody claims."""

    page = "docs/saml.md"

    def __init__(self, code: str, sentence: str, *, hint: str | None = None, about: Mapping[str, Any] | None = None) -> None:
        super().__init__(code, sentence, hint=hint)
        self.about = dict(about or {})
