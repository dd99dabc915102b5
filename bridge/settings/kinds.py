"""Kinds of text that settings hold, each with its check and a hint (after `` | ``, as mappings.located reads it)."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bridge.settings.references import is_reference
from mappings.ruleset import zone

NO_REFERENCE = "a secret stands here itself"
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_DOMAIN = re.compile(r"[^\s@*/:.]+(?:\.[^\s@*/:.]+)+")


class Shape(BaseModel):
    """A part of a settings file; a key that nobody knows is an error."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, frozen=True)


def address(text: str) -> tuple[str, int]:
    """``HOST:PORT`` as a pair; ValueError otherwise."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{text!r} is no address | write HOST:PORT, such as 127.0.0.1:8080")
    return host.strip("[]"), int(port)


def has_password(url: str) -> bool:
    """Whether a URL carries a login's password."""
    return bool(_parts(url).password)


def _address(text: str) -> str:
    address(text)
    return text


def _url(text: str) -> str:
    parts = _parts(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"{text!r} is no URL | write it with https://, such as https://bridge.example.com")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    if not is_reference(text) and not re.match(r"sqlite:///.|postgres(ql)?://.", text):
        raise ValueError("this is no database URL | write sqlite:///FILE or postgresql://USER@HOST/NAME, or env:NAME")
    return text


def _reference(text: str) -> str:
    if not is_reference(text):
        raise ValueError(f"{NO_REFERENCE} | write env:NAME or file:PATH, never the secret, and make a new one")
    return text


def _metadata(text: str) -> str:
    parts = _parts(text)
    named = parts.scheme in {"https", "http"} and parts.hostname and not (parts.username or parts.password or parts.fragment)
    if not named and text != "sandbox" and not (text.startswith("file:") and is_reference(text)):
        raise ValueError(f"{text!r} is no place for metadata | write its https URL, or file:PATH beside bridge.yaml")
    return text


def _timezone(text: str) -> str:
    try:
        zone(text)
    except ValueError as error:
        raise ValueError(f"{error} | write a name such as Europe/Berlin or UTC") from error
    return text


def _domain(text: str) -> str:
    if not _DOMAIN.fullmatch(text):
        raise ValueError(f"{text!r} is no domain | write it as acme.com: exactly this one, without @ or *")
    return text


def _guid(text: str) -> str:
    if not _GUID.fullmatch(text):
        raise ValueError(f"{text!r} is no GUID | write it as Entra shows it, such as ce5f061f-abe6-4e40-9615-301f87bcb7f0")
    return text.lower()


def _issuer(text: str) -> str:
    parts = _parts(text)
    if parts.scheme != "https" or not parts.hostname:
        raise ValueError(f"{text!r} is no issuer | write what stands in `iss`, such as https://sts.windows.net/TENANT/")
    return text


def _network(text: str) -> str:
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no address or network | write 10.0.0.5 or 10.0.0.0/8") from error
    return text


def _parts(url: str) -> SplitResult:
    """A URL that can't be taken apart has no parts."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


Address = Annotated[str, AfterValidator(_address), Field(examples=["127.0.0.1:8080"])]
Url = Annotated[str, AfterValidator(_url), Field(examples=["https://bridge.example.com"])]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Metadata = Annotated[str, AfterValidator(_metadata)]
Reference = Annotated[str, AfterValidator(_reference), Field(examples=["env:NAME", "file:PATH"])]
Timezone = Annotated[str, AfterValidator(_timezone), Field(examples=["Europe/Berlin"])]
Domain = Annotated[str, AfterValidator(_domain), Field(examples=["acme.com"])]
Guid = Annotated[str, AfterValidator(_guid), Field(examples=["ce5f061f-abe6-4e40-9615-301f87bcb7f0"])]
Issuer = Annotated[str, AfterValidator(_issuer), Field(examples=["https://sts.windows.net/TENANT/"])]
Network = Annotated[str, AfterValidator(_network), Field(examples=["10.0.0.5", "10.0.0.0/8"])]
