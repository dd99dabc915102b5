"""Where browsers are sent: RelayState, deep links and Host headers that want them elsewhere."""

import base64
import re
import zlib
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, quote, urlencode, urljoin, urlsplit

from tests.saml.attacks.doors import Visitor, leads_away, opened
from tests.support.house import House
from tests.support.saml import say

Houses = Callable[..., Awaitable[House]]
ENGINEER = ("engineers",)
ELSEWHERE = (
    "https://evil.test/",
    "//evil.test/",
    "///evil.test/",
    "/\\evil.test/",
    "\\\\evil.test",
    "/\t/evil.test/",
    "/\n/evil.test/",
    "/%0d%0aLocation:%20https://evil.test/",
    "/\r\nLocation: https://evil.test/",
    "http:evil.test",
    "https:/evil.test",
    "https:\\\\evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    "@evil.test/",
    ".evil.test/",
    ":443@evil.test/",
    "/../../evil.test",
    "/..//evil.test",
    "/.//evil.test",
    "/a/..//evil.test",
    "/%2e%2e//evil.test",
    "／evil.test/",
    "/ /evil.test",
    "?redirect_url=https://evil.test/",
    "&redirect_url=https://evil.test/",
    "/?__clerk_ticket=evil",
    "https://dashboard.test.evil.test/",
    "https://dashboard.test@evil.test/",
    "x" * 5_000,
    "/" + "x" * 5_000,
    "",
)


def _resolved(path: str) -> str:
    """As a browser takes a path within the dashboard: resolved (WHATWG URL), then navigated to by its pathname once more."""
    once = urlsplit(urljoin("https://dashboard.test/sign-in", path))
    return urlsplit(urljoin("https://dashboard.test/sign-in", once.path)).netloc


async def test_a_relay_state_leads_nowhere(houses: Houses) -> None:
    """What counts is kept here; the field of the form is anybody's."""
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        for at, relay in enumerate(ELSEWHERE):
            id = await visitor.begins(f"_{at:032x}", target="/projects")
            answer = await visitor.posts(say(in_response_to=id, groups=ENGINEER), RelayState=relay)
            assert answer.let_in
            assert not leads_away(answer)
            query = parse_qs(urlsplit(answer.location).query)
            assert query["redirect_url"] == ["/projects"]
            assert set(query) == {"__clerk_ticket", "redirect_url"}


async def test_where_the_idp_may_begin_its_relay_state_leads_nowhere_either(houses: Houses) -> None:
    house = await opened(await houses(), idp_initiated=True)
    async with Visitor(house) as visitor:
        for relay in ELSEWHERE:
            answer = await visitor.posts(say(in_response_to=None, groups=ENGINEER), RelayState=relay)
            assert answer.let_in
            assert set(parse_qs(urlsplit(answer.location).query)) == {"__clerk_ticket"}


async def test_a_deep_link_is_a_path_of_the_dashboard_however_a_browser_reads_it(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        for wanted in ELSEWHERE:
            answer = await visitor.asks("GET", f"/saml/acme/login?{urlencode({'to': wanted})}")
            assert answer.status in {303, 400}
            if answer.status == 400:
                continue
            assert not leads_away(answer)
            id = await _request(answer.location)
            landed = await visitor.posts(say(in_response_to=id, groups=ENGINEER))
            assert landed.let_in
            for path in parse_qs(urlsplit(landed.location).query).get("redirect_url", []):
                assert _resolved(path) == "dashboard.test", wanted


async def _request(location: str) -> str:
    packed = parse_qs(urlsplit(location).query)["SAMLRequest"][0]
    document = zlib.decompress(base64.b64decode(packed), -15).decode()
    found = re.search(r'\bID="([^"]+)"', document)
    assert found
    return found[1]


HOSTS = (
    "evil.test",
    "evil.test:443",
    "bridge.test.evil.test",
    "bridge.test@evil.test",
    "bridge.test\\evil.test",
    "[::1]",
    "a b",
)


async def test_a_host_header_makes_no_address_of_ours(houses: Houses) -> None:
    house = await opened(await houses())
    async with Visitor(house) as visitor:
        for at, host in enumerate(HOSTS):
            headers = {"Host": host, "X-Forwarded-Host": host, "X-Forwarded-Proto": "http", "Forwarded": f'host="{host}"'}
            for path in ("/saml/acme/login", "/saml/acme/metadata", "/saml/acme", "/login?email=ada@acme.test"):
                answer = await visitor.asks("GET", path, headers=headers)
                assert answer.status < 500, (host, path)
                assert "evil.test" not in answer.text + answer.location, (host, path)
                assert not leads_away(answer), (host, path)
            message = say(in_response_to=await visitor.begins(f"_{at:032x}"), groups=ENGINEER)
            answer = await visitor.asks("POST", "/saml/acme/acs", headers=headers, data={"SAMLResponse": message})
            assert answer.status < 500, host
            assert not leads_away(answer), host


async def test_no_header_is_written_by_an_address(houses: Houses) -> None:
    house = await opened(await houses())
    split = quote("\r\nSet-Cookie: evil=1\r\n")
    async with Visitor(house) as visitor:
        for path in (f"/saml/acme/login?to=/{split}", f"/login?email=a{split}@acme.test", f"/saml/acme{split}/login"):
            answer = await visitor.asks("GET", path)
            assert answer.status < 500
            assert "evil" not in answer.headers.get("Set-Cookie", "")
            assert "\n" not in answer.location
