"""`make bench`: CPU per request against a floor of the same run, on SQLite and PostgreSQL; and the cost of deciding.

The other benchmarks are commands of their own: bench.kill9, bench.outage, bench.tenants.
"""

import click

from bench.figures import run


@click.command()
@click.option("--users", default=2_000, show_default=True, help="People in the directory.")
@click.option("--rounds", default=5, show_default=True, help="Rounds that count, after one that warms up.")
@click.option("--requests", default=1_000, show_default=True, help="Requests of each kind, server and round.")
@click.option("--postgresql/--no-postgresql", default=True, show_default=True, help="Measure there, too.")
@click.option("--quick", is_flag=True, help="A short run, to see that it works.")
def main(users: int, rounds: int, requests: int, postgresql: bool, quick: bool) -> None:
    """Prints tables; nothing here has a bar."""
    if quick:
        users, rounds, requests = 200, 1, 100
    run(users=users, rounds=rounds, requests=requests, with_postgresql=postgresql)


if __name__ == "__main__":
    main()
