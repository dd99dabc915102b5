"""`inferpipe-bridge saml guide`: what to enter at the IdP, as text or JSON; the page of the connection shows the same."""

from collections.abc import Iterator

import click

from bridge.answers.saml.guide import Guide, Section
from bridge.answers.saml.shown import shown
from bridge.cli import desk
from bridge.cli.desk import Desk
from bridge.cli.saml.configured import configured, idps_of
from bridge.rulebook import Rulebook


@click.command()
@click.argument("connection")
@desk.as_json
def guide(connection: str, as_json: bool) -> None:
    """What the identity team of CONNECTION has to enter at its IdP, in that IdP's own words: addresses, attributes, groups,
    SCIM. The page at /saml/CONNECTION shows the same.
    """

    async def work(at: Desk) -> Guide:
        configured(at.settings, connection)
        async with idps_of(at) as idps:
            return await shown(at.database, at.settings, Rulebook(at.settings.connections), idps, connection)

    found = desk.at_desk(work)
    if as_json:
        desk.print_json(found.as_dict())
        return
    click.echo(f"{found.connection} at {found.idp}")
    for section in found.sections:
        click.echo("\n" + "\n".join(_lines(section)))


def _lines(section: Section) -> Iterator[str]:
    yield click.style(section.title, bold=True)
    if section.where:
        yield f"  {section.where}"
    rows = [(one.label, one.value + (f"  ({one.note})" if one.note else "")) for one in section.entries]
    yield from desk.columns(rows, indent="    ")
    yield from desk.columns([(one.name, one.pick or "-", one.why) for one in section.claims], indent="    ")
    for note in section.notes:
        yield f"  * {note}"
