"""The only way out: deadlines, a cap on what comes back, and whether a failed call may have had an effect."""

import asyncio
import gzip
import socket
import ssl
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bridge import outbound
from bridge.outbound import Forbidden, Guard, Lost, Peer, Unreached, fetch, is_public
from tests.support.scripted import Scripted, answer, cut, half, silent


async def test_an_answer_is_given_as_it_came(scripted: Scripted) -> None:
    scripted.answers = [answer(418, b"short and stout", X_Kind="teapot")]
    async with Peer(f"{scripted.url}/", headers={"X-Every": "call"}) as peer:
        reply = await peer.call("POST", "/a?b=c", content=b"{}", headers={"X-This": "one"})
    assert (reply.status, reply.body, reply.headers["x-kind"]) == (418, b"short and stout", "teapot")
    line, *headers = scripted.requests[0].splitlines()
    assert line == "POST /a?b=c HTTP/1.1"
    assert {"X-Every: call", "X-This: one"} <= set(headers)


async def test_query_values_are_repeated_and_quoted(scripted: Scripted) -> None:
    scripted.answers = [answer(200)]
    async with Peer(scripted.url) as peer:
        await peer.call("GET", "/users", query=[("email_address", "a+b@x.example"), ("email_address", "c&d")])
    assert scripted.requests[0].startswith("GET /users?email_address=a%2Bb%40x.example&email_address=c%26d HTTP/1.1")


async def test_a_redirect_is_not_followed(scripted: Scripted) -> None:
    scripted.answers = [answer(302, Location=scripted.url)]
    async with Peer(scripted.url) as peer:
        assert (await peer.call("GET", "/")).status == 302
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("script", [cut, half])
async def test_a_cut_connection_loses_the_answer_and_nothing_is_repeated(scripted: Scripted, script: Any) -> None:
    scripted.answers = [script]
    async with Peer(scripted.url) as peer:
        with pytest.raises(Lost):
            await peer.call("GET", "/")
    assert len(scripted.requests) == 1


async def test_an_answer_that_never_ends_is_given_up(scripted: Scripted) -> None:
    scripted.answers = [silent]
    async with Peer(scripted.url) as peer:
        peer._timeout = 0.05  # of the answer; how long it takes to connect is no matter here
        with pytest.raises(Lost, match=r"no whole answer in 0\.05 s"):
            await peer.call("GET", "/")


async def test_no_more_calls_are_under_way_than_connections_and_who_waits_too_long_has_had_no_effect(
    scripted: Scripted,
) -> None:
    scripted.answers = [silent]
    async with Peer(scripted.url, connections=1) as peer:
        first = asyncio.create_task(peer.call("GET", "/first"))
        while not scripted.requests:  # noqa: ASYNC110 - a request that comes has no event
            await asyncio.sleep(0.005)
        peer._timeout = 0.05  # of the second; the first ends when the test lets it
        with pytest.raises(Unreached, match="every connection is in use"):
            await peer.call("GET", "/second")
        assert not first.done()
        await scripted.close()
        with pytest.raises(Lost):
            await first
    assert len(scripted.requests) == 1


async def test_a_connection_is_used_again_and_by_one_call_at_a_time(scripted: Scripted) -> None:
    scripted.answers = [answer(200), answer(200)]
    async with Peer(scripted.url, connections=2) as peer:
        assert [(await peer.call("GET", "/")).status for _ in range(2)] == [200, 200]
        assert len(peer._idle) == 1


async def test_what_is_too_large_is_not_read_to_its_end(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound, "LARGEST", 1000)
    scripted.answers = [answer(200, bytes(1000)), answer(200, bytes(1001))]
    async with Peer(scripted.url) as peer:
        assert len((await peer.call("GET", "/")).body) == 1000
        with pytest.raises(Lost, match="more than 1000 bytes"):
            await peer.call("GET", "/")


async def test_an_answer_may_come_packed(scripted: Scripted) -> None:
    packed = gzip.compress(b"keys" * 5000)
    scripted.answers = [answer(200, packed, Content_Encoding="gzip"), answer(200, packed[:-40], Content_Encoding="identity")]
    async with Peer(scripted.url, largest=20_000) as peer:
        assert (await peer.call("GET", "/")).body == b"keys" * 5000
        assert (await peer.call("GET", "/")).body == packed[:-40]
    assert "Accept-Encoding: gzip" in scripted.requests[0].splitlines()


async def test_of_a_packed_answer_no_more_is_made_than_may_be_read(scripted: Scripted) -> None:
    """A megabyte of zeros is a kilobyte, and that packed once more even less."""
    bomb = gzip.compress(bytes(64 * 1024 * 1024))
    scripted.answers = [
        answer(200, bomb, Content_Encoding="gzip"),
        answer(200, gzip.compress(bomb), Content_Encoding="gzip, gzip"),
    ]
    async with Peer(scripted.url, largest=1000) as peer:
        tracemalloc.start()
        with pytest.raises(Lost, match="more than 1000 bytes"):
            await peer.call("GET", "/")
        with pytest.raises(Lost, match="an encoding that nobody asked for: gzip, gzip"):
            await peer.call("GET", "/")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 2 * 1024 * 1024


async def test_what_is_not_packed_as_it_says_is_lost(scripted: Scripted) -> None:
    scripted.answers = [answer(200, b"keys", Content_Encoding="gzip")]
    async with Peer(scripted.url) as peer:
        with pytest.raises(Lost, match="no whole answer"):
            await peer.call("GET", "/")


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ftp://127.0.0.1"])
async def test_a_call_that_never_left_had_no_effect(url: str) -> None:
    async with Peer(url) as peer:
        with pytest.raises(Unreached):
            await peer.call("POST", "/")


async def test_the_environment_sends_nobody_through_a_proxy(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    scripted.answers = [answer(200)]
    async with Peer(scripted.url) as peer:
        assert (await peer.call("GET", "/")).status == 200


async def test_a_url_of_a_connection_file_may_lead_to_what_the_operator_allows(scripted: Scripted) -> None:
    scripted.answers = [answer(200, b"keys")]
    guard = Guard(frozenset({scripted.url.removeprefix("http://")}))
    reply = await fetch(f"{scripted.url}/keys?p=1", guard, largest=100, within=5)
    assert (reply.status, reply.body) == (200, b"keys")
    assert scripted.requests[0].startswith("GET /keys?p=1 HTTP/1.1")


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://0.0.0.0/",
        "ftp://keys.example/",
    ],
)
async def test_it_may_lead_nowhere_else(url: str) -> None:
    with pytest.raises(Forbidden) as caught:
        await fetch(url, Guard(frozenset({"127.0.0.1:1"})), largest=100, within=5)
    assert "outbound: {allow:" in (caught.value.hint or "")


async def test_an_ipv6_address_is_allowed_as_it_is_written() -> None:
    with pytest.raises(Forbidden) as caught:
        await fetch("https://[::1]:9/", Guard(), largest=100, within=5)
    assert "'[::1]:9'" in (caught.value.hint or "")
    with pytest.raises(Unreached):
        await fetch("https://[::1]:9/", Guard(frozenset({"[::1]:9"})), largest=100, within=5)


async def test_a_name_with_one_private_address_among_public_ones_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    _resolve(monkeypatch, "203.0.112.9", "10.0.0.1")
    with pytest.raises(Forbidden):
        await fetch("https://keys.example/", Guard(), largest=100, within=5)


async def test_a_name_without_an_address_is_unreached(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror("unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreached):
        await fetch("https://keys.example/", Guard(), largest=100, within=5)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a00::1", True),
        ("64:ff9b::808:808", True),  # by NAT64, 8.8.8.8
        ("::ffff:8.8.8.8", True),
        ("224.0.0.1", False),
        ("::1", False),
        ("ff0e::1", False),
        ("fe80::1%lo", False),
        ("fec0::1", False),
        ("64:ff9b::a9fe:a9fe", False),  # by NAT64, 169.254.169.254
        ("64:ff9b:1::a00:1", False),  # by a network's own NAT64 (RFC 8215)
        ("2002:a00:1::1", False),  # by 6to4, 10.0.0.1
        ("::ffff:0:10.0.0.1", False),  # by SIIT (RFC 2765)
        ("::10.0.0.1", False),
    ],
)
def test_an_address_is_public_or_not(address: str, public: bool) -> None:
    assert is_public(address) is public


async def test_the_address_that_was_checked_is_called_and_must_prove_its_name(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A second look-up could lead elsewhere (DNS rebinding), so there is none; TLS still wants the name."""
    certificate = _certificate(tmp_path, "keys.example")
    monkeypatch.setattr("certifi.where", lambda: str(certificate))
    monkeypatch.setattr(outbound, "is_public", lambda _: True)
    lookups = _resolve(monkeypatch, "127.0.0.1")
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nkeys")
        await writer.drain()
        writer.close()

    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls) as server:
        port = server.sockets[0].getsockname()[1]
        assert (await fetch(f"https://keys.example:{port}/k", Guard(), largest=9, within=5)).body == b"keys"
        assert f"host: keys.example:{port}\r\n".encode() in heads[0].lower()
        with pytest.raises(Unreached, match=r"(?i)hostname|certificate"):
            await fetch(f"https://other.example:{port}/k", Guard(), largest=9, within=5)
    assert lookups == ["keys.example", "other.example"]


def _resolve(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Every name leads to these; returns the names that were looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def resolve(host: Any, port: Any, *rest: Any, **keys: Any) -> Any:
        if not str(host).endswith(".example"):
            return real(host, port, *rest, **keys)
        asked.append(str(host))
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


def _certificate(folder: Path, name: str) -> Path:
    """A certificate of its own making, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    path = folder / "certificate.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return path
