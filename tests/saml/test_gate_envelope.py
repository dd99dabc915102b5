"""What is refused by reading, before there is a tree."""

import base64

import pytest

from bridge.saml import envelope
from bridge.saml.untrusted import Untrusted
from tests.saml.gated import accepted, refused
from tests.support.saml import posted, raw, say
from tests.support.saml.surgery import text_after


def _with(before: str, inserted: str) -> str:
    return text_after((before, inserted + before))


@pytest.mark.parametrize("field", ["", "%%%", "PHNhbWw+A", "PHNhbWw+====", "PHNhbWw+PHg=PHg=", "é", "PHN-bWw_", "\0"])
def test_what_is_not_base64_is_refused(field: str) -> None:
    assert refused(field) in {"saml_encoding", "saml_malformed"}


def test_base64_in_lines_is_read_as_one() -> None:
    message = say()
    lines = "\r\n".join(message[at : at + 76] for at in range(0, len(message), 76))
    assert accepted(lines + "\n") == accepted(message)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32-le", "latin-1"])
def test_only_utf_8_is_read(encoding: str) -> None:
    written = raw(say()).decode().replace("ada@", "adà@").encode(encoding)
    assert refused(base64.b64encode(written).decode()) == "saml_encoding"


@pytest.mark.parametrize("octets", [b"\xff", b"\xc0\xbc", b"\xed\xa0\x80", b"\xf5\x80\x80\x80"])
def test_octets_that_are_no_utf_8_are_refused(octets: bytes) -> None:
    assert refused(posted(raw(say()).replace(b"ada@", b"ada" + octets + b"@"))) == "saml_encoding"


@pytest.mark.parametrize("name", ["iso-8859-1", "UTF-16", "utf-7", "x"])
def test_a_declaration_of_another_encoding_is_refused(name: str) -> None:
    assert refused(posted(f'<?xml version="1.0" encoding="{name}"?>'.encode() + raw(say()))) == "saml_forbidden_markup"


@pytest.mark.parametrize(
    "declaration", ['<?xml version="1.0"?>', "<?xml version='1.0' encoding='utf-8' standalone='yes' ?>\n"]
)
def test_a_declaration_of_utf_8_is_none_of_the_message(declaration: str) -> None:
    assert accepted(posted(declaration.encode() + raw(say()))).name_id.value == "ada@acme.test"


def test_a_nul_and_a_byte_order_mark_are_refused() -> None:
    assert refused(posted(raw(say()) + b"\0")) == "saml_encoding"
    assert refused(posted(b"\xef\xbb\xbf" + raw(say()))) == "saml_encoding"


@pytest.mark.parametrize(
    "markup",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>',
        "<!doctype x>",
        '<!DOCTYPE x SYSTEM "file:///dev/zero">',
        '<?xml-stylesheet href="x"?>',
        "<?php ?>",
        "<!ELEMENT x ANY>",
    ],
)
def test_doctypes_entities_and_instructions_are_refused_wherever_they_stand(markup: str) -> None:
    assert refused(posted(markup.encode() + raw(say()))) == "saml_forbidden_markup"
    assert refused(text_after(("ada@acme.test", f"ada@acme{markup}.test"))) == "saml_forbidden_markup"


def test_a_message_over_the_cap_is_refused_unread() -> None:
    assert refused("A" * (envelope.MOST_BASE64 + 1)) == "saml_too_large"


@pytest.mark.parametrize(
    "inserted",
    [
        "<x/>" * 20_001,
        "<!---->" * 20_001,
        "<x " + " ".join(f'a{n}=""' for n in range(257)) + "/>",
        "<x " + " ".join(f'xmlns:a{n}="u"' for n in range(17)) + "/>",
        "<x " + 'a=">" ' + " ".join(f'xmlns:a{n}="u"' for n in range(17)) + "/>",
    ],
)
def test_more_elements_attributes_or_namespaces_than_any_message_needs_are_refused(inserted: str) -> None:
    assert refused(_with("<saml:Conditions", inserted)) == "saml_too_large"


@pytest.mark.parametrize(
    "around", ["{}", "<y/>{}<y/>", "<y>" + "x" * 2000 + "{}" + "x" * 2000 + "</y>", "<y/>" * 999 + "{}"]
)
@pytest.mark.parametrize("written", ['a{n}=""', "b{n} = '>'", 'a{n}="' + "u" * 99 + '"'])
def test_as_many_as_go_on_one_tag_do_and_one_more_does_not_whatever_stands_around_it(around: str, written: str) -> None:
    def message(times: int, declared: str = "") -> bytes:
        tag = " ".join(["<x", *(declared + written.format(n=n) for n in range(times)), "/>"])
        return f"<m>{around.format(tag)}</m>".encode()

    for most, declared in ((envelope.MOST_ATTRIBUTES, ""), (envelope.MOST_NAMESPACES, "xmlns:")):
        assert envelope.plain(message(most, declared)) == message(most, declared)
        with pytest.raises(Untrusted) as caught:
            envelope.plain(message(most + 1, declared))
        assert caught.value.code == "saml_too_large"


@pytest.mark.parametrize("broken", ["<x>", "<q:x/>", '<x a="1" a="2"/>', "&unknown;", "&#0;", "<x a=b/>", "]]>"])
def test_what_is_not_well_formed_is_refused(broken: str) -> None:
    assert refused(_with("<saml:Conditions", broken)) == "saml_malformed"


def test_a_second_document_behind_the_first_is_refused() -> None:
    assert refused(posted(raw(say()) * 2)) == "saml_malformed"
