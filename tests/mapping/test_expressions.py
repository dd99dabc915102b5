"""Where a fact stands: names, templates and fallbacks, the same over what SCIM and what SAML sends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.expressions import BadExpression, evaluate, expression
from mappings.providers import PROVIDERS, preset
from scim.person import value

USER = {
    "userName": "ada@acme.example",
    "nickName": " ",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"value": "home@x.example", "type": "home"}, {"value": "ada@work.example", "type": "work"}],
}
CLAIMS = {"givenname": ["Ada"], "surname": ["Lovelace"], "empty": [""], "groups": ["a", "b"]}


def scim(*written):
    return expression(list(written)).values(lambda path: value(USER, path))


def saml(*written):
    return expression(list(written)).values(lambda name: CLAIMS.get(name, ()))


def test_a_name_is_all_of_its_values():
    assert saml("groups") == ("a", "b")
    assert scim("emails.value") == ("home@x.example", "ada@work.example")


def test_the_first_that_is_sent_counts_and_blanks_are_not_sent():
    assert scim("displayName", "nickName", "name.givenName", "userName") == ("Ada",)
    assert saml("nothing", "empty", "surname", "givenname") == ("Lovelace",)


def test_nothing_sent_is_nothing():
    assert scim("displayName", "nickName") == ()
    assert expression(None).values(lambda name: ["x"]) == ()


def test_a_template_joins_values_and_is_not_sent_if_a_piece_is_missing():
    assert scim("{name.givenName} {name.familyName}") == ("Ada Lovelace",)
    assert saml("{surname}, {givenname}") == ("Lovelace, Ada",)
    assert scim("{name.givenName} ({title})") == ()
    assert scim("{nickName} {name.familyName}", "userName") == ("ada@acme.example",)


def test_a_template_takes_the_first_value_of_each_name():
    assert saml("{groups}-{ groups }") == ("a-a",)


def test_a_path_in_a_template_may_have_a_filter():
    assert scim('<{emails[type eq "work"].value}>') == ("<ada@work.example>",)


def test_doubled_braces_are_braces():
    assert scim("{{{name.givenName}}}") == ("{Ada}",)


@pytest.mark.parametrize(
    ("text", "part", "message"),
    [
        ("{name.givenName", "{name.givenName", "the brace { has no partner"),
        ("Dr. name.givenName}", "}", "the brace } has no partner"),
        ("{} {b}", "{}", "a name is missing here"),
        ("", "", "a name is missing here"),
        ("{{a}}", "{{a}}", "{{a}} reads nothing"),
    ],
)
def test_what_is_no_expression_says_which_part_of_it(text, part, message):
    with pytest.raises(BadExpression) as caught:
        expression(text)
    assert (caught.value.part, caught.value.message) == (part, message)
    assert caught.value.hint


def test_the_first_usable_value_may_stand_in_a_later_choice():
    found = expression(["name.givenName", "emails.value"]).first(
        lambda path: value(USER, path), lambda text: text if "@work" in text else None
    )
    assert found == "ada@work.example"


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.sampled_from(["", " ", "x", "y"]), max_size=2)))
def test_a_chain_is_its_first_link_that_is_sent(sent):
    chain = ["a", "{b}-{c}", "c"]
    alone = [expression(one).values(lambda name: sent.get(name, ())) for one in chain]
    whole = expression(chain).values(lambda name: sent.get(name, ()))
    assert whole == next((values for values in alone if values), ())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_presets_display_name_falls_back_on_the_parts_of_the_name_in_both_protocols(provider):
    names = preset(provider).attributes
    scim_facts = evaluate({key: one.scim for key, one in names.items()}, lambda path: value(USER, path))
    first, last = (next(iter(names[key].saml.written)) for key in ("first_name", "last_name"))
    claims = {name: ["Ada"] for name in names["first_name"].saml.written} | {
        name: ["Lovelace"] for name in names["last_name"].saml.written
    }
    saml_facts = evaluate({key: one.saml for key, one in names.items()}, lambda name: claims.get(name, ()))
    assert first != last
    for facts in (scim_facts, saml_facts):
        shown = {key: facts[key] for key in ("first_name", "last_name", "display_name")}
        assert shown == {"first_name": ("Ada",), "last_name": ("Lovelace",), "display_name": ("Ada Lovelace",)}
