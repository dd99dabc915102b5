"""Who is meant, and what is said of them."""

import pytest
from lxml import etree

from bridge.saml.claims import LONGEST_NAME_ID
from tests.saml.gated import accepted, refused
from tests.support.saml import party, say
from tests.support.saml.surgery import before, drop, element, find

SP = party().entity_id
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def _attribute(inside: str, name: str = "more") -> etree._Element:
    declared = f'xmlns:xsi="{_XSI}" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    return element(f'<saml:Attribute {declared} Name="{name}">{inside}</saml:Attribute>')


def _with(inside: str, name: str = "more") -> str:
    return before(lambda tree: find(tree, "AttributeStatement").append(_attribute(inside, name)))


class TestNameId:
    @pytest.mark.parametrize("value", ["", " ", "\n\t"])
    def test_nobody_has_an_empty_name(self, value: str) -> None:
        assert refused(say(name_id=value)) == "saml_name_id"

    def test_nobody_is_meant_without_one(self) -> None:
        assert refused(say(name_id=None)) == "saml_name_id"

    def test_a_name_as_long_as_a_page_is_refused(self) -> None:
        assert accepted(say(name_id="x" * LONGEST_NAME_ID)).id
        assert refused(say(name_id="x" * (LONGEST_NAME_ID + 1))) == "saml_name_id"

    def test_its_qualifiers_are_returned(self) -> None:
        read = accepted(say(name_qualifier="https://idp", sp_name_qualifier=SP, name_format="urn:f")).name_id
        assert (read.format, read.qualifier, read.sp_qualifier) == ("urn:f", "https://idp", SP)

    @pytest.mark.parametrize("qualifier", ["https://other.test", "", SP + "/"])
    def test_a_name_made_for_another_service_provider_is_refused(self, qualifier: str) -> None:
        assert refused(say(sp_name_qualifier=qualifier)) == "saml_name_qualifier"

    def test_whitespace_around_it_is_none_of_it(self) -> None:
        assert accepted(say(name_id="\n  ada@acme.test\n ")).name_id.value == "ada@acme.test"

    def test_an_element_in_it_is_refused(self) -> None:
        assert refused(before(lambda tree: find(tree, "NameID").append(element("<saml:x/>")))) == "saml_shape"

    def test_two_names_are_refused(self) -> None:
        assert (
            refused(before(lambda tree: find(tree, "NameID").addnext(element("<saml:NameID>eve</saml:NameID>"))))
            == "saml_shape"
        )

    def test_an_encrypted_one_is_refused(self) -> None:
        def encrypted(tree: etree._Element) -> None:
            find(tree, "NameID").addnext(element("<saml:EncryptedID/>"))
            drop(find(tree, "NameID"))

        assert refused(before(encrypted)) == "saml_encrypted_id"

    def test_a_name_without_an_alphabet_of_ours_is_read_as_it_is(self) -> None:
        for name in ("ädä@acme.test", "達郎", "a&b<c>\"'", "EXAMPLE\\ada", "ada#EXT#@acme.test"):
            assert accepted(say(name_id=name)).name_id.value == name


class TestAttributes:
    @pytest.mark.parametrize("kind", ["xs:string", "xs:integer", "xs:boolean", "xs:anyType", "xs:date"])
    def test_a_simple_value_of_any_type_is_its_text(self, kind: str) -> None:
        assert accepted(_with(f'<saml:AttributeValue xsi:type="{kind}">1</saml:AttributeValue>')).attributes["more"] == (
            "1",
        )

    def test_values_come_in_order_and_repeated_names_are_one(self) -> None:
        read = accepted(say(attributes=(("a", ("1", "2")), ("b", ("3",)), ("a", ("4",)))))
        assert read.attributes["a"] == ("1", "2", "4")

    def test_names_differ_by_case(self) -> None:
        assert accepted(say(attributes=(("x", ("1",)), ("X", ("2",))))).attributes["x"] == ("1",)

    @pytest.mark.parametrize(
        "value",
        [
            "<saml:AttributeValue/>",
            "<saml:AttributeValue> \n</saml:AttributeValue>",
            '<saml:AttributeValue xsi:nil="true"/>',
            '<saml:AttributeValue xsi:nil="1"/>',
            "",
        ],
    )
    def test_nothing_is_no_value_and_a_name_without_one_is_not_there(self, value: str) -> None:
        assert "more" not in accepted(_with(value)).attributes
        assert accepted(_with(value + "<saml:AttributeValue>x</saml:AttributeValue>")).attributes["more"] == ("x",)

    def test_whitespace_around_a_value_is_none_of_it(self) -> None:
        assert accepted(_with("<saml:AttributeValue>\n  a b \n</saml:AttributeValue>")).attributes["more"] == ("a b",)

    @pytest.mark.parametrize("space", ["\u00a0", "\u2028", "\u3000", "\u0085"])
    def test_a_space_that_is_none_of_xmls_is_a_letter(self, space: str) -> None:
        """A group whose name ends in one is another group."""
        assert accepted(say(attributes=(("a", (f"owners{space}", space)),))).attributes["a"] == (f"owners{space}", space)
        assert accepted(say(name_id=f"ada@acme.test{space}")).name_id.value == f"ada@acme.test{space}"

    def test_a_name_id_as_a_value_is_its_text(self) -> None:
        """eduPersonTargetedID, as Shibboleth sends it."""
        inside = '<saml:AttributeValue><saml:NameID NameQualifier="https://idp">opaque</saml:NameID></saml:AttributeValue>'
        assert accepted(_with(inside)).attributes["more"] == ("opaque",)

    def test_other_elements_are_no_value(self) -> None:
        inside = '<saml:AttributeValue><x xmlns="urn:x">deep</x></saml:AttributeValue>'
        assert "more" not in accepted(_with(inside)).attributes

    def test_a_value_that_two_readers_read_differently_is_refused(self) -> None:
        for inside in ('owners<x xmlns="urn:x">deep</x>', 'owners<x xmlns="urn:x"/>more'):
            assert refused(_with(f"<saml:AttributeValue>{inside}</saml:AttributeValue>")) == "saml_second_opinion"
        assert refused(_with('<saml:AttributeValue xsi:nil="true">owners</saml:AttributeValue>')) == "saml_second_opinion"

    def test_an_attribute_without_a_name_is_refused(self) -> None:
        assert refused(_with("<saml:AttributeValue>x</saml:AttributeValue>", name="")) == "saml_attribute"

    def test_an_encrypted_attribute_is_refused(self) -> None:
        """Passed over, it would look as if the person had none."""
        cut = before(lambda tree: find(tree, "AttributeStatement").append(element("<saml:EncryptedAttribute/>")))
        assert refused(cut) == "saml_encrypted_attribute"

    def test_several_statements_are_read_together(self) -> None:
        more = element("<saml:AttributeStatement/>")
        more.append(_attribute("<saml:AttributeValue>x</saml:AttributeValue>"))
        read = accepted(before(lambda tree: find(tree, "AttributeStatement").addnext(more)))
        assert read.attributes["more"] == ("x",)
        assert read.attributes["email"] == ("ada@acme.test",)

    def test_markup_in_a_value_is_text(self) -> None:
        assert accepted(say(attributes=(("a", ("<b>&amp;", "]]>", "a\tb")),))).attributes["a"] == ("<b>&amp;", "]]>", "a\tb")
