"""What Prometheus asks and only the database knows: who is due, who is held."""

from bridge import metrics
from bridge.dirty import persons as marks
from bridge.provisioning import holds
from bridge.provisioning.tools import View
from scim.ports import Tx


async def measure(view: View) -> None:
    """Set the gauges."""

    def work(tx: Tx) -> tuple[int, dict[str, int]]:
        people: dict[str, int] = {}
        for hold in holds.open_holds(tx):
            people[hold.connection] = people.get(hold.connection, 0) + hold.people
        return marks.count_due(tx, view.instance), people

    due, held = await view.database.read(work)
    metrics.persons_due.labels(view.instance).set(due)
    for name in view.settings.connections:
        metrics.holds_open.labels(name).set(held.get(name, 0))
