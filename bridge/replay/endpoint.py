"""A look at an endpoint before anything is played: is it there, does it take the token, does it speak SCIM?

What is wrong with all of it is said once, in a sentence, instead of by every step.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from bridge.errors import BridgeError
from bridge.log import printable
from bridge.outbound import Lost, Peer, Unreached
from bridge.replay.checks import MISSING, Answer, read

_NOBODY = (("filter", 'userName eq "nobody-{mark}@example.com"'), ("startIndex", "1"), ("count", "1"))


class EndpointUnfit(BridgeError):
    """Nothing can be played there."""


def base(url: str) -> str:
    """The address that paths are added to. Entra's Tenant URL may carry a query, which is Entra's alone."""
    parts = urlsplit(url.strip())
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise EndpointUnfit(
            "endpoint_malformed", f"{url} is no address.", hint="Write it as https://HOST/scim/v2, as the IdP has it."
        )
    path = parts.path.rstrip("/")
    for collection in ("/Users", "/Groups"):
        path = path.removesuffix(collection)
    return f"{parts.scheme}://{parts.netloc}{path}"


async def offers(url: str, headers: Mapping[str, str], mark: str) -> Any:
    """Its ServiceProviderConfig, `MISSING` if it has none (RFC 7644 §4 wants one); `EndpointUnfit` where nothing fits."""
    async with Peer(url) as peer:
        config = await _asked(peer, "/ServiceProviderConfig", (), headers)
        query = tuple((name, text.format(mark=mark)) for name, text in _NOBODY)
        users = await _asked(peer, "/Users", query, headers)
    _welcome(url, users, headers)
    if not isinstance(users.document, dict) or not (users.document.keys() & {"totalResults", "schemas"}):
        raise EndpointUnfit(
            "endpoint_not_scim",
            f"{url} does not speak SCIM 2.0: {url}/Users answers {users.status}, {_kind(users)}.",
            hint="The address ends before /Users, often in /scim or /scim/v2; at a bridge it is /scim/v2/CONNECTION.",
        )
    told = config.document
    return told if config.status == 200 and isinstance(told, dict) and "patch" in told else MISSING


async def _asked(peer: Peer, path: str, query: tuple[tuple[str, str], ...], headers: Mapping[str, str]) -> Answer:
    try:
        reply = await peer.call("GET", path, query=query, headers=headers)
    except (Lost, Unreached) as error:
        raise _away(peer.base_url, error) from error
    return read(reply.status, reply.headers, reply.body, 0.0)


def _away(url: str, error: BridgeError) -> EndpointUnfit:
    if any(word in error.sentence for word in ("SSL", "CERTIFICATE", "certificate", "TLS")):
        hint = "IdPs refuse it too: the certificate must be valid, for this name, with its whole chain."
        return EndpointUnfit("endpoint_tls", f"No safe connection: {error.sentence}", hint=hint)
    hint = "Is the name right, does it listen, and may this machine reach it?"
    return EndpointUnfit("endpoint_unreachable", error.sentence, hint=hint)


def _welcome(url: str, answer: Answer, headers: Mapping[str, str]) -> None:
    """Refuse for a token that is not taken, and for an address that only sends elsewhere."""
    if answer.status in {301, 302, 303, 307, 308}:
        where = printable(answer.headers.get("location", "elsewhere"))
        raise EndpointUnfit("endpoint_moved", f"{url} sends us to {where}.", hint="IdPs do not follow; give that address.")
    if answer.status not in {401, 403}:
        return
    sent = headers.get("Authorization", "")
    asked = answer.headers.get("www-authenticate", "")
    raise EndpointUnfit(
        "endpoint_unauthorized",
        f"{url} refuses {_credentials(sent)}: {answer.status}{f', it asks for {printable(asked[:80])}' if asked else ''}.",
        hint=_token_hint(sent, asked),
    )


def _credentials(sent: str) -> str:
    if not sent:
        return "a request without a token"
    return "the token" if sent.lower().startswith("bearer ") else "the Authorization header"


def _token_hint(sent: str, asked: str) -> str:
    if not sent:
        return "Give --token, set SCIM_TOKEN, or --header 'Authorization: …'."
    if asked.lower().startswith("basic"):
        return "It wants a name and a password: --header 'Authorization: Basic …'."
    if sent.lower().startswith("bearer bearer "):
        return "The token was given with the word Bearer; leave that out."
    return (
        "Is it whole, not expired, and of this very address? At a bridge `inferpipe-bridge token list` tells. "
        "Sent was 'Authorization: Bearer TOKEN'; anything else: --header 'Authorization: …'."
    )


def _kind(answer: Answer) -> str:
    kind = answer.headers.get("content-type", "").partition(";")[0] or "nothing"
    return f"{printable(kind)} that is no list of users" if answer.document is not MISSING else printable(kind)
