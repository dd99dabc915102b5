"""What a sign-in costs: CPU of the service per response at its assertion consumer service, with few and with many groups.

    python -m bench.acs [--people 200] [--engine sqlite] [--quick]

Everybody has begun before (GET login is not in the figure), and every response is signed before. Eight at a time come back;
what is measured is POST to 303: the form, the gate, one transaction, the person brought to what is decided, the ticket from
the sandbox, whose own CPU is not in it. First sign-ins make a user and two memberships; the next one of the same people
finds nothing to do. How long one callback holds the event loop is measured in rounds of their own.
"""

import asyncio
import base64
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, urlsplit

import click
import httpx

from bench import cores, cpu
from bench.house import House
from bench.peers import postgresql, scratch
from bench.report import Report, say, table
from bench.scene import ENGINES
from bridge.clock import epoch_ms
from bridge.saml import gate
from bridge.saml.party import Party
from tests.support.saml import FACTS, make, party, posted, signer
from tests.support.saml.messages import document

ALONE_MS, WHOLE_MS, LARGE_MS, HELD_MS = 1.5, 3.0, 12.0, 20.0  # the bars
USUAL, LARGE = 150, 2_000  # groups
AT_ONCE = 8  # browsers that come back at the same time
RULES = [{"name": "Everything", "when": {"group": "everything"}, "grant": {"production": "viewer", "research": "viewer"}}]
NS, IDP = "urn:oasis:names:tc:SAML:2.0", "https://idp.bench/"


@dataclass(frozen=True)
class Kind:
    """An IdP as it is set up without asking for more; `look` and `signed` as tests.support.saml has them."""

    name: str
    provider: str
    look: str
    signed: str

    def response(self, to: Party, name: str, request: str, groups: int) -> str:
        """A signed response with so many groups, `everything` among them."""
        facts = {**FACTS, "email": f"{name}@{self.provider}.example", "id": f"id-{name}"}
        named = ("everything", *(f"5b1f0c9e-0000-4000-8000-{n:012}" for n in range(groups - 1)))
        told = {"name_id": facts["email"], "facts": facts, "now": epoch_ms(), "in_response_to": request}
        return posted(document(make(self.look, to=to, groups=named, signed=self.signed, **told)))

    def alone(self, groups: int, times: int) -> float:
        """CPU ms of the gate by itself: the least of several rounds."""
        to = party()
        messages = [self.response(to, "ada", "_" + "0" * 32, groups) for _ in range(times)]
        return min(_spent(to, messages) for _ in range(7))


KINDS = (Kind("Entra, one signature", "entra", "entra", "assertion"), Kind("Okta, two signatures", "okta", "okta", "both"))
APART = Kind("Keycloak, an attribute for each group", "keycloak", "keycloak", "response")
"""What costs the gate the most of all that an IdP writes."""


@dataclass
class Browser:
    """One person's; `cookie` and `request` after it began."""

    name: str
    cookie: str = ""
    request: str = ""


class Door:
    """One connection of the running service, for one kind of IdP."""

    def __init__(self, house: House, kind: Kind, http: httpx.AsyncClient) -> None:
        self.house, self.kind, self.http = house, kind, http
        self.url = f"http://127.0.0.1:{house.ports[0]}"
        at = f"{self.url}/saml/{kind.provider}"
        self.party = Party(kind.provider, at, f"{at}/acs", f"{at}/slo", party(idp=IDP).idp)

    async def cpu_ms(self, names: list[str], groups: int) -> float:
        """CPU ms a response, everybody of `names` once."""
        waiting = await self._waiting(names, groups)
        began = cpu.seconds(self.house.pid())
        await self._all_come(waiting)
        return (cpu.seconds(self.house.pid()) - began) / len(names) * 1000

    async def held_ms(self, names: list[str], groups: int) -> tuple[float, float]:
        """The longest that a callback held the loop meanwhile: CPU, and by the clock."""
        waiting = await self._waiting(names, groups)
        await self.http.get(f"{self.url}/bench/watch")
        await self._all_come(waiting)
        held = (await self.http.get(f"{self.url}/bench/held")).json()
        return held["cpu"], held["wall"]

    async def _waiting(self, names: list[str], groups: int) -> Iterator[tuple[Browser, bytes]]:
        browsers = [await self._begun(name) for name in names]
        said = [self.kind.response(self.party, one.name, one.request, groups) for one in browsers]
        return iter(
            [(one, f"SAMLResponse={quote(text, safe='')}".encode()) for one, text in zip(browsers, said, strict=True)]
        )

    async def _all_come(self, waiting: Iterator[tuple[Browser, bytes]]) -> None:
        async def one_after_another() -> None:
            for browser, body in waiting:
                await self._post(browser, body)

        await asyncio.gather(*(one_after_another() for _ in range(AT_ONCE)))

    async def _begun(self, name: str) -> Browser:
        answer = await self.http.get(f"{self.party.entity_id}/login")
        cookie = answer.cookies["bridge_sign_in"]
        self.http.cookies.clear()
        asked = parse_qs(urlsplit(answer.headers["Location"]).query)["SAMLRequest"][0]
        request = zlib.decompress(base64.b64decode(asked), -15).decode().partition('ID="')[2].partition('"')[0]
        return Browser(name, cookie, request)

    async def _post(self, browser: Browser, body: bytes) -> None:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"bridge_sign_in={browser.cookie}"}
        answer = await self.http.post(self.party.acs, content=body, headers=headers)
        if answer.status_code != 303:
            raise RuntimeError(f"{browser.name} was not signed in: {answer.status_code} {answer.text[-500:]}")


@click.command()
@click.option("--people", default=200, show_default=True, help="Who sign in with 150 groups; a tenth of them with 2,000.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(ENGINES), help="Only there; both without it.")
@click.option("--quick", is_flag=True, help="Few people, and no bar is judged.")
def main(people: int, engines: tuple[str, ...], quick: bool) -> None:
    """Prints every figure beside its bar; exit code 1 if one is missed."""
    report = Report()
    with cores.apart():
        for engine in engines or ENGINES:
            sign_ins(report, engine, 10 if quick else people)
    sys.exit(Report().end("everybody was signed in") if quick else report.end("every bar holds"))


def sign_ins(report: Report, engine: str, people: int) -> None:
    """Everything above, on one engine."""
    say(f"{people} people sign in on {engine}")
    with scratch() as folder, postgresql() if engine == "postgresql" else nullcontext("") as url:
        house = House(folder, url, serve=("-m", "bench.loopwatch"))
        try:
            rows = asyncio.run(_run(house, people))
        finally:
            house.close()
    if engine == "sqlite":  # the gate knows no database
        gates = [(f"{one.name}: the gate alone, 150 groups", one.alone(USUAL, 30), ALONE_MS) for one in (*KINDS, APART)]
        rows = gates + rows
    table(("CPU ms a response", "used", "bar"), [(what, f"{used:.2f}", bar or "") for what, used, bar in rows])
    for what, used, bar in rows:
        report.must(bar is None or used <= bar, f"{engine}: {what}: {used:.2f} ms, not {bar}")


Row = tuple[str, float, float | None]


async def _run(house: House, people: int) -> list[Row]:
    (house.folder / "config").mkdir(parents=True, exist_ok=True)
    (house.folder / "config" / "idp.xml").write_text(_metadata(), encoding="utf-8")
    (house.folder / "config" / "bridge.yaml").write_text("clerk: {calls_per_10s: 100000}\n", encoding="utf-8")
    places = {"production": {"create": "Production"}, "research": {"create": "Research"}}
    for kind in KINDS:
        saml = {"saml": {"metadata": "file:idp.xml"}}
        house.connection(kind.provider, provider=kind.provider, directory="none", workspaces=places, sign_in=saml)
        house.mapping(kind.provider, RULES)
    await house.start_sandbox()
    with cores.measured():
        await house.start()
    await house.at_work()
    async with httpx.AsyncClient(timeout=60.0) as http:
        return [row for kind in KINDS for row in await _measured(Door(house, kind, http), people)]


async def _measured(door: Door, people: int) -> list[Row]:
    many, few = [f"p{n}" for n in range(people)], [f"l{n}" for n in range(max(people // 10, 3))]
    await door.cpu_ms(["w1", "w2", "w3"], USUAL)
    name = door.kind.name
    rows: list[Row] = [(f"{name}: the first sign-in, 150 groups", await door.cpu_ms(many, USUAL), None)]
    rows.append((f"{name}: the next one, 150 groups", min([await door.cpu_ms(many, USUAL) for _ in range(3)]), WHOLE_MS))
    await door.cpu_ms(few, LARGE)
    rows.append((f"{name}: the next one, 2,000 groups", min([await door.cpu_ms(few, LARGE) for _ in range(3)]), LARGE_MS))
    held = [await door.held_ms(many, USUAL), await door.held_ms(few, LARGE)]
    rows.append((f"{name}: the loop was held for", max(used for used, _ in held), HELD_MS))
    rows.append((f"{name}: the same by the clock", max(wall for _, wall in held), None))
    return rows


def _spent(to: Party, messages: list[str]) -> float:
    began = time.process_time()
    for message in messages:
        gate.verify(to, message, now=epoch_ms())
    return (time.process_time() - began) / len(messages) * 1000


def _metadata() -> str:
    certificate = base64.b64encode(signer().der).decode()
    return f"""<md:EntityDescriptor xmlns:md="{NS}:metadata" entityID="{IDP}"><md:IDPSSODescriptor
      protocolSupportEnumeration="{NS}:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo
      xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate>
      </ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnService
      Binding="{NS}:bindings:HTTP-Redirect" Location="{IDP}sso"/></md:IDPSSODescriptor></md:EntityDescriptor>"""


if __name__ == "__main__":
    main()
