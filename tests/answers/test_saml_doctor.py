"""What `saml doctor` makes of what it sees: a finding for each thing that keeps people out, with what to do about it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bridge.answers.saml.doctor import CHECKS, judge
from bridge.answers.saml.doctor.look import Asked, Heard, Look, People
from bridge.answers.saml.trail import Came
from bridge.finding import Verdict
from bridge.people.asserted import Asserted
from bridge.saml import publish
from bridge.saml.ours import ours
from bridge.saml.standing import Shown, Standing
from tests.answers.test_saml_guide import settings
from tests.support.saml import IDP, signer

NOW = 1_800_000_000_000
HOUR, DAY = 3_600_000, 86_400_000
MS_GROUPS = "http://schemas.microsoft.com/ws/2008/06/identity/claims/groups"


def heard(external_id: str | None = "u1", **attributes: str) -> Heard:
    sent = {"email": "ada@acme.example", "id": "u1", **attributes}
    return Heard(Asserted(NOW - HOUR, {name: (value,) for name, value in sent.items() if value}, NOW), external_id)


def came(code: str | None = None, *, ago: int = HOUR, second_factor: str | None = None) -> Came:
    sentence = "It was refused." if code else None
    return Came(NOW - ago, "ada@acme.example", "r1", code, sentence, second_factor, {})


def shown(whose: Any = "idp", left: int | None = None) -> Shown:
    one = signer("ours" if whose == "ours" else "idp").certificate
    return Shown(whose, one.fingerprint, one.begins, one.ends, left)


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """A connection with which everything is well: one that only the checks can judge."""
    return looking(tmp_path)


def looking(folder: Path, **keys: Any) -> Look:
    known = settings(folder, **{"mode": "enforce", **keys})
    known = replace(known, bridge=replace(known.bridge, dashboard_url="https://app.example/sign-in"))
    connection = known.connections["acme"]
    here, saml = ours(known.bridge.public_url, connection), connection.sign_in.saml
    assert saml is not None
    document = publish.metadata(here, saml)
    standing = Standing("acme", saml.metadata, IDP, f"{IDP}/sso", None, False, (shown(),), NOW - HOUR, NOW, None, None, ())
    return Look(
        at=NOW,
        settings=known,
        connection=connection,
        saml=saml,
        here=here,
        document=document,
        standing=standing,
        idp=Asked(NOW, b"", None),
        front=Asked(NOW, document, None),
        serves=1,
        people=People(3, 3, 2),
        heard=(heard(),),
        lasted=(),
        sign_ins=(came(),),
        refusals=(),
    )


def told(look: Look, name: str) -> list[tuple[Verdict, str]]:
    return [(one.finding.verdict, one.finding.sentence) for one in judge(look) if one.check.name == name]


def of(look: Look, name: str) -> set[Verdict]:
    return {verdict for verdict, _ in told(look, name)}


def test_where_everything_is_well_nothing_is_wrong(look: Look) -> None:
    assert {one.finding.verdict for one in judge(look)} == {Verdict.OK}
    assert {one.check.name for one in judge(look)} == {check.name for check in CHECKS}


def test_every_check_has_something_to_say_before_anybody_came(tmp_path: Path) -> None:
    both = replace(looking(tmp_path, sign_in={"groups_from": "both"}), heard=(), sign_ins=())
    assert {one.check.name for one in judge(both)} == {check.name for check in CHECKS}


def test_whatever_is_wrong_comes_with_what_to_do(look: Look) -> None:
    broken = replace(
        look,
        standing=replace(look.standing, entity_id=None, warnings=("nobody can sign in: there is no metadata",)),
        front=Asked(problem="nothing answers."),
        heard=(heard("other", email="", groups="x"),),
        people=People(0, 0, 0),
        sign_ins=(),
        refusals=(came("saml_audience"),),
    )
    found = [one for one in judge(broken) if one.finding.verdict is not Verdict.OK]
    assert len(found) > 5
    assert [one for one in found if not one.finding.hint] == []


def test_without_rules_nobody_gets_anything(look: Look) -> None:
    assert of(look, "rules") == {Verdict.OK}
    assert of(replace(look, serves=None), "rules") == {Verdict.PROBLEM}


@pytest.mark.parametrize(
    ("url", "verdict"),
    [
        ("https://bridge.example", Verdict.OK),
        ("http://127.0.0.1:8080", Verdict.WARNING),
        ("http://localhost:8080", Verdict.WARNING),
        ("http://bridge.example", Verdict.PROBLEM),
    ],
)
def test_the_address_must_be_https_or_this_machines(look: Look, url: str, verdict: Verdict) -> None:
    known = replace(look.settings, bridge=replace(look.settings.bridge, public_url=url))
    assert of(replace(look, settings=known), "address") == {verdict}


def test_what_answers_at_our_address_must_be_us(look: Look) -> None:
    assert of(replace(look, front=Asked(NOW, b"<html>", None)), "front") == {Verdict.PROBLEM}
    assert of(replace(look, front=Asked(problem="it answers 502.")), "front") == {Verdict.WARNING}


def test_there_must_be_a_dashboard_to_go_on_to(look: Look) -> None:
    def at(url: str | None) -> set[Verdict]:
        bridge = replace(look.settings.bridge, dashboard_url=url)
        return of(replace(look, settings=replace(look.settings, bridge=bridge)), "dashboard")

    assert at("https://app.example/sign-in") == {Verdict.OK}
    assert at(None) == {Verdict.PROBLEM}
    assert at("http://app.example/") == {Verdict.PROBLEM}


def test_the_warnings_of_status_are_said_and_no_metadata_is_a_problem(look: Look) -> None:
    standing = replace(look.standing, warnings=("a signing certificate of the IdP ends within 7 days: x",))
    assert (Verdict.WARNING, "A signing certificate of the IdP ends within 7 days: x.") in told(
        replace(look, standing=standing), "metadata"
    )
    none = replace(look.standing, entity_id=None, fetched=None, warnings=("nobody can sign in: there is no metadata.",))
    assert told(replace(look, standing=none), "metadata") == [(Verdict.PROBLEM, "Nobody can sign in: there is no metadata.")]
    assert Verdict.WARNING in of(replace(look, idp=Asked(problem="it answers 404.")), "metadata")


def test_an_idp_that_offers_logout_can_be_told_of_one_only_with_a_key(look: Look) -> None:
    offers = replace(look, standing=replace(look.standing, slo=f"{IDP}/slo"))
    assert of(offers, "keys") == {Verdict.WARNING}
    assert of(replace(offers, saml=replace(look.saml, single_logout=False)), "keys") == {Verdict.OK}
    assert of(replace(offers, here=replace(look.here, keys=(signer("ours").key,))), "keys") == {Verdict.OK}


def test_clocks_may_differ_by_what_the_settings_allow(look: Look) -> None:
    def off(seconds: int) -> set[Verdict]:
        return of(replace(look, idp=Asked(NOW - seconds * 1000, b"", None)), "clock")

    assert (off(10), off(100), off(200)) == ({Verdict.OK}, {Verdict.WARNING}, {Verdict.PROBLEM})
    assert of(replace(look, idp=None), "clock") == set()


def test_an_id_that_is_not_the_directorys_is_a_problem_and_none_a_warning(look: Look) -> None:
    assert of(replace(look, heard=(heard("mailNickname"),)), "known_by") == {Verdict.PROBLEM}
    assert of(replace(look, heard=(heard(None),)), "known_by") == {Verdict.OK}
    assert of(replace(look, heard=(heard(id=""),)), "known_by") == {Verdict.WARNING}


def test_addresses_that_are_missing_or_nobodys_here_are_warned_of(look: Look) -> None:
    elsewhere = told(replace(look, heard=(heard(email="ada@elsewhere.example"),)), "domains")
    assert [verdict for verdict, _ in elsewhere] == [Verdict.WARNING]
    assert "elsewhere.example" in elsewhere[0][1]
    guest = told(replace(look, heard=(heard(email="ada_home.example#EXT#@acme.example"),)), "domains")
    assert guest == [(Verdict.WARNING, "1 of the last 1 who signed in came without an address.")]
    nobody = replace(look, connection=replace(look.connection, domains=()))
    assert of(nobody, "domains") == {Verdict.PROBLEM}


def test_jit_must_fit_the_directory(tmp_path: Path) -> None:
    assert of(replace(looking(tmp_path), people=People(0, 0, 0)), "just_in_time") == {Verdict.PROBLEM}
    none = looking(tmp_path, directory="none")
    assert of(none, "just_in_time") == {Verdict.OK}
    off = looking(tmp_path, directory="none", sign_in={"jit": "off"})
    assert of(off, "just_in_time") == {Verdict.PROBLEM}


def test_groups_must_come_from_where_they_are_read(tmp_path: Path) -> None:
    both = looking(tmp_path, provider="entra", sign_in={"groups_from": "both"})
    assert of(both, "groups") == {Verdict.PROBLEM}
    assert of(replace(both, heard=(heard(**{MS_GROUPS: "g"}),)), "groups") == {Verdict.OK}
    link = heard(**{"http://schemas.microsoft.com/claims/groups.link": "https://graph.example/"})
    assert of(replace(both, heard=(link,)), "groups") == {Verdict.WARNING}
    assert of(looking(tmp_path, provider="entra"), "groups") == {Verdict.OK}


def test_a_second_factor_that_never_comes_is_told_where_somebody_was_refused_for_it(tmp_path: Path) -> None:
    asked = looking(tmp_path, sign_in={"mfa": {"required_for": ["owner"]}})
    assert of(asked, "second_factor") == {Verdict.OK}
    refused = replace(asked, refusals=(came("sign_in_second_factor"),))
    assert of(refused, "second_factor") == {Verdict.WARNING}
    assert of(replace(refused, sign_ins=(came(second_factor="mfa"),)), "second_factor") == {Verdict.OK}


def test_a_way_back_for_what_proves_nothing_is_told_before_anybody_is_refused(tmp_path: Path) -> None:
    own: dict[str, Any] = {"required_for": ["owner"], "request": ["urn:acme:strong"]}
    assert of(looking(tmp_path, sign_in={"mfa": own}), "second_factor") == {Verdict.WARNING}
    assert of(looking(tmp_path, sign_in={"mfa": {**own, "accept": ["urn:acme:strong"]}}), "second_factor") == {Verdict.OK}
    assert of(looking(tmp_path, sign_in={"mfa": {**own, "missing": "refuse"}}), "second_factor") == {Verdict.OK}


def test_sessions_that_the_idp_ends_after_minutes_are_told(tmp_path: Path) -> None:
    always = looking(tmp_path, sign_in={"sessions": {"from_idp": "always"}})
    assert of(replace(always, lasted=(300_000,)), "sessions") == {Verdict.WARNING}
    assert of(replace(always, lasted=(8 * HOUR,)), "sessions") == {Verdict.OK}
    assert of(replace(looking(tmp_path), lasted=(300_000,)), "sessions") == {Verdict.OK}


def test_a_refusal_since_the_last_sign_in_is_told_with_what_to_do(look: Look) -> None:
    before = replace(look, refusals=(came("saml_audience", ago=2 * HOUR),))
    assert of(before, "refusals") == {Verdict.OK}
    since = [one for one in judge(replace(before, sign_ins=())) if one.check.name == "refusals"]
    assert since[0].finding.verdict is Verdict.WARNING
    assert "with saml_audience: It was refused." in since[0].finding.sentence
    assert since[0].finding.hint == f"The IdP's entity id (audience) for us must be exactly {look.here.entity_id}."


def test_where_nobody_came_yet_a_test_login_is_offered(look: Look) -> None:
    (one,) = [one for one in judge(replace(look, sign_ins=())) if one.check.name == "sign_ins"]
    assert one.finding.verdict is Verdict.BY_HAND
    assert "inferpipe-bridge saml test acme" in (one.finding.hint or "")


def test_sign_ins_that_begin_at_the_idp_are_warned_of(look: Look) -> None:
    assert of(replace(look, saml=replace(look.saml, idp_initiated=True)), "idp_initiated") == {Verdict.WARNING}


def test_a_connection_that_only_observes_is_told_to(look: Look) -> None:
    assert of(replace(look, connection=replace(look.connection, mode="observe")), "mode") == {Verdict.WARNING}
