"""Anybody may begin a sign-in, and each is a row for ten minutes: so one address begins only so many."""

from collections import Counter

from bridge.errors import BridgeError

EACH_MINUTE = 3_000  # a company behind one address, all of whose people come at nine
_MINUTE_MS = 60_000


class Pace:
    """What this process let begin in the present minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._begun: Counter[str] = Counter()

    def take(self, address: str, now: int) -> None:
        """One more of this address. BridgeError `sign_in_flood` where it began too many."""
        if now // _MINUTE_MS != self._minute:
            self._minute = now // _MINUTE_MS
            self._begun.clear()
        self._begun[address] += 1
        if self._begun[address] > EACH_MINUTE:
            sentence = f"{address} began more than {EACH_MINUTE} sign-ins this minute."
            raise BridgeError("sign_in_flood", sentence, hint="If that is a proxy of yours, name it in trusted_proxies.")
