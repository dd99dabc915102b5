"""What no attack may have: fifty megabytes, a file, a connection, a process. The system itself is asked, not our code."""

import ctypes
import json
import os
import select
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.saml.attacks.attack import Shot
from tests.saml.attacks.child import BEGIN, END
from tests.saml.attacks.galleries import ATTACKS
from tests.saml.attacks.gallery import documents, encryption, oracles, transforms
from tests.saml.attacks.harness import fire
from tests.support.saml import Seal, party, posted, say

MOST_MEMORY = 50_000_000
ROOT = Path(__file__).parents[3]
CHILD = [sys.executable, "-m", "tests.saml.attacks.child"]
CALLS = "open,openat,openat2,creat,socket,connect,sendto,execve,fork,vfork"


def test_no_attack_takes_fifty_megabytes() -> None:
    done = subprocess.run(CHILD, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lines) == len(ATTACKS)
    assert [line for line in lines if line["rose"] > MOST_MEMORY] == []
    assert max(line["rose"] for line in lines) > 1_000_000  # the measure measures: some message is a megabyte itself


def test_no_attack_makes_the_system_open_or_connect_anything(tmp_path: Path) -> None:
    """libxml2, xmlsec and OpenSSL don't go through Python: their calls to the system are watched."""
    strace, log = shutil.which("strace"), tmp_path / "calls"
    if strace is None:
        pytest.skip("needs strace")
    may = subprocess.run([strace, "-qq", "-o", os.devnull, "true"], capture_output=True, check=False)
    if may.returncode:
        pytest.skip("strace may not watch here")
    watched = [strace, "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *CHILD]
    subprocess.run(watched, cwd=ROOT, capture_output=True, check=True, timeout=600)
    calls = log.read_text().splitlines()
    [begin] = [at for at, call in enumerate(calls) if BEGIN in call]
    [end] = [at for at, call in enumerate(calls) if END in call]
    assert calls[begin + 1 : end] == []


class _Bait:
    """A file that tells when it is opened (inotify(7)), and a server that tells when somebody comes."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "bait.xml"
        self.file.write_text("<bait/>")
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._watch = self._libc.inotify_init1(os.O_NONBLOCK)
        self._libc.inotify_add_watch(self._watch, str(folder).encode(), 0x20)  # IN_OPEN
        self._server = socket.create_server(("127.0.0.1", 0))
        self.page = f"http://127.0.0.1:{self._server.getsockname()[1]}/bait.xml"

    def taken(self) -> list[str]:
        ready = select.select([self._watch, self._server], [], [], 0)[0]
        return [{self._watch: "the file"}.get(one, "the page") for one in ready]

    def close(self) -> None:
        os.close(self._watch)
        self._server.close()


REFERENCES: dict[str, Callable[[str], str | Shot]] = {
    "a Reference": transforms.referring,
    "a second Reference": transforms.second,
    "a CipherReference to data": lambda uri: encryption.referring("data", uri),
    "a CipherReference to a key": lambda uri: encryption.referring("in_key", uri),
    "a RetrievalMethod": encryption.retrieved,
    "a subset": lambda uri: posted(f'<!DOCTYPE Response SYSTEM "{uri}">' + documents.text()),
    "an entity": lambda uri: _with_entity(f'<!ENTITY a SYSTEM "{uri}">'),
    "a parameter entity": lambda uri: _with_entity(f'<!ENTITY % b SYSTEM "{uri}">%b;<!ENTITY a "">'),
    "an encrypted document type": lambda uri: _encrypted(f'<!DOCTYPE a SYSTEM "{uri}"><a/>'),
    "an encrypted entity": lambda uri: _encrypted(f'<!DOCTYPE a [<!ENTITY b SYSTEM "{uri}">]><a>&b;</a>'),
    "a stylesheet": lambda uri: posted(f'<?xml-stylesheet type="text/xsl" href="{uri}"?>' + documents.text()),
    "XInclude": lambda uri: _extended(f'<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="{uri}"/>'),
    "a schema's place": lambda uri: _extended(
        f'<x xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:noNamespaceSchemaLocation="{uri}"/>'
    ),
    "XSLT's document()": lambda uri: _transformed(f"<xsl:copy-of select=\"document('{uri}')\"/>"),
}


def _with_entity(subset: str) -> str:
    return posted(f"<!DOCTYPE Response [{subset}]>" + documents.text().replace("ada@", "&a;ada@"))


def _extended(inside: str) -> str:
    return posted(documents.text().replace("<samlp:Status>", f"<samlp:Extensions>{inside}</samlp:Extensions><samlp:Status>"))


def _encrypted(plain: str) -> Shot:
    return oracles.holding(plain.encode())


def _transformed(body: str) -> str:
    sheet = transforms.xslt(f'<xsl:template match="/">{body}</xsl:template>')
    return say(seal=Seal(transforms=transforms.ENVELOPED + transforms.EXCLUSIVE + sheet))


@pytest.mark.parametrize("kind", REFERENCES)
def test_bait_is_not_taken(kind: str, tmp_path: Path) -> None:
    bait = _Bait(tmp_path)
    try:
        for uri in (bait.file.as_uri(), str(bait.file), bait.page):
            made = REFERENCES[kind](uri)
            fire(made if isinstance(made, Shot) else Shot(made, party()))
            assert bait.taken() == []
    finally:
        bait.close()


def test_bait_that_is_taken_is_noticed(tmp_path: Path) -> None:
    bait = _Bait(tmp_path)
    try:
        bait.file.read_text()
        assert bait.taken() == ["the file"]
        port = int(bait.page.split(":")[2].split("/")[0])
        socket.create_connection(("127.0.0.1", port)).close()
        assert bait.taken() == ["the file", "the page"]
    finally:
        bait.close()
