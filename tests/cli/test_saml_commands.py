"""`inferpipe-bridge saml` beside a running service: what to enter, our metadata, a link to a test login."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from bridge.signin import links
from tests.support.at_the_door import Visitor
from tests.support.command_line import json, run
from tests.support.house import House
from tests.support.saml import signer
from tests.support.saml.metadata import metadata_file

Houses = Callable[..., Awaitable[House]]
ADDRESS = {"BRIDGE_PUBLIC_URL": "https://bridge.example"}


async def test_the_guide_says_in_text_and_json_what_to_enter(houses: Houses, tmp_path: Path) -> None:
    rules = [{"name": "Costs", "when": {"attribute": {"costCenter": "7"}}, "grant": {"production": "viewer"}}]
    house = await houses(rules, sign_in={"saml": {"metadata": metadata_file(tmp_path)}})
    told = await run(house, "saml", "guide", "acme", **ADDRESS)
    for line in ("acme at Okta", "Audience URI (SP Entity ID)", "https://bridge.example/saml/acme/acs", "user.firstName"):
        assert line in told
    assert "rules ask for costCenter" in told
    found = await json(house, "saml", "guide", "acme", **ADDRESS)
    assert found["connection"] == "acme"
    values = {one["value"] for section in found["sections"] for one in section["entries"]}
    assert "https://bridge.example/saml/acme" in values
    assert signer().certificate.fingerprint in {one.replace(":", "").lower() for one in values}


async def test_our_metadata_comes_out_as_the_file_to_upload(houses: Houses, tmp_path: Path) -> None:
    house = await houses(sign_in={"saml": {"metadata": metadata_file(tmp_path)}})
    told = await run(house, "saml", "metadata", "acme", **ADDRESS)
    assert told.startswith("<?xml")
    assert 'entityID="https://bridge.example/saml/acme"' in told
    assert 'Location="https://bridge.example/saml/acme/acs"' in told
    found = await json(house, "saml", "metadata", "acme", **ADDRESS)
    assert found == {
        "entity_id": "https://bridge.example/saml/acme",
        "acs": "https://bridge.example/saml/acme/acs",
        "document": told,
    }


async def test_a_link_to_a_test_login_is_good_once_and_audited_without_its_secret(houses: Houses, tmp_path: Path) -> None:
    house = await houses(sign_in={"saml": {"metadata": metadata_file(tmp_path)}})
    made = await json(house, "saml", "test", "acme", **ADDRESS)
    address = urlsplit(made["url"])
    assert (address.netloc, address.path) == ("bridge.example", "/saml/acme/test")
    secret = parse_qs(address.query)["key"][0]
    assert await house.parts.database.write(lambda tx: links.take(tx, "acme", secret, now=house.clock()))
    (event,) = await house.audit("saml.test_link")
    assert event.actor.startswith("cli:")
    assert secret not in str(event)
    assert "Good for one login until" in await run(house, "saml", "test", "acme")


async def test_a_connection_without_saml_is_told_what_to_write(houses: Houses) -> None:
    house = await houses()
    for command in ("guide", "metadata", "test", "doctor"):
        told = await run(house, "saml", command, "acme", code=1)
        assert "Nobody signs in by acme: it has no sign_in.saml." in told
        assert "There is no connection nobody." in await run(house, "saml", command, "nobody", code=1)


async def test_the_doctor_says_why_somebody_was_refused_and_what_to_do(houses: Houses, tmp_path: Path) -> None:
    saml = {"metadata": metadata_file(tmp_path)}
    (tmp_path / "config").mkdir()
    nobody = "public_url: http://127.0.0.1:9\nclerk: {calls_per_10s: 100000}\n"  # what answers there is not this test's
    (tmp_path / "config" / "bridge.yaml").write_text(nobody, encoding="utf-8")
    house = await houses(domains=["acme.test"], sign_in={"saml": saml}, directory="none")
    async with Visitor(house) as visitor:
        assert (await visitor.bring(await visitor.get("/saml/acme/login"), groups=("engineers",))).status == 303
        wrong = {"audience": "https://bridge.example/saml/other"}
        assert (await visitor.bring(await visitor.get("/saml/acme/login"), **wrong)).status == 403
    found = await json(house, "saml", "doctor", "acme")
    verdicts = {one["check"]: one["verdict"] for one in found["checks"]}
    assert [verdicts[one] for one in ("metadata", "rules", "groups", "just_in_time")] == ["ok"] * 4
    assert verdicts["refusals"] == "warning"
    (accepted,), (refused,) = found["sign_ins"], found["refusals"]
    assert (accepted["who"], accepted["facts"]["by"]) == ("ada@acme.test", "created")
    assert (refused["code"], refused["who"]) == ("saml_audience", None)
    assert refused["advice"].endswith(f"must be exactly {house.parts.settings.bridge.public_url}/saml/acme.")
    told = await run(house, "saml", "doctor", "acme")
    assert "last sign-ins" in told
    assert f"saml_audience  (request {refused['request_id']})" in told


async def test_the_doctor_ends_with_an_error_where_nobody_could_sign_in(houses: Houses, tmp_path: Path) -> None:
    saml = {"metadata": metadata_file(tmp_path)}
    house = await houses(sign_in={"saml": saml})
    told = await run(house, "saml", "doctor", "acme", code=1, BRIDGE_PUBLIC_URL="http://bridge.invalid")
    assert "is not https: no browser keeps the cookie" in told
    assert "can't be had from here" in told
