"""Our side: where browsers reach us and go on to, and for whom the connection speaks."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from bridge.answers.saml.doctor.look import Look
from bridge.finding import Check, Finding, ok, problem, warning

_PAGE = "docs/saml.md"


def _address(look: Look) -> Iterator[Finding]:
    """The cookie that an IdP's POST brings along must be Secure, and its assertion nobody else's to read."""
    url = look.settings.bridge.public_url
    if url.startswith("https:"):
        yield ok(f"People and IdPs reach the bridge at {url}.")
    elif _loopback(url):
        yield warning(f"The bridge is at {url}, which only this machine reaches.", "Set public_url (BRIDGE_PUBLIC_URL).")
    else:
        yield problem(f"{url} is not https: no browser keeps the cookie that a sign-in needs.", "Put TLS before the bridge.")


def _front(look: Look) -> Iterator[Finding]:
    url, hint = f"{look.here.entity_id}/metadata", "Is the service running, and does the proxy before it pass /saml/ on?"
    if look.front.problem is not None:
        yield warning(f"Our metadata at {url} can't be had from here: {look.front.problem}", hint)
    elif look.front.body != look.document:
        yield problem(
            f"What answers at {url} is not what these files make.", "Restart the service; else another one answers there."
        )
    else:
        yield ok(f"Our metadata is at {url}.")


def _dashboard(look: Look) -> Iterator[Finding]:
    url = look.settings.bridge.dashboard_url
    if url is not None and not url.startswith("https:") and not _loopback(url):
        yield problem(f"The dashboard at {url} is not https, and a ticket in its address is a session.", "Give it TLS.")
    elif url is not None:
        yield ok(f"Whoever signs in goes on to {url}.")
    else:
        yield problem("There is no dashboard_url to go on to.", "Set dashboard_url (BRIDGE_DASHBOARD_URL).")


def _mode(look: Look) -> Iterator[Finding]:
    if look.connection.mode == "observe":
        hint = "Go on to `additive` when `inferpipe-bridge plan` shows what you mean; docs/going-live.md."
        yield warning("The connection only observes: a sign-in makes nobody a user and gives no role.", hint)
    else:
        yield ok(f"The connection is in mode {look.connection.mode}.")


def _rules(look: Look) -> Iterator[Finding]:
    name = look.connection.name
    if look.serves is None:
        hint = f"Write mappings/{name}.yaml; `inferpipe-bridge status` says why a file is not in service."
        yield problem("No rules are in service, so whoever signs in gets nothing.", hint)
    else:
        yield ok(f"Version {look.serves} of the rules is in service.")


def _domains(look: Look) -> Iterator[Finding]:
    known = (*look.connection.domains, *look.connection.borrowed)
    if not known:
        yield problem("The connection speaks for no domain, so nobody gets in by it.", "List its `domains`.")
        return
    heard = [address for one in look.heard if (address := look.address(one)) is not None]
    outside = sorted({address.rpartition("@")[2].lower() for address in heard} - set(known))
    if outside:
        sentence = f"The IdP sends addresses at {outside[0]}, for which the connection does not speak."
        yield warning(sentence, "Add the domain to `domains` if it is the customer's own.")
    silent = len(look.heard) - len(heard)
    if silent:
        hint = "Map the attribute `email`; `inferpipe-bridge saml guide` says where. A guest's UPN is no address."
        yield warning(f"{silent} of the last {len(look.heard)} who signed in came without an address.", hint)
    if not outside and not silent:
        yield ok(f"It speaks for {', '.join(known)}.")


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


CHECKS = (
    Check("address", f"{_PAGE}#the-address", _address),
    Check("front", f"{_PAGE}#the-address", _front),
    Check("dashboard", f"{_PAGE}#the-address", _dashboard),
    Check("mode", f"{_PAGE}#set-it-up", _mode),
    Check("rules", f"{_PAGE}#set-it-up", _rules),
    Check("domains", f"{_PAGE}#who-is-it", _domains),
)
