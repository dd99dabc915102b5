"""Whoever stands at the door gets what is decided now, though nobody came to carry it out yet."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from bridge.provisioning import timers
from bridge.rulebook import Rulebook, Unusable, Version, versions
from bridge.rulebook.versions import Stored
from tests.signin.coming import Browser, signing
from tests.support.house import RULES, WORKSPACES, House

Houses = Callable[..., Awaitable[House]]
MORE = [{"name": "All", "when": {"everyone": True}, "grant": {"production": "viewer"}}]


async def _nobody(*_: Any) -> int:
    return 0


async def _serving(house: House, number: int) -> bool:
    found = await house.parts.database.read(lambda tx: versions.in_service(tx, "acme"))
    return found is not None and found[0] == number


async def test_a_new_mapping_opens_the_door_before_its_mark_reached_everybody(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await signing(await houses())
    await house.user("mia")
    await house.idle()
    async with Browser(house) as browser:
        assert (await browser.come()).status == 403
        monkeypatch.setattr(timers, "expand", _nobody)
        house.mapping(rules=[*RULES, *MORE])
        await house.until(lambda: _serving(house, 2))
        assert (await browser.come()).ticket
    assert house.roles()["mia"] == {"production": "viewer"}


async def test_a_new_mapping_closes_the_door_before_its_mark_reached_everybody(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await signing(await houses([*RULES, *MORE]))
    await house.user("mia")
    await house.idle()
    async with Browser(house) as browser:
        assert (await browser.come()).ticket
        monkeypatch.setattr(timers, "expand", _nobody)
        house.mapping(rules=RULES)
        await house.until(lambda: _serving(house, 2))
        assert (await browser.come()).status == 403


async def test_what_hands_leave_in_an_address_is_no_error_of_ours(houses: Houses) -> None:
    house = await signing(await houses(), workspaces={**WORKSPACES, "*": {"create": "{alias}", "at_most": 9}})
    async with Browser(house) as browser:
        await browser.begin()
        for path in (
            "/saml/acme/login?workspace=%00",
            "/saml/acme/login?workspace=%ff%ed%a0%80",
            "/saml/acme/login?to=%00",
            "/login?email=a%00@acme.example",
            "/login?email=%ed%a0%80@acme.example",
            "/saml/acme/finish?attempt=%00",
            "/saml/acme/finish?attempt=%ed%a0%80",
            "/saml/acme/finish?attempt=",
            "/saml/acme/test?key=%00",
            "/saml/acme/test?key=%ed%a0%80",
            "/saml/acme/logout?to=%00",
            "/saml/acme/slo?SAMLRequest=%00",
            "/saml/acme/slo?SAMLResponse=%ed%a0%80",
            "/saml/%00/login",
            "/saml/%00",
            "/saml/%ed%a0%80/acs",
        ):
            assert (await browser.get(path)).status < 500, path
        assert (await browser.post("\0", RelayState="\0")).status < 500


async def test_whoever_keeps_a_workspace_while_a_hold_waits_still_gets_in(houses: Houses) -> None:
    house = await signing(await houses(), brake={"people": 1, "percent": 1, "within": "15m"})
    mia, others = await house.user("mia"), [await house.user(f"p{number}") for number in range(5)]
    group = await house.group("engineers", mia, *others)
    await house.idle()
    await house.scim("DELETE", f"/Groups/{group}")
    await house.idle()
    assert (await house.row("mia")).state == "held"
    async with Browser(house) as browser:
        assert (await browser.come()).ticket
    await house.deactivate(mia)
    await house.idle()
    assert house.roles()["mia"] == {"production": "editor"}
    async with Browser(house) as browser:
        assert (await browser.come()).status == 403


async def test_the_last_owner_whom_no_rule_makes_one_any_more_still_gets_in(houses: Houses) -> None:
    house = await signing(await houses())
    group = await house.group("owners", await house.user("mia"))
    await house.idle()
    await house.scim("DELETE", f"/Groups/{group}")
    await house.idle()
    assert (await house.row("mia")).state == "retained"
    async with Browser(house) as browser:
        assert (await browser.come()).ticket


async def test_a_connection_that_speaks_for_somebody_no_more_lets_them_in_no_more(houses: Houses) -> None:
    """What a sign-in told has lapsed, none counts again (jit: off), and only the account says whose address it is."""
    house = await houses()
    await house.stop()
    bought: dict[str, Any] = {"domains": ["bought.example"], "directory": "none"}
    saml = {"metadata": "file:idp.xml"}
    house.connection("bought", sign_in={"saml": saml}, **bought)
    house.mapping("bought")
    await signing(house, shared_with=["bought"])
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    said: dict[str, Any] = {"facts": {"email": "mia@acme.example"}, "name_id": "mia@acme.example"}
    async with Browser(house, "bought") as browser:
        assert (await browser.come(groups=("scientists",), **said)).ticket
        await house.stop()
        house.connection("bought", sign_in={"saml": saml, "jit": "off"}, **bought)
        await house.start()
        await house.jump(15 * 86_400)
        assert (await browser.come(**said)).ticket  # acme still lets it
        await signing(house, shared_with=[])
        assert (await browser.come(**said)).status == 403


async def test_rules_that_this_replica_never_used_are_compiled_beside_the_event_loop(
    houses: Houses, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = await signing(await houses(), sign_in={"mfa": {"required_for": ["owner"]}})
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    house.parts.tools.rulebook._compiled.clear()
    compile, threads = Rulebook._compile, []

    def watched(self: Rulebook, stored: Stored) -> Version | Unusable:
        threads.append(threading.current_thread())
        return compile(self, stored)

    monkeypatch.setattr(Rulebook, "_compile", watched)
    async with Browser(house) as browser:
        assert (await browser.come()).ticket
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


async def test_one_sign_in_gets_one_ticket_however_often_it_is_asked_for(houses: Houses) -> None:
    house = await signing(await houses())
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    async with Browser(house) as browser:
        house.sandbox.fault(match="*", status=503, times=1)
        waiting = await browser.come()
        assert waiting.status == 503
        again = re.search(r'href="(/saml/acme/finish[^"]*)"', waiting.text)
        assert again is not None
        landed = await asyncio.gather(*(browser.get(again[1]) for _ in range(4)))
    assert sorted(one.status for one in landed) == [303, 400, 400, 400]
    assert len(await house.audit("sign_in.ticket")) == 1
