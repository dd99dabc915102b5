"""Where browsers go on to: the dashboard's sign-in page, and from there to the page of it that they wanted.

Only a path is ever taken from a request, and the host is always ours: nobody is led anywhere else from here.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]{0,1023}")  # printable ASCII without a backslash, which browsers read as a slash


@dataclass(frozen=True, slots=True)
class Dashboard:
    """`url`: its sign-in page."""

    url: str

    def sign_in(self, target: str | None = None, **more: str) -> str:
        """The address of that page; `target`: a path to open afterwards, passed over if it is none."""
        found = path(target)
        query = urlencode({**more, **({"redirect_url": found} if found else {})})
        return f"{self.url}{'&' if '?' in self.url else '?'}{query}" if query else self.url


def path(target: str | None) -> str | None:
    """A path on the same host, as it came; None: it is something else."""
    return target if target is not None and _PATH.fullmatch(target) and not _turns(target) else None


def _turns(target: str) -> bool:
    """Whether it has dot segments or empty ones: `/.//host` resolves to `//host`, which may be read as a host after that."""
    *segments, last = re.split("[?#]", target, maxsplit=1)[0][1:].lower().replace("%2e", ".").split("/")
    return last in {".", ".."} or any(segment in {"", ".", ".."} for segment in segments)
