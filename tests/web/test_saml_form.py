"""The form of an assertion consumer service, taken apart as the standard library would; refused where it is ambiguous."""

import asyncio
import base64
import time
from unittest import mock
from urllib.parse import parse_qsl, urlencode

import pytest
from aiohttp import StreamReader, web
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st

from bridge.errors import BridgeError
from bridge.saml.untrusted import Untrusted
from bridge.web.saml.form import MOST_FIELDS, Room, fields, read


@given(st.binary(max_size=300), st.text(max_size=60))
def test_it_reads_what_browsers_write(response: bytes, relay: str) -> None:
    sent = {"SAMLResponse": base64.b64encode(response).decode(), "RelayState": relay.replace("\ud800", "")}
    try:
        body = urlencode(sent).encode()
    except UnicodeEncodeError:
        return
    assert fields(body) == sent


@given(st.text(alphabet="abc+%&=23DdBbFf ", max_size=60))
def test_it_reads_every_form_as_the_standard_library_does(written: str) -> None:
    body = f"SAMLResponse={written.replace('&', '')}"
    theirs = dict(parse_qsl(body, keep_blank_values=True, errors="strict" if "%" not in written else "replace"))
    try:
        assert fields(body.encode()) == theirs
    except Untrusted:
        assert "\ufffd" in str(theirs)  # bytes that are no UTF-8


@pytest.mark.parametrize(
    "body",
    [
        b"SAMLResponse=a&SAMLResponse=b",
        b"SAMLResponse=a&SAML%52esponse=b",
        b"SAMLResponse=a&RelayState=x&RelayState=x",
        b"&" * MOST_FIELDS,
        b"SAMLResponse=%ff",
        b"SAMLResponse=\xff",
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(Untrusted):
        fields(body)


def test_fields_of_others_are_passed_over() -> None:
    assert fields(b"a=1&SAMLResponse=x%2By&a=2&=&SigAlg") == {"SAMLResponse": "x+y"}


def test_base64_in_lines_is_read_whatever_its_length() -> None:
    """AD FS and Okta write lines; a browser makes %0D%0A of their ends."""
    wrapped = base64.encodebytes(b"\xfb\xff" * 200_000).decode().replace("\n", "\r\n")
    assert fields(urlencode({"SAMLResponse": wrapped, "RelayState": "ä %"}).encode())["SAMLResponse"] == wrapped


@pytest.mark.parametrize("piece", [b"%41", b"%2", b"%2B%", b"%", b"%0d%0a%20"])
def test_a_megabyte_of_escapes_holds_nobody_up(piece: bytes) -> None:
    """It is read on the event loop, where everybody waits meanwhile. The least of five: a busy machine adds to some."""
    body, spent = b"SAMLResponse=" + piece * (1_400_000 // len(piece)), []
    for _ in range(5):
        began = time.thread_time()
        with pytest.raises(Untrusted):
            fields(body)
        spent.append(time.thread_time() - began)
    assert min(spent) < 0.05


def _posted(*pieces: bytes) -> web.Request:
    """A request whose body comes in these pieces."""
    content = StreamReader(mock.Mock(_reading_paused=False), limit=2**16, loop=asyncio.get_running_loop())
    for piece in pieces:
        content.feed_data(piece)
    content.feed_eof()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return make_mocked_request("POST", "/saml/acme/acs", headers=headers, payload=content)


async def test_only_so_much_is_held_of_forms_at_once_and_it_is_free_again_afterwards() -> None:
    room = Room(most=100)
    assert (await read(_posted(b"SAMLResponse=", b"x" * 80), room))[0] == "x" * 80
    room.take(50)  # somebody's form is being read
    with pytest.raises(BridgeError, match="Too many"):
        await read(_posted(b"SAMLResponse=" + b"x" * 80), room)
    room.give_back(50)
    assert (await read(_posted(b"SAMLResponse=" + b"x" * 80), room))[0] == "x" * 80
