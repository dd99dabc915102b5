"""The form and the request around a response: fields twice, other methods, other content types, too much of it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from urllib.parse import quote, urlencode

import pytest

from tests.saml.attacks.doors import FORM, Visitor, opened
from tests.support.house import House
from tests.support.saml import say, signer

Houses = Callable[..., Awaitable[House]]
PLAIN = {"Content-Type": FORM}
ACS = "/saml/acme/acs"


def honest() -> str:
    return say(groups=("engineers",))


def evil() -> str:
    return say(by=signer("mallory"), name_id="mallory@acme.test")


@pytest.fixture
async def visitor(houses: Houses) -> AsyncIterator[Visitor]:
    async with Visitor(await opened(await houses())) as made:
        await made.begins()
        yield made
        assert (await made.posts(honest())).let_in  # the attempt was not spoilt, and the door is in order


async def test_a_field_that_stands_there_twice_is_no_field(visitor: Visitor) -> None:
    good, bad = quote(honest(), safe=""), quote(evil(), safe="")
    bodies = [
        f"SAMLResponse={first}&SAMLResponse={second}"
        for first, second in ((good, bad), (bad, good), (good, good), (good, ""))
    ]
    bodies += [f"SAMLResponse={bad}&%53AMLResponse={good}", f"SAMLResponse={good}&RelayState=a&RelayState=b"]
    for body in bodies:
        answer = await visitor.asks("POST", ACS, headers=PLAIN, data=body.encode())
        assert 400 <= answer.status < 500
        assert not answer.let_in


async def test_a_response_comes_by_post_only(visitor: Visitor) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "FOO"):
        for path in (f"{ACS}?{urlencode({'SAMLResponse': honest()})[:6_000]}", ACS):
            answer = await visitor.asks(method, path, headers=PLAIN, data=urlencode({"SAMLResponse": honest()}).encode())
            assert 400 <= answer.status < 500, method
            assert not answer.let_in, method


async def test_a_response_in_the_address_is_not_read(visitor: Visitor) -> None:
    short = urlencode({"SAMLResponse": honest()})[:7_000]
    assert (await visitor.asks("POST", f"{ACS}?{short}", headers=PLAIN, data=b"")).status == 403


TYPES = ("text/xml", "application/xml", "application/json", "text/plain", "multipart/form-data; boundary=x", "", "a", "*/*")
TYPES += (f"{FORM}x", "application/x-www-form-urlencoded-", "application/samlassertion+xml")


async def test_a_response_comes_as_a_form_only(visitor: Visitor) -> None:
    for kind in TYPES:
        body = urlencode({"SAMLResponse": honest()})
        if kind.startswith("multipart"):
            body = f'--x\r\nContent-Disposition: form-data; name="SAMLResponse"\r\n\r\n{honest()}\r\n--x--\r\n'
        answer = await visitor.asks("POST", ACS, headers={"Content-Type": kind}, data=body.encode())
        assert 400 <= answer.status < 500, kind
        assert not answer.let_in, kind


async def test_a_form_of_another_character_set_is_read_as_ascii_or_not_at_all(visitor: Visitor) -> None:
    for charset in ("utf-16", "utf-7", "x", "latin-1"):
        body = urlencode({"SAMLResponse": evil()}).encode("utf-16" if charset == "utf-16" else "ascii")
        answer = await visitor.asks("POST", ACS, headers={"Content-Type": f"{FORM}; charset={charset}"}, data=body)
        assert 400 <= answer.status < 500, charset


def bodies() -> dict[str, bytes]:
    large = b"A" * 2_000_000
    return {
        "nothing": b"",
        "an empty field": b"SAMLResponse=",
        "no name": b"=" + honest().encode(),
        "another name": b"samlresponse=AAAA",
        "a request": urlencode({"SAMLRequest": honest()}).encode(),
        "an artifact": b"SAMLart=AAQAAMh48%2F1oXIM%2BsDo7Dh2qMp1HM4IF5DaRNmDj6RdUmllwn9jJHyEgIi8%3D",
        "two megabytes": b"SAMLResponse=" + large,
        "two megabytes of another field": b"x=" + large + b"&SAMLResponse=AAAA",
        "ten thousand fields": b"&".join(b"a%d=1" % at for at in range(10_000)) + b"&SAMLResponse=AAAA",
        "broken escapes": b"SAMLResponse=%zz%",
        "a NUL": b"SAMLResponse=AAAA%00",
        "no UTF-8": b"SAMLResponse=%ff%fe",
        "raw octets": bytes(range(256)),
        "XML": b"<samlp:Response/>",
        "a thousand ampersands": b"&" * 1_000,
        "semicolons": b"a=1;SAMLResponse=AAAA",
    }


async def test_a_body_that_is_no_form_of_ours_is_refused(visitor: Visitor) -> None:
    for sentence, body in bodies().items():
        answer = await visitor.asks("POST", ACS, headers=PLAIN, data=body)
        assert 400 <= answer.status < 500, sentence
        assert not answer.let_in, sentence


async def test_a_body_without_a_length_is_cut_off_where_a_long_one_is(visitor: Visitor) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b"SAMLResponse="
        while sent < 50_000_000:
            sent += 100_000
            yield b"A" * 100_000

    try:
        answer = await visitor.asks("POST", ACS, headers=PLAIN, data=endless())
        assert 400 <= answer.status < 500
    except OSError:
        pass  # the connection was closed while we were still sending
    assert sent < 50_000_000
