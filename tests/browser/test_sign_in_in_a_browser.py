"""From a page of a stand-in IdP to the dashboard, and where it ends before, as somebody in front of a browser sees it."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Places, Seen

Picture = Callable[[Page, str], None]


def pick(page: Page, name: str, *, second_factor: bool | None = None, wrong: str = "") -> None:
    """Be somebody at the IdP whose page it is, and sign in."""
    page.get_by_label(name).check()
    if second_factor is not None:
        page.get_by_label("was used").set_checked(second_factor)
    if wrong:
        page.get_by_text("More groups, a refusal").click()
        page.get_by_label("What shall be wrong").select_option(wrong)
    page.get_by_role("button", name="Sign in").click()


def begin(page: Page, places: Places, email: str, to: str = "") -> None:
    """At the bridge, by an address."""
    page.goto(f"{places.login}?{urlencode({'email': email} | ({'to': to} if to else {}))}")
    expect(page.get_by_role("heading", name="Who signs in?")).to_be_visible()


def landed(page: Page, place: str = "/dashboard") -> None:
    page.wait_for_url(f"**{place}")
    expect(page.get_by_role("heading", name="What Convex is told")).to_be_visible()


def test_a_newcomer_picks_somebody_and_lands_on_the_dashboard_with_a_role_and_why(
    page: Page, places: Places, seen: Seen, picture: Picture
) -> None:
    page.goto(places.idp)
    picture(page, "idp")
    pick(page, "Mia Chen")
    landed(page)
    picture(page, "dashboard")
    expect(page.get_by_role("heading", name="Mia Chen")).to_be_visible()
    text = page.inner_text("main")
    assert "mia.chen@acme.example · admin in Production" in text
    assert "Platform runs production ← group platform-engineering" in text
    assert '"org_role": "org:admin"' in text
    assert (seen.hosts, seen.complaints) == ({"127.0.0.1"}, [])


def test_a_sign_in_by_address_opens_the_page_that_was_wanted(page: Page, places: Places) -> None:
    page.goto(places.login)
    page.get_by_label("Your work e-mail address").fill("jonas.weber@nordwind.example")
    page.get_by_role("button", name="Continue").click()
    pick(page, "Jonas Weber")
    landed(page)
    assert "editor in Research" in page.inner_text("main")
    page.get_by_role("button", name="Sign out").click()
    begin(page, places, "jonas.weber@nordwind.example", to="/reports/7?tab=all")
    pick(page, "Jonas Weber")
    landed(page, "/dashboard/reports/7?tab=all")


def test_an_owner_is_sent_back_once_for_a_second_factor(page: Page, places: Places, seen: Seen, picture: Picture) -> None:
    begin(page, places, "ada.okafor@acme.example")
    pick(page, "Ada Okafor", second_factor=False)
    expect(page.get_by_text("The service asks for a second factor.")).to_be_visible()
    picture(page, "step-up")
    expect(page.get_by_label("was used")).to_be_checked()
    expect(page.get_by_label("Ada Okafor")).to_be_checked()  # whom the IdP knows already
    page.get_by_role("button", name="Sign in").click()
    landed(page)
    assert "owner in Production" in page.inner_text("main")
    assert seen.complaints == []


def test_an_owner_who_declines_a_second_factor_is_refused(page: Page, places: Places) -> None:
    begin(page, places, "henrik.sorensen@acme.example")
    pick(page, "Henrik Sørensen", second_factor=False)
    expect(page.get_by_text("The service asks for a second factor.")).to_be_visible()
    pick(page, "Henrik Sørensen", second_factor=False)
    refused(page, places)


@pytest.mark.parametrize("wrong", ["expired", "audience", "key", "cancelled"])
def test_a_response_that_is_not_right_ends_at_a_page_without_detail(page: Page, places: Places, wrong: str) -> None:
    begin(page, places, "mia.chen@acme.example")
    pick(page, "Mia Chen", wrong=wrong)
    refused(page, places)


def test_somebody_who_has_left_is_refused(page: Page, places: Places, seen: Seen, picture: Picture) -> None:
    page.goto(places.idp)
    pick(page, "Carlos Mendes")
    expect(page.get_by_role("heading", name="This account is not active")).to_be_visible()
    picture(page, "refused")
    refused(page, places)
    assert seen.hosts == {"127.0.0.1"}


def refused(page: Page, places: Places) -> None:
    """A page of the bridge's, with a contact and a number, and with nothing about why."""
    page.wait_for_url(f"{places.bridge}/saml/**/acs")
    text = page.inner_text("body")
    assert "identity@acme.example" in text
    assert re.search(r"\b[0-9a-f]{32}\b", text)
    assert not re.search(r"signature|digest|audience|expired|assertion|NoAuthn", text, re.IGNORECASE)
    page.goto(f"{places.sandbox}/dashboard")
    page.wait_for_url("**/dashboard/sign-in?**")  # nobody is signed in


def test_a_sign_in_that_the_idp_begins_is_refused_where_nobody_allowed_it(page: Page, places: Places) -> None:
    page.goto(f"{places.sandbox}/idp/example-entra")
    pick(page, "Jonas Weber")
    page.wait_for_url(f"{places.bridge}/saml/**/acs")
    expect(page.get_by_role("heading", name="Who signs in?")).not_to_be_visible()


def test_somebody_new_is_made_at_their_first_sign_in_with_the_groups_that_were_picked(page: Page, places: Places) -> None:
    begin(page, places, "nina.new@nordwind.example")
    page.get_by_text("Somebody else").click()
    page.get_by_label("E-mail").fill("nina.new@nordwind.example")
    page.get_by_label("Given name").fill("Nina")
    page.get_by_label("Family name").fill("New")
    page.get_by_label("Id at the IdP").fill("6f1f3f0c-0000-4000-8000-000000000001")
    page.get_by_role("checkbox", name="Research Leads").check()
    page.get_by_role("button", name="Sign in").click()
    landed(page)
    text = page.inner_text("main")
    assert "Nina New" in text
    assert "admin in Research" in text
    assert "Research leads ← group Research Leads" in text


def test_who_signs_out_at_the_dashboard_is_signed_out_at_the_bridge_and_the_idp(page: Page, places: Places) -> None:
    page.goto(places.idp)
    pick(page, "Zofia Zielińska")
    landed(page)
    page.get_by_role("link", name="Sign out at the IdP, too").click()
    page.wait_for_url("**/dashboard/sign-in**")
    assert sessions(places, "zofia.zielinska@acme.example") == {"revoked"}
    page.goto(places.idp)
    expect(page.get_by_label("Sign zofia.zielinska@acme.example out")).to_have_count(0)


def test_who_is_signed_out_at_the_idp_is_signed_out_at_clerk(page: Page, places: Places) -> None:
    page.goto(places.idp)
    pick(page, "Noa Ben-David")
    landed(page)
    assert sessions(places, "noa.bendavid@acme.example") == {"active"}
    page.goto(places.idp)
    page.get_by_label("Sign noa.bendavid@acme.example out").click()
    expect(page.get_by_role("heading", name="Signed out")).to_be_visible()
    assert sessions(places, "noa.bendavid@acme.example") == {"revoked"}
    page.goto(f"{places.sandbox}/dashboard")
    page.wait_for_url("**/dashboard/sign-in?**")


def test_somebody_who_comes_while_clerk_is_away_gets_in_when_it_is_back(page: Page, places: Places) -> None:
    fault = {"match": "POST /v1/sign_in_tokens", "status": 503}
    httpx.post(f"{places.sandbox}/_sandbox/faults", json=fault).raise_for_status()
    page.goto(places.idp)
    pick(page, "Siobhán O'Brien")
    expect(page.get_by_text("tell this number")).to_be_visible()
    landed(page)  # the page goes on by itself
    assert "editor in Production" in page.inner_text("main")


def sessions(places: Places, email: str) -> set[str]:
    """How the sessions of somebody stand at Clerk."""
    state = httpx.get(f"{places.sandbox}/_sandbox/state").json()
    (user,) = [one["id"] for one in state["users"] if one["email_addresses"][0]["email_address"] == email]
    return {one["status"] for one in state["sessions"] if one["user_id"] == user}


def test_a_keyboard_is_enough(page: Page, places: Places) -> None:
    page.goto(places.idp)
    page.keyboard.press("Tab")  # the link to the bridge
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.name")
    assert focused == "person"
    for _ in range(6):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "mia.chen@acme.example"
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    landed(page)


def test_every_field_of_the_pages_has_a_name(page: Page, places: Places) -> None:
    for url in (places.idp, places.login, f"{places.sandbox}/dashboard/sign-in", places.sandbox):
        page.goto(url)
        nameless = page.evaluate(
            """[...document.querySelectorAll("input:not([type=hidden]), select, button")].filter(
              one => !one.labels?.length && !one.ariaLabel && !one.textContent.trim()).map(one => one.outerHTML)"""
        )
        assert (nameless, page.evaluate("document.documentElement.lang")) == ([], "en"), url


def test_a_browser_without_scripts_gets_in_with_one_click_more(
    profiles: Callable[..., BrowserContext], places: Places
) -> None:
    page = profiles(java_script_enabled=False).new_page()
    page.goto(places.idp)
    pick(page, "Arjun Raghunathan")
    page.get_by_role("button", name="Go on").click()
    landed(page)
    assert "editor in Production" in page.inner_text("main")
