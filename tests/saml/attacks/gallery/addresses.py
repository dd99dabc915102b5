"""Recipient, Destination, Audience and Issuer that look like ours: each is compared as a whole, octet by octet."""

from typing import Any

from lxml import etree

from tests.saml.attacks.attack import Gallery
from tests.support.saml import IDP, party, say
from tests.support.saml.surgery import before, element, find, text_before

addresses = Gallery("addresses")
Tree = etree._Element
ACS = party().acs
ENTITY = party().entity_id


@addresses.control
def ours_exactly() -> str:
    return say(signed="both")


@addresses.control
def no_destination_in_a_response_that_is_not_signed() -> str:
    return say(destination=None)


def likes(address: str, user: str = "acme") -> dict[str, str]:
    """Addresses like that one which are others."""
    rest = address.removeprefix("https://")
    host, _, path = rest.partition("/")
    return {
        "one character more": address + "0",
        "one character less": address[:-1],
        "a slash at the end": address + "/",
        "two slashes": f"https://{host}//{path}",
        "a query": address + "?a=1",
        "an empty query": address + "?",
        "a fragment": address + "#a",
        "another's address that carries ours in its query": f"https://evil.test/?u={address}",
        "another's address that carries ours in its fragment": f"https://evil.test/#{address}",
        "another's address that carries ours in its path": f"https://evil.test/{address}",
        "our host as user of another": f"https://{host}@evil.test/{path}",
        "our host as a part of another": f"https://{host}.evil.test/{path}",
        "another host that ends as ours": f"https://evil{host}/{path}",
        "a user before our host": f"https://evil@{host}/{path}",
        "upper case": address.upper(),
        "an upper-case host": address.replace(host, host.upper()),
        "an upper-case path": address.replace(path, path.upper()),
        "a percent-encoded letter": address.replace("acme", "%61cme"),
        "a percent-encoded slash": address.replace("saml/", "saml%2F"),
        "http": address.replace("https:", "http:"),
        "the port written out": address.replace(host, host + ":443"),
        "another port": address.replace(host, host + ":8443"),
        "a dot after the host": address.replace(host, host + "."),
        "a dot segment": address.replace("/saml/", "/./saml/"),
        "dots that come back": address.replace("/saml/", "/saml/../saml/"),
        "a space before": " " + address,
        "a space after": address + " ",
        "a line end after": address + "\n",
        "a no-break space after": address + "\u00a0",
        "a zero-width space inside": address.replace("acme", "ac\u200bme"),
        "a letter of another script": address.replace("a", "а", 1) if "a" in host else address.replace("acme", "аcme"),
        "full-width letters": address.replace("acme", "ａcme"),
        "a host in punycode": address.replace(host, "xn--bridge-9za.test"),
        "no scheme": rest,
        "no host": "/" + path,
        "ours twice": f"{address} {address}",
        "a star": f"https://{host}/*",
        "another connection's": address.replace("/acme", "/acme2"),
        "another connection's that ours begins with": address.replace("/acme", "/acm"),
    }


for sentence, address in likes(ACS).items():
    addresses.row(f"a recipient like ours: {sentence}", lambda address=address: say(recipient=address), "saml_recipient")
    addresses.row(
        f"a signed destination like ours: {sentence}",
        lambda address=address: say(signed="response", destination=address),
        "saml_destination",
    )
for sentence, address in likes(ENTITY).items():
    if sentence not in {"a space before", "a space after", "a line end after"}:  # an element's text, see below
        addresses.row(f"an audience like us: {sentence}", lambda address=address: say(audience=address), "saml_audience")
for sentence, address in likes(IDP, "").items():
    if sentence not in {"a space before", "a space after", "a line end after"} and address != IDP:
        addresses.row(f"an issuer like theirs: {sentence}", lambda address=address: say(issuer=address), "saml_issuer")
for sentence, address in {"another path": ACS + "x", "another host": "https://evil.test/", "our entity id": ENTITY}.items():
    addresses.row(
        f"a destination that nobody signed: {sentence}",
        lambda address=address: say(destination=address),
        "saml_destination",
    )


@addresses.because("saml_recipient")
def our_entity_id_as_recipient() -> str:
    return say(recipient=ENTITY)


@addresses.because("saml_audience")
def our_acs_as_audience() -> str:
    return say(audience=ACS)


@addresses.because("saml_issuer")
def the_assertion_of_another_issuer_than_the_response() -> str:
    return say(signed="both", issuer_of_assertion="https://evil.test/")


@addresses.because("saml_issuer")
def the_response_of_another_issuer_than_the_assertion() -> str:
    return say(issuer="https://evil.test/", issuer_of_assertion=IDP)


@addresses.control
def a_response_without_an_issuer_of_its_own() -> str:
    return say(issuer=None, issuer_of_assertion=IDP)


@addresses.because("saml_issuer")
def an_issuer_of_a_format_that_is_no_entity() -> str:
    return before(
        lambda tree: find(tree, "Assertion")[0].set("Format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent")
    )


def _restriction(*names: str) -> str:
    inside = "".join(f"<saml:Audience>{name}</saml:Audience>" for name in names)
    return f"<saml:AudienceRestriction>{inside}</saml:AudienceRestriction>"


def _restricted(*restrictions: tuple[str, ...]) -> str:
    return text_before((_restriction(ENTITY), "".join(_restriction(*names) for names in restrictions)))


@addresses.control
def several_audiences_of_which_we_are_one() -> str:
    return _restricted(("https://other.test/", ENTITY))


@addresses.control
def two_restrictions_that_both_name_us() -> str:
    return _restricted((ENTITY,), ("https://other.test/", ENTITY))


@addresses.because("saml_audience")
def two_restrictions_of_which_the_first_names_us() -> str:
    return _restricted((ENTITY,), ("https://other.test/",))


@addresses.because("saml_audience")
def two_restrictions_of_which_the_last_names_us() -> str:
    return _restricted(("https://other.test/",), (ENTITY,))


@addresses.because("saml_audience")
def an_empty_restriction_beside_one_that_names_us() -> str:
    return _restricted((ENTITY,), ())


@addresses.because("saml_audience")
def us_in_two_audiences_half_each() -> str:
    return _restricted((ENTITY[:10], ENTITY[10:]))


@addresses.because("saml_condition")
def a_condition_that_nobody_knows() -> str:
    return before(lambda tree: find(tree, "Conditions").append(element('<x:only xmlns:x="urn:x"/>')))


@addresses.because("saml_condition")
def a_condition_of_a_type_that_nobody_knows() -> str:
    unknown = '<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:x="urn:x" xsi:type="x:only"/>'
    return before(lambda tree: find(tree, "Conditions").append(element(unknown)))


@addresses
def two_conditions_elements() -> str:
    return before(lambda tree: find(tree, "Conditions").addnext(element("<saml:Conditions/>")))


@addresses.control
def to_be_used_once_and_by_no_proxy() -> str:
    def cut(tree: Tree) -> None:
        find(tree, "Conditions").append(element("<saml:OneTimeUse/>"))
        find(tree, "Conditions").append(element('<saml:ProxyRestriction Count="0"/>'))

    return before(cut)


def _confirmed(*which: dict[str, Any]) -> str:
    """Several SubjectConfirmations, each the usual one with some attributes otherwise (None: without)."""

    def cut(tree: Tree) -> None:
        import copy

        usual = find(tree, "SubjectConfirmation")
        parent = usual.getparent()
        assert parent is not None
        for changes in which:
            one = copy.deepcopy(usual)
            for name, value in changes.items():
                holder = one if name == "Method" else one[0]
                if value is None:
                    del holder.attrib[name]
                else:
                    holder.set(name, value)
            parent.append(one)
        parent.remove(usual)

    return before(cut)


OLD, LATER = "2026-09-21T14:00:00Z", "2026-09-21T14:18:00Z"


@addresses.control
def two_confirmations_of_which_one_holds() -> str:
    return _confirmed({"Recipient": "https://evil.test/"}, {})


@addresses
def a_confirmation_for_us_that_is_over_and_one_for_another_that_is_not() -> str:
    return _confirmed({"NotOnOrAfter": OLD}, {"Recipient": "https://evil.test/"})


@addresses
def a_confirmation_without_an_end_and_one_for_another() -> str:
    return _confirmed({"NotOnOrAfter": None}, {"Recipient": "https://evil.test/"})


@addresses
def a_confirmation_that_begins() -> str:
    return _confirmed({"NotBefore": OLD})


@addresses
def a_confirmation_that_has_yet_to_begin() -> str:
    return _confirmed({"NotBefore": LATER})


for method in ("holder-of-key", "sender-vouches", "Bearer", "bearer ", "artifact"):
    addresses.row(
        f"a confirmation by the method {method!r}",
        lambda method=method: _confirmed({"Method": f"urn:oasis:names:tc:SAML:2.0:cm:{method}"}),
    )


@addresses
def a_confirmation_by_the_method_of_saml_1() -> str:
    return _confirmed({"Method": "urn:oasis:names:tc:SAML:1.0:cm:bearer"})


@addresses
def two_confirmations_of_which_the_one_that_holds_has_another_method() -> str:
    return _confirmed({"Method": "urn:oasis:names:tc:SAML:2.0:cm:sender-vouches"}, {"Recipient": "https://evil.test/"})
