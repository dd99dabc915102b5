"""LemonLDAP::NG, as Debian packages it, on its demonstration accounts: an identity provider that stands on Lasso, so its
XML, signatures and encryption have no line in common with SimpleSAMLphp's.

It reads its configuration when it starts, so it starts once the service provider is known. It listens on a loopback address.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import orjson

from bench.ports import free_port
from tests.peers.process import Server

PORTAL = Path("/usr/share/perl5/Lemonldap/NG/Portal/Issuer/SAML.pm")
DOMAIN = "badwolf.org"  # of the demonstration accounts: dwho, rtyler, msmith, whose names are their passwords
PATIENCE = 60.0  # seconds
_BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
_OPTION = "samlSPMetaDataOptions"


def missing() -> str | None:
    """Why it can't be run here; None: it can."""
    if shutil.which("plackup") is None:
        return "there is no plackup"
    if not PORTAL.exists():
        return "there is no lemonldap-ng portal"
    lasso = subprocess.run(["perl", "-MLasso", "-e", "1"], capture_output=True, check=False)
    return "there is no Lasso for perl" if lasso.returncode else None


class LemonLdap:
    """`pair`: PEM texts of its private key and certificate; `groups`: who is in which, by user name."""

    form = ("user", "password")

    def __init__(self, folder: Path, pair: tuple[str, str], groups: dict[str, str]) -> None:
        self._folder = folder
        self._pair = pair
        self._groups = groups
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._server = Server("LemonLDAP::NG", folder, patience=PATIENCE)

    def password(self, name: str) -> str:
        return name

    def begin(self, base: str, relay_state: str | None = None) -> str:
        """Where a sign-in begins at the IdP; `base` is known to it by one name."""
        state = f"&RelayState={relay_state}" if relay_state is not None else ""
        return f"{self.url}/saml/singleSignOn?IDPInitiated=1&spConfKey=acme{state}"

    @property
    def logout(self) -> str:
        return f"{self.url}/?logout=1"

    def metadata(self) -> bytes:
        with urlopen(f"{self.url}/saml/metadata", timeout=PATIENCE) as answer:
            document: bytes = answer.read()
        return document

    def provider(self, base: str, certificate: str | None = None, **options: Any) -> None:
        """It starts, knowing our connection at `base`; `options` by the last part of their own names."""
        assert certificate is not None, "it encrypts to, and is signed to by, a certificate"
        assert not self._server.started, "it knows one"
        for name in ("conf", "sessions/lock", "lasting/lock"):
            (self._folder / name).mkdir(parents=True)
        known = {f"{_OPTION}{name}": value for name, value in (_DEFAULTS | options).items()}
        config = self._config(_metadata(base, certificate), known)
        (self._folder / "conf" / "lmConf-1.json").write_bytes(orjson.dumps(config))
        (self._folder / "lemonldap-ng.ini").write_text(_INI.format(folder=self._folder), encoding="utf-8")
        (self._folder / "app.psgi").write_text(_APP, encoding="utf-8")
        self._start()

    def stop(self) -> None:
        self._server.stop()

    def log(self) -> str:
        return self._server.log()

    def _start(self) -> None:
        command = ["plackup", "-s", "HTTP::Server::PSGI", "--host", "127.0.0.1", "--port", str(self._port), "app.psgi"]
        self._server.start(command, self.metadata, LLNG_DEFAULTCONFFILE=str(self._folder / "lemonldap-ng.ini"))

    def _config(self, provider: str, options: dict[str, Any]) -> dict[str, Any]:
        private, certificate = self._pair
        return {
            "cfgNum": 1,
            "cfgDate": 1,
            "cfgAuthor": "a test",
            "cfgVersion": "2.16.1",
            "portal": f"{self.url}/",
            "domain": "127.0.0.1",
            "cookieName": "lemonldap",
            "securedCookie": 0,
            "key": "nothing that anybody has to keep",
            "authentication": "Demo",
            "userDB": "Same",
            "passwordDB": "Null",
            "registerDB": "Null",
            "captcha": "::Lib::OneTimeToken",  # it loads one whether it is used or not, and its own needs ImageMagick
            "requireToken": 0,
            "demoExportedVars": {name: name for name in ("cn", "mail", "uid")},
            "groups": {group: f"$uid eq '{name}'" for name, group in self._groups.items()},
            "whatToTrace": "uid",
            "locationRules": {"127.0.0.1": {"default": "accept"}},
            **self._storage("globalStorage", "sessions"),
            **self._storage("persistentStorage", "lasting"),
            "issuerDBSAMLActivation": 1,
            "issuerDBSAMLRule": 1,
            "samlServicePrivateKeySig": private,
            "samlServicePublicKeySig": certificate,
            "samlServiceUseCertificateInResponse": 1,
            "samlIDPSSODescriptorWantAuthnRequestsSigned": 0,
            "samlSPMetaDataXML": {"acme": {"samlSPMetaDataXML": provider}},
            "samlSPMetaDataOptions": {"acme": options},
            "samlSPMetaDataMacros": {"acme": {}},
            "samlSPMetaDataExportedAttributes": {"acme": _ATTRIBUTES},
        }

    def _storage(self, key: str, name: str) -> dict[str, Any]:
        folders = {"Directory": str(self._folder / name), "LockDirectory": str(self._folder / name / "lock")}
        generate = {"generateModule": "Lemonldap::NG::Common::Apache::Session::Generate::SHA256"}
        return {key: "Apache::Session::File", f"{key}Options": {**folders, **generate}}


_ATTRIBUTES = {
    "mail": f"1;email;{_BASIC};",
    "uid": f"1;uid;{_BASIC};",
    "cn": f"1;displayName;{_BASIC};",
    "groups": f"0;groups;{_BASIC};",
}
_DEFAULTS = {
    "NameIDFormat": "email",
    "SignSSOMessage": 1,
    "CheckSSOMessageSignature": 0,
    "SignSLOMessage": 1,
    "CheckSLOMessageSignature": 1,
    "EncryptionMode": "none",
    "EnableIDPInitiatedURL": 1,
    "NotOnOrAfterTimeout": 300,
    "SessionNotOnOrAfterTimeout": 72000,
}
_INI = """[all]
logLevel = info
[configuration]
type = File
dirName = {folder}/conf
localStorage = Cache::NullCache
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
"""
_APP = "use Lemonldap::NG::Portal::Main;\nLemonldap::NG::Portal::Main->run({});\n"


def _metadata(base: str, certificate: str) -> str:
    """Ours, written by hand: it reads no other form than its own."""
    der = "".join(certificate.split("-----")[2].split())
    keys = "".join(
        f'<KeyDescriptor use="{use}"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{der}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>"
        for use in ("signing", "encryption")
    )
    bindings = "urn:oasis:names:tc:SAML:2.0:bindings"
    return (
        f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{base}"><SPSSODescriptor '
        f'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">{keys}'
        f'<SingleLogoutService Binding="{bindings}:HTTP-Redirect" Location="{base}/slo"/>'
        f'<AssertionConsumerService Binding="{bindings}:HTTP-POST" Location="{base}/acs" index="0" isDefault="true"/>'
        "</SPSSODescriptor></EntityDescriptor>"
    )
