"""The error every room's own errors descend from: a code, a sentence for people, a hint, and a page that says more."""


class BridgeError(Exception):
    """`code` is stable and searchable; `sentence` says what happened; `hint` what to do; `page` where to read on."""

    page = "docs/errors.md"

    def __init__(self, code: str, sentence: str, *, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.hint = hint

    def __str__(self) -> str:
        return self.sentence + (f"\n  hint: {self.hint}" if self.hint else "")

    def as_dict(self) -> dict[str, str | None]:
        return {"code": self.code, "sentence": self.sentence, "hint": self.hint}
