"""SimpleSAMLphp, as Debian packages it, in a folder of its own: an identity provider that nobody here wrote.

It reads its configuration with each request, so service providers can be written into it while it runs. It listens on a
loopback address and ends with the test session.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from bench.ports import free_port
from tests.peers.process import Server

CODE = Path("/usr/share/simplesamlphp")
ENTITY_ID = "https://idp.acme.example/simplesamlphp"
PASSWORD = "correct horse"
PATIENCE = 20.0  # seconds
_EMAIL = "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"
_REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"


def missing() -> str | None:
    """Why it can't be run here; None: it can."""
    if shutil.which("php") is None:
        return "there is no php"
    return None if (CODE / "www" / "module.php").exists() else "there is no simplesamlphp"


class SimpleSamlPhp:
    """`pair`: PEM texts of its private key and certificate."""

    form = ("username", "password")

    def __init__(self, folder: Path, pair: tuple[str, str]) -> None:
        self._folder = folder
        self._providers: dict[str, dict[str, Any]] = {}
        self._people: dict[str, dict[str, list[str]]] = {}
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}/simplesamlphp"
        self._server = Server("SimpleSAMLphp", folder, patience=PATIENCE)
        self._lay_out(pair)

    # --- what it knows

    def person(self, name: str, *groups: str, **attributes: str) -> None:
        """Somebody who can sign in with `PASSWORD`."""
        told = {"email": f"{name}@acme.example", "firstName": name.title(), "lastName": "Test", **attributes}
        self._people[name] = {key: [value] for key, value in told.items()} | {"groups": list(groups)}
        accounts = {f"{user}:{PASSWORD}": facts for user, facts in self._people.items()}
        self._write("config/authsources.php", _php("config", {"people": {0: "exampleauth:UserPass", **accounts}}))

    def password(self, _: str) -> str:
        return PASSWORD

    def provider(self, base: str, certificate: str | None = None, **options: Any) -> None:
        """One of our connections, at `base`. `options` by the names of its own reference, `__` for a dot."""
        known = {
            "AssertionConsumerService": f"{base}/acs",
            "SingleLogoutService": f"{base}/slo",
            "NameIDFormat": _EMAIL,
            "simplesaml.nameidattribute": "email",
            "saml20.sign.response": False,
            "sign.logout": True,
            "redirect.sign": True,
            **{name.replace("__", "."): value for name, value in options.items()},
        }
        if certificate is not None:
            known["certData"] = "".join(certificate.split("-----")[2].split())
        self._providers[base] = known
        self._write("metadata/saml20-sp-remote.php", _php("metadata", self._providers))

    # --- where browsers go

    def begin(self, base: str, relay_state: str | None = None) -> str:
        """Where a sign-in begins at the IdP."""
        state = {"RelayState": relay_state} if relay_state is not None else {}
        return f"{self.url}/saml2/idp/SSOService.php?{urlencode({'spentityid': base, **state})}"

    @property
    def logout(self) -> str:
        """Where somebody signs out at the IdP, of everything that they signed in to; then they are at `signed_out`."""
        return f"{self.url}/saml2/idp/SingleLogoutService.php?{urlencode({'ReturnTo': self.signed_out})}"

    @property
    def signed_out(self) -> str:
        return f"{self.url}/errorreport.php"

    def metadata(self) -> bytes:
        with urlopen(f"{self.url}/saml2/idp/metadata.php", timeout=PATIENCE) as answer:
            document: bytes = answer.read()
        return document

    # --- life

    def start(self) -> None:
        php = ["-d", "opcache.enable=0", "-d", "display_errors=stderr", "-S", f"127.0.0.1:{self._port}"]
        command = ["php", *php, "-t", str(self._folder / "root")]
        self._server.start(command, self.metadata, SIMPLESAMLPHP_CONFIG_DIR=str(self._folder / "config"))

    def stop(self) -> None:
        self._server.stop()

    def log(self) -> str:
        return self._server.log()

    # --- files

    def _lay_out(self, pair: tuple[str, str]) -> None:
        for name in ("config", "metadata", "cert", "root", "sessions", "data", "tmp"):
            (self._folder / name).mkdir(parents=True)
        (self._folder / "root" / "simplesamlphp").symlink_to(CODE / "www")
        for name, pem in zip(("idp.key", "idp.crt"), pair, strict=True):
            self._write(f"cert/{name}", pem)
        self._write("config/config.php", _php("config", self._config()))
        self._write("config/authsources.php", _php("config", {"people": {0: "exampleauth:UserPass"}}))
        hosted = {"host": "__DEFAULT__", "privatekey": "idp.key", "certificate": "idp.crt", "auth": "people"}
        self._write("metadata/saml20-idp-hosted.php", _php("metadata", {ENTITY_ID: hosted}))
        self._write("metadata/saml20-sp-remote.php", _php("metadata", {}))

    def _config(self) -> Mapping[str, Any]:
        folders = {"certdir": "cert", "metadatadir": "metadata", "datadir": "data", "tempdir": "tmp", "loggingdir": "tmp"}
        return {
            **{key: f"{self._folder / name}/" for key, name in folders.items()},
            "baseurlpath": f"{self.url}/",
            "secretsalt": "nothing that anybody has to keep",
            "auth.adminpassword": "nobody signs in with this",
            "timezone": "UTC",
            "logging.handler": "errorlog",
            "logging.level": 6,
            "enable.saml20-idp": True,
            "module.enable": {"exampleauth": True, "core": True, "saml": True},
            "store.type": "phpsession",
            "session.phpsession.savepath": str(self._folder / "sessions"),
            "session.cookie.secure": False,
            "session.cookie.samesite": None,
            "language.cookie.secure": False,
            "language.cookie.samesite": None,
            "metadata.sources": {0: {"type": "flatfile", "directory": f"{self._folder / 'metadata'}/"}},
            "admin.checkforupdates": False,
        }

    def _write(self, name: str, text: str) -> None:
        """Whole or not at all: it may be reading just now."""
        new = self._folder / f"{name}.new"
        new.write_text(text, encoding="utf-8")
        new.replace(self._folder / name)


def _php(name: str, value: Any) -> str:
    return f"<?php\n${name} = {_literal(value)};\n"


def _literal(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            escaped = value.replace("\\", "\\\\").replace("'", "\\'")
            return f"'{escaped}'"
        case list():
            return _literal(dict(enumerate(value)))
        case _:
            return "[" + ", ".join(f"{_literal(key)} => {_literal(one)}" for key, one in value.items()) + "]"
