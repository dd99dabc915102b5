"""What a browser does in a sign-in, and no more: cookies, redirects by their exact octets, forms that post themselves."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

from aiohttp import ClientSession, CookieJar
from yarl import URL

HOPS = 20


@dataclass
class Form(HTMLParser):
    """The first form of a page, and its frames."""

    action: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)
    _inside: bool | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "iframe":
            self.frames.append(given.get("src", ""))
        elif tag == "form" and self._inside is None:
            self._inside, self.action = True, given.get("action", "")
        elif tag == "input" and self._inside and given.get("name") and given.get("type") != "submit":
            self.fields[given["name"]] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self._inside:
            self._inside = False


@dataclass(frozen=True)
class Page:
    """Where a browser stopped."""

    url: str
    status: int
    text: str
    location: str | None = None

    @property
    def form(self) -> Form:
        found = Form()
        found.feed(self.text)
        return Form(urljoin(self.url, found.action), found.fields, [urljoin(self.url, one) for one in found.frames])


class Browser:
    """`stops`: addresses whose beginning it does not leave for; a redirect there is the last page."""

    def __init__(self, *stops: str) -> None:
        self._stops = stops
        self._http = ClientSession(cookie_jar=CookieJar(unsafe=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def get(self, url: str) -> Page:
        return await self._go("GET", url)

    async def frames(self, page: Page) -> list[Page]:
        """What the page has loaded within itself."""
        return [await self.get(url) for url in page.form.frames]

    async def submit(self, page: Page, **typed: str) -> Page:
        """Post the page's form; from another site, a browser says which."""
        return await self.post(page.form.action, {**page.form.fields, **typed}, came_from=page.url)

    async def post(self, url: str, fields: dict[str, str], *, came_from: str | None = None) -> Page:
        return await self._go("POST", url, fields, came_from)

    async def _go(self, method: str, url: str, fields: dict[str, str] | None = None, came_from: str | None = None) -> Page:
        for _ in range(HOPS):
            parts = urlsplit(came_from or url)
            headers = {"Origin": f"{parts.scheme}://{parts.netloc}"} if method == "POST" else {}
            sent = self._http.request(method, URL(url, encoded=True), data=fields, headers=headers, allow_redirects=False)
            async with sent as answer:
                text, location = await answer.text(), answer.headers.get("Location")
                if answer.status not in {301, 302, 303, 307} or location is None:
                    return Page(url, answer.status, text)
                onward = urljoin(url, location)
                if onward.startswith(self._stops):
                    return Page(url, answer.status, text, onward)
            method, url, fields = "GET", onward, None
        raise AssertionError(f"{HOPS} redirects, the last to {url}")
