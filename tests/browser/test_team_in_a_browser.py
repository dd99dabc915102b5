"""What an identity team sees: the page to copy from, and a test login that signs nobody in."""

import json
import os
import subprocess
import sys
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Places, Seen
from tests.browser.test_sign_in_in_a_browser import Picture, pick


def test_the_page_copies_what_is_to_be_pasted(
    profiles: Callable[..., BrowserContext], places: Places, picture: Picture
) -> None:
    profile = profiles(permissions=["clipboard-read", "clipboard-write"])
    page, complaints = profile.new_page(), list[str]()
    page.on("console", lambda said: complaints.append(said.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_viewport_size({"width": 1000, "height": 800})
    page.goto(f"{places.bridge}/saml/example-entra")
    expect(page.get_by_role("heading", name="example-entra at Microsoft Entra ID")).to_be_visible()
    picture(page, "team")
    acs = f"{places.bridge}/saml/example-entra/acs"
    button = page.get_by_role("button", name=f"Copy {acs}", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text(f"Copied: {acs}")
    assert page.evaluate("navigator.clipboard.readText()") == acs
    row = page.get_by_role("row").filter(has_text="externalId")
    assert "objectId" in row.inner_text()
    assert complaints == []


def test_the_page_can_be_read_without_scripts(profiles: Callable[..., BrowserContext], places: Places) -> None:
    page = profiles(java_script_enabled=False).new_page()
    page.goto(f"{places.bridge}/saml/example-okta")
    assert f"{places.bridge}/saml/example-okta/acs" in page.inner_text("main")
    assert page.get_by_role("button").count() == 0


def test_a_test_login_shows_what_came_and_what_the_rules_make_of_it(
    page: Page, places: Places, seen: Seen, picture: Picture
) -> None:
    page.set_viewport_size({"width": 1000, "height": 800})
    page.goto(_link(places))
    page.get_by_role("button", name="Begin the test login").click()
    pick(page, "Mia Chen")
    expect(page.get_by_role("heading", name="Test login at example-okta")).to_be_visible()
    picture(page, "tried")
    text = page.inner_text("main")
    assert "The person would have been let in." in text
    assert "found by id: Mia Chen, active" in text
    assert "Platform runs production (group platform-engineering)" in text
    assert "mia.chen@acme.example" in text
    assert (seen.hosts, seen.complaints) == ({"127.0.0.1"}, [])
    page.goto(f"{places.sandbox}/dashboard")
    expect(page.get_by_role("heading", name="Mia Chen")).not_to_be_visible()


def _link(places: Places) -> str:
    """As an operator makes one."""
    known = {"BRIDGE_CONFIG": str(places.folder / "config"), "BRIDGE_DATA": str(places.folder / "data")}
    command = [sys.executable, "-m", "bridge.cli", "saml", "test", "example-okta", "--json"]
    environment = {**os.environ, **known, "BRIDGE_PUBLIC_URL": places.bridge}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return str(json.loads(done.stdout)["url"])
