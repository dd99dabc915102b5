"""Why a delivery is not taken. Svix repeats what gets no 2xx, over a day, so the status tells whether that can help."""

from bridge.errors import BridgeError


class NotTaken(BridgeError):
    """`status` is the HTTP status to answer."""

    page = "docs/webhooks.md"

    def __init__(self, status: int, code: str, sentence: str, *, hint: str | None = None) -> None:
        super().__init__(code, sentence, hint=hint)
        self.status = status
