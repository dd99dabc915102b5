"""Whole sign-ins, over HTTP and with signed responses: who gets in, with what, and what Clerk is asked for it."""

from collections.abc import Awaitable, Callable

from tests.signin.coming import Browser, signing
from tests.support.house import House

Houses = Callable[..., Awaitable[House]]
TICKET = "POST /v1/sign_in_tokens"
NO_DIRECTORY = {"directory": "none"}


async def test_a_first_sign_in_makes_the_user_two_memberships_and_a_ticket_and_no_call_more(houses: Houses) -> None:
    house = await signing(await houses(), **NO_DIRECTORY)
    async with Browser(house) as browser:
        await browser.come("ada", groups=("everything",))  # the workspaces are made
        house.sandbox.reset_calls()
        landed = await browser.come("mia", groups=("everything",))
    assert landed.ticket
    assert house.roles()["mia"] == {"production": "viewer", "research": "viewer"}
    assert house.sandbox.calls() == {
        "POST /v1/users": 1,
        "POST /v1/organizations/{organization_id}/memberships": 2,
        TICKET: 1,
    }


async def test_the_dashboard_gets_the_ticket_and_the_page_that_was_wanted(houses: Houses) -> None:
    house = await signing(await houses(), **NO_DIRECTORY)
    async with Browser(house) as browser:
        landed = await browser.come(groups=("engineers",), query="?to=/runs/7%3Ftab%3Dlogs")
    assert landed.location.startswith(house.parts.settings.bridge.dashboard_url or "-")
    assert landed.query["redirect_url"] == "/runs/7?tab=logs"
    assert landed.headers["Cache-Control"] == "no-store"
    assert landed.headers["Referrer-Policy"] == "no-referrer"


async def test_somebody_the_directory_knows_signs_in_as_that_person(houses: Houses) -> None:
    house = await signing(await houses())
    await house.group("engineers", await house.user("mia"))
    await house.idle()
    house.sandbox.reset_calls()
    async with Browser(house) as browser:
        landed = await browser.come(groups=("owners",))
    assert landed.ticket
    assert house.sandbox.calls() == {TICKET: 1}
    assert house.roles()["mia"] == {"production": "editor"}  # the directory speaks about groups
    accepted = (await house.audit("sign_in.accepted"))[0]
    assert accepted.facts["by"] == "id"
