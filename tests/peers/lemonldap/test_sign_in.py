"""Whole sign-ins with LemonLDAP::NG, the second IdP that nobody here wrote: in from either side, encrypted, and out."""

from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.peers import acme as whole
from tests.peers.acme import Acme
from tests.peers.browser import Browser
from tests.peers.lemonldap.idp import DOMAIN, LemonLdap, missing
from tests.sessions.watched import live
from tests.support.house import House
from tests.support.saml.keys import signer

Opened = Callable[..., Awaitable[Acme]]
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is stored is tried with the other one


@pytest.fixture
def idp(tmp_path: Path) -> Iterator[LemonLdap]:
    reason = missing()
    if reason is not None:
        pytest.skip(f"{reason} (Debian: apt-get install liblemonldap-ng-portal-perl liblasso-perl libplack-perl)")
    private, certificate = signer("lemonldap").pem().split("-----BEGIN CERTIFICATE-----")
    made = LemonLdap(tmp_path / "lemonldap", (private, f"-----BEGIN CERTIFICATE-----{certificate}"), {"dwho": "engineers"})
    yield made
    made.stop()


@pytest.fixture
def acme(houses: Callable[..., Awaitable[House]], idp: LemonLdap) -> Opened:
    async def make(**options: Any) -> Acme:
        return await whole.opened(houses, idp, domain=DOMAIN, **options)

    return make


@pytest.mark.parametrize("mode", ["none", "assertion"])
async def test_a_first_sign_in_makes_the_user_and_lands_where_they_wanted(acme: Opened, mode: str) -> None:
    at = await acme(there={"EncryptionMode": mode}, require_encryption=mode == "assertion")
    async with Browser() as browser:
        page = await at.sign_in(browser, "dwho")
        assert urlsplit(page.url).path == "/dashboard/reports"
        assert await at.shown(browser) is not None
    assert at.house.roles()["dwho"] == {"production": "editor"}


async def test_one_that_begins_there_lands_on_the_dashboard(acme: Opened) -> None:
    at = await acme(idp_initiated=True)
    async with Browser() as browser:
        page = await at.sign_in(browser, "dwho", begin=at.idp.begin(at.base))
        assert page.url == at.dashboard


async def test_it_takes_a_request_that_we_signed_and_no_other_where_it_wants_that(acme: Opened) -> None:
    at = await acme(there={"CheckSSOMessageSignature": 1}, sign_requests=True)
    async with Browser() as browser:
        await at.sign_in(browser, "dwho")
        assert await at.shown(browser) is not None


async def test_its_word_that_somebody_signed_out_there_does_not_say_how_long_it_is_good_and_is_refused(acme: Opened) -> None:
    at = await acme()
    async with Browser() as browser:
        await at.sign_in(browser, "dwho")
        (told,) = await browser.frames(await browser.get(at.idp.logout))  # it tells each service in a frame
        assert (told.status, urlsplit(told.url).path) == (400, "/saml/acme/slo")
        assert await at.shown(browser) is not None
    (event,) = await at.house.audit("sign_out.refused")
    assert event.facts["reason"] == "<LogoutRequest> has no NotOnOrAfter"


async def test_who_signs_out_here_is_signed_out_there_and_comes_back(acme: Opened) -> None:
    at = await acme()
    async with Browser() as browser:
        await at.sign_in(browser, "dwho")
        page = await browser.get(f"{at.base}/logout?to=/reports")
        assert page.url == f"{at.dashboard}/sign-in?redirect_url=%2Freports"
        assert live(at.house) == set()
        assert await at.asked(browser)
