"""A real browser, Debian's chromium, in front of what `make run` starts. Skipped where there is no chromium.

`DOCS=write python -m pytest tests/browser` makes the pictures of the docs anew.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.support import first_minute
from tests.support.pictures import small

_IMAGES = Path(__file__).resolve().parents[2] / "docs" / "images"
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# the sandbox of chromium needs rights that a container rarely has, and sees pages of this machine only
_OPTIONS = ["--no-sandbox", "--disable-lcd-text", "--font-render-hinting=none"]
_LONGEST = 60_000  # milliseconds for anything


@dataclass(frozen=True)
class Places:
    """Where things are, as the first minute prints them. `folder`: its configuration and data."""

    idp: str
    login: str
    folder: Path

    @property
    def sandbox(self) -> str:
        return _origin(self.idp)

    @property
    def bridge(self) -> str:
        return _origin(self.login)


@dataclass
class Seen:
    """What a browser asked for and complained of."""

    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Places]:
    """The first minute, which has passed."""
    folder = tmp_path_factory.mktemp("first_minute")
    with first_minute.running(folder) as said:
        at = [first_minute.address(said, what) for what in ("as one of them", "by e-mail address")]
        yield Places(*at, folder)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where it is."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("needs chromium (apt-get install chromium)")
    return found


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """One for a module's tests, each of which gets a profile of its own. No longer: while it is there an event loop runs in
    this thread, and other tests have loops of theirs."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=_LONGEST)
        started = playwright.chromium.launch(executable_path=chromium, args=_OPTIONS)
        yield started
        started.close()


@pytest.fixture
def profiles(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Starts profiles, with options of playwright's."""
    started: list[BrowserContext] = []

    def start(**options: object) -> BrowserContext:
        made = browser.new_context(viewport={"width": 760, "height": 640}, **options)  # type: ignore[arg-type]
        made.set_default_timeout(_LONGEST)
        started.append(made)
        return made

    yield start
    for one in started:
        one.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def page(profiles: Callable[..., BrowserContext], seen: Seen) -> Page:
    """A tab of a fresh profile, which may load nothing from elsewhere and complain of nothing."""
    tab = profiles().new_page()
    tab.on("request", lambda request: seen.hosts.add(urlsplit(request.url).hostname or ""))
    tab.on("console", lambda said: seen.complaints.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: seen.complaints.append(str(error)))
    return tab


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keep what a tab shows for the docs, if that is what this run is for."""

    def take(tab: Page, name: str) -> None:
        if os.environ.get("DOCS") == "write":
            _IMAGES.mkdir(exist_ok=True)
            (_IMAGES / f"{name}.png").write_bytes(small(tab.locator("main").screenshot()))

    return take


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
