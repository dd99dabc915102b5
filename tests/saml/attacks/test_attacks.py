"""Every attack at the gate, one by one: refused for the right reason, at a small price, and nothing was opened."""

from collections import Counter

import pytest

from tests.saml.attacks.attack import Attack
from tests.saml.attacks.galleries import ATTACKS, GALLERIES
from tests.saml.attacks.harness import complaint, fire
from tests.support.saml import say, signer


@pytest.fixture(scope="module", autouse=True)
def _everything_is_loaded() -> None:
    """What the first message loads is no attacker's doing."""
    from tests.saml.attacks.attack import Shot
    from tests.support.saml import party

    keys = (signer("sp"),)
    for at, message in ((party(), say(signed="both")), (party(keys=keys), say(encrypted_to=keys[0])), (party(), "")):
        fire(Shot(message, at))


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.id)
def test_an_attacker_gets_nothing(attack: Attack) -> None:
    shot = attack.shot()
    assert complaint(attack, shot, fire(shot)) is None


def test_every_class_has_a_message_that_is_accepted() -> None:
    """Else it could be refused for whatever reason."""
    without = [gallery.name for gallery in GALLERIES if not any(attack.control for attack in gallery.attacks)]
    assert without == []


def test_the_attacks_are_many_and_no_two_have_one_name() -> None:
    assert len([attack for attack in ATTACKS if not (attack.control or attack.harmless)]) >= 250
    assert [name for name, times in Counter(attack.id for attack in ATTACKS).items() if times > 1] == []


def test_whatever_goes_wrong_with_a_key_of_ours_is_one_answer() -> None:
    """A second answer would be an oracle for plaintexts (XML Encryption 1.1 §6.1.1)."""
    [oracles] = [gallery for gallery in GALLERIES if gallery.name == "oracles"]
    answers = set()
    for attack in (one for one in oracles.attacks if not (one.control or one.harmless)):
        refusal = fire(attack.shot()).refusal
        assert refusal is not None
        answers.add((refusal.code, refusal.sentence, refusal.hint, refusal.page))
    assert len(answers) == 1
