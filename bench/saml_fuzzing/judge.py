"""A mutant at the gate: refused, or read as the original is. Whatever else happens is a complaint."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from bench.saml_fuzzing.originals import Original
from bridge.saml.assertion import Assertion
from bridge.saml.party import Party
from bridge.saml.untrusted import Untrusted
from tests.support.saml import NOW

MOST_CPU = 0.5
Verify = Callable[..., Assertion]


@dataclass(frozen=True)
class Complaint:
    """What a mutant got, that it should not."""

    number: int
    original: str
    sentence: str
    message: str


@dataclass
class Judge:
    """`answers`: how often each reason was given; `dearest`: the worst CPU of one message, and its number."""

    verify: Verify
    originals: Sequence[Original]
    answers: Counter[str] = field(default_factory=Counter)
    complaints: list[Complaint] = field(default_factory=list)
    dearest: tuple[float, int] = (0.0, -1)

    def judge(self, number: int, original: Original, message: str) -> None:
        began = time.thread_time()
        try:
            sentence = self._outcome(original, message)
        except Exception as problem:
            self.answers["an exception"] += 1
            sentence = f"{type(problem).__name__}: {problem}"
        cpu = time.thread_time() - began
        self.dearest = max(self.dearest, (cpu, number))
        if cpu > MOST_CPU:
            sentence = f"it cost {cpu:.2f} s of CPU"
        if sentence:
            self.complaints.append(Complaint(number, original.name, sentence, message))

    def _outcome(self, original: Original, message: str) -> str | None:
        try:
            told = self.verify(original.at, message, now=NOW)
        except Untrusted as refusal:
            self.answers[refusal.code] += 1
            return None
        self.answers["accepted"] += 1
        return _changed(self._meant(original, told), told, original.at)

    def _meant(self, original: Original, told: Assertion) -> Assertion:
        """The original's word, or that of another whose whole signed assertion was put in its place."""
        others = (one.told for one in self.originals if one.told.id == told.id and one.told.proof.signed != "response")
        return next(others, original.told)


def _changed(meant: Assertion, told: Assertion, at: Party) -> str | None:
    """How it was proved may differ (an outer signature may be gone), by whom and what was said may not."""
    known = {certificate.fingerprint for certificate in at.idp.certificates}
    if told.proof.certificate not in known:
        return f"it was proved by a certificate that nobody knows: {told.proof}"
    return None if replace(told, proof=meant.proof) == meant else f"it was read as {told}, meant was {meant}"
