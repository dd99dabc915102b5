"""What is no document that anybody should parse: document types, entities, encodings, instructions, base64 that isn't."""

import base64
import zlib

from lxml import etree

from tests.saml.attacks.attack import Gallery
from tests.support.saml import document, make, posted, say
from tests.support.saml.surgery import text_after

doctypes = Gallery("doctypes", ("saml_forbidden_markup",))
encodings = Gallery("encodings")


def text(**changes: object) -> str:
    return etree.tostring(document(make(**changes))).decode()


@doctypes.control
def a_document_with_a_declaration() -> str:
    return posted('<?xml version="1.0" encoding="UTF-8"?>' + text())


LAUGHS = "".join(f'<!ENTITY l{at} "' + f"&l{at - 1};" * 10 + '">' for at in range(1, 10))
SUBSETS = {
    "empty": "",
    "an internal entity": '[<!ENTITY a "ada@acme.test">]',
    "a file as entity": '[<!ENTITY a SYSTEM "file:///etc/passwd">]',
    "a file that never ends as entity": '[<!ENTITY a SYSTEM "file:///dev/zero">]',
    "a page as entity": '[<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]',
    "a public entity": '[<!ENTITY a PUBLIC "x" "http://127.0.0.1:9/x">]',
    "a file as parameter entity": '[<!ENTITY % a SYSTEM "file:///etc/passwd"> %a;]',
    "a page as parameter entity": '[<!ENTITY % a SYSTEM "http://127.0.0.1:9/x"> %a;]',
    "billions of laughs": f'[<!ENTITY l0 "ha">{LAUGHS}<!ENTITY a "&l9;">]',
    "a quadratic entity": '[<!ENTITY a "' + "a" * 100_000 + '">]',
    "an entity of itself": '[<!ENTITY a "&a;">]',
    "a subset that is a file": 'SYSTEM "file:///etc/passwd"',
    "a subset that is a page": 'SYSTEM "http://127.0.0.1:9/x.dtd"',
    "a public subset": 'PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd"',
    "a default for an attribute": '[<!ATTLIST Response Destination CDATA "x">]',
    "an ID for an attribute": "[<!ATTLIST Assertion Name ID #IMPLIED>]",
    "a notation": '[<!NOTATION x SYSTEM "file:///etc/passwd">]',
    "an unparsed entity": '[<!NOTATION x SYSTEM "x"><!ENTITY a SYSTEM "file:///etc/passwd" NDATA x>]',
}
for sentence, subset in SUBSETS.items():
    for spot, replaced in (("unused", ()), ("in the name", ((">ada@acme.test</saml:NameID>", ">&a;</saml:NameID>"),))):
        if spot == "unused" or "entity" in sentence or "laughs" in sentence:

            def made(subset: str = subset, replaced: tuple[tuple[str, str], ...] = replaced) -> str:
                body = text()
                for old, new in replaced:
                    assert old in body
                    body = body.replace(old, new * (1_000 if len(subset) > 50_000 else 1))
                return posted(f"<!DOCTYPE Response {subset}>" + body)

            doctypes.row(f"a document type with {sentence}, {spot}", made)


@doctypes.because("saml_malformed")
def an_entity_that_nobody_declared() -> str:
    return text_after((">ada@acme.test</saml:NameID>", ">&ada;</saml:NameID>"))


@doctypes
def a_document_type_of_another_case() -> str:
    return posted("<!doctype Response>" + text())


@doctypes
def a_document_type_after_a_comment() -> str:
    return posted("<!-- x --><!DOCTYPE Response>" + text())


@doctypes.because("saml_encoding")
def a_document_type_in_utf_16() -> str:
    return posted(('<!DOCTYPE Response [<!ENTITY a "b">]>' + text()).encode("utf-16"))


@doctypes
def a_document_type_in_utf_7() -> str:
    return posted('<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE Response+AD4-' + text())


@doctypes
def a_document_type_inside() -> str:
    return text_after(("<samlp:Status>", "<!DOCTYPE x><samlp:Status>"))


@doctypes
def a_stylesheet() -> str:
    return posted('<?xml-stylesheet type="text/xsl" href="http://127.0.0.1:9/x.xsl"?>' + text())


@doctypes
def an_instruction_before() -> str:
    return posted("<?x y?>" + text())


@doctypes
def an_instruction_after() -> str:
    return posted(text() + "<?x y?>")


@doctypes.because("saml_digest")
def an_inclusion_of_a_file() -> str:
    return text_after(
        (
            ">ada@acme.test</saml:NameID>",
            '><i:include xmlns:i="http://www.w3.org/2001/XInclude" parse="text" href="file:///etc/passwd"/></saml:NameID>',
        )
    )


@doctypes.harmless
def an_inclusion_in_extensions() -> str:
    include = '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    return text_after(("<samlp:Status>", f"<samlp:Extensions>{include}</samlp:Extensions><samlp:Status>"))


@doctypes.harmless
def schemas_to_be_fetched() -> str:
    where = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x http://127.0.0.1:9/x.xsd"'
    return text_after(("<samlp:Response ", f"<samlp:Response {where} "))


@doctypes.harmless
def a_base_to_resolve_by() -> str:
    return text_after(("<samlp:Response ", '<samlp:Response xml:base="file:///etc/" '))


CHARSETS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037", "shift_jis", "utf-8-sig")
for charset in CHARSETS:
    encodings.row(
        f"the document in {charset}", lambda charset=charset: posted(text().encode(charset)), harmless=charset == "shift_jis"
    )
    encodings.row(
        f"the document in {charset}, as it declares",
        lambda charset=charset: posted(f'<?xml version="1.0" encoding="{charset}"?>{text()}'.encode(charset)),
    )
for charset in ("ISO-8859-1", "US-ASCII", "UTF-16", "UTF-7", "windows-1252", "x-user-defined", "../../etc/passwd", ""):
    encodings.row(
        f"a declaration of {charset!r} before UTF-8",
        lambda charset=charset: posted(f'<?xml version="1.0" encoding="{charset}"?>{text()}'),
    )
for version in ("1.1", "2.0", "9", ""):
    encodings.row(f"XML {version!r}", lambda version=version: posted(f'<?xml version="{version}"?>{text()}'))

OCTETS = {
    "an octet that is no UTF-8": b"\xff",
    "a letter cut short": b"\xc3",
    "an overlong less-than": b"\xc0\xbc",
    "an overlong slash": b"\xe0\x80\xaf",
    "half a surrogate": b"\xed\xa0\x80",
    "a pair of surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "a letter beyond Unicode": b"\xf7\xbf\xbf\xbf",
    "a NUL": b"\0",
    "a control character": b"\x08",
    "a letter that XML has not": b"\xef\xbf\xbf",
    "a reference to NUL": b"&#0;",
    "a reference to a control character": b"&#8;",
    "a reference to half a surrogate": b"&#xD800;",
    "a reference beyond Unicode": b"&#x110000;",
    "a reference too long": b"&#" + b"9" * 10_000 + b";",
}
for sentence, octets in OCTETS.items():
    for tag in (b"ada@acme.test</saml:NameID>", b"</samlp:Response>"):
        encodings.row(
            f"{sentence} in {'the name' if b'Name' in tag else 'the response'}",
            lambda octets=octets, tag=tag: posted(text().encode().replace(tag, octets + tag)),
        )

WHOLE = {
    "another document after it": ("", "<a/>"),
    "the document twice": ("", None),
    "text after it": ("", "text"),
    "text before it": ("text", ""),
    "a line before its declaration": ('\n <?xml version="1.0"?>', ""),
    "its declaration twice": ('<?xml version="1.0"?><?xml version="1.0"?>', ""),
    "a NUL after it": ("", "\0"),
}
for sentence, (start, end) in WHOLE.items():

    def whole(start: str = start, end: str | None = end) -> str:
        body = text()
        return posted(start + body + (body if end is None else end))

    encodings.row(sentence, whole, harmless=sentence == "a line before its declaration")


@encodings
def half_a_document() -> str:
    body = text()
    return posted(body[: len(body) // 2])


BASES = {
    "nothing": lambda message: "",
    "blanks": lambda message: " \r\n ",
    "no base64": lambda message: "<samlp:Response/>",
    "the document itself": lambda message: base64.b64decode(message).decode(),
    "base64 for addresses": lambda message: base64.urlsafe_b64encode(
        base64.b64decode(message) + b"\n" + "<!--ÿÿÿÿ>>>???-->".encode("latin-1")
    ).decode(),
    "base64 twice": lambda message: base64.b64encode(message.encode()).decode(),
    "base32": lambda message: base64.b32encode(base64.b64decode(message)).decode(),
    "hexadecimal": lambda message: base64.b64decode(message).hex(),
    "compressed": lambda message: base64.b64encode(zlib.compress(base64.b64decode(message))).decode(),
    "deflated": lambda message: base64.b64encode(zlib.compress(base64.b64decode(message))[2:-4]).decode(),
    "an octet of noise in it": lambda message: message[:50] + "!" + message[50:],
    "a NUL in it": lambda message: message[:50] + "\0" + message[50:],
    "a letter of another script in it": lambda message: message[:50] + "А" + message[51:],
    "full-width letters": lambda message: "".join(chr(ord(letter) + 0xFEE0) for letter in message),
    "a percent-encoded sign in it": lambda message: message[:50] + "%2B" + message[51:],
    "a sign too few": lambda message: message.rstrip("=")[:-1],
    "a sign too many": lambda message: message.rstrip("=") + "A",
    "padding in its middle": lambda message: message[:48] + "====" + message[48:],
    "too much padding": lambda message: message + "====",
    "text after its padding": lambda message: (
        base64.b64encode(base64.b64decode(message) + b" ").decode().rstrip("=") + "==AAAA"
    ),
    "a data address": lambda message: "data:text/xml;base64," + message,
}
for sentence, spell in BASES.items():
    encodings.row(f"a field that is {sentence}", lambda spell=spell: spell(say()))
for sentence, spell in {
    "lines of 64": lambda message: "\n".join(message[at : at + 64] for at in range(0, len(message), 64)),
    "lines of 76 that end as on Windows": lambda message: (
        "\r\n".join(message[at : at + 76] for at in range(0, len(message), 76)) + "\r\n"
    ),
}.items():
    encodings.row(f"a field in {sentence}", lambda spell=spell: spell(say()), control=True)
