"""`inferpipe-bridge serve`: the service, with the sandbox beside it while there is no Clerk key."""

import click
import structlog
from aiohttp import web

from bridge import log, memory
from bridge.app import build
from bridge.cli import desk, standin
from bridge.store.migrate import migrate

STOP_SECONDS = 10.0  # what is being answered may take so long


@click.command()
def serve() -> None:
    """Answer SCIM and bring Clerk to what is decided, until stopped. An empty data folder stays empty: nothing is played."""
    settings = desk.settings()
    log.configure(settings.bridge.log_level, settings.bridge.log_format)
    memory.give_back_large_blocks()
    settings.bridge.data.mkdir(parents=True, exist_ok=True)
    with standin.sole_service(settings):
        migrate(settings.bridge.database_url)
        if settings.bridge.clerk.sandbox:
            standin.ensure_sandbox(settings)
            settings = standin.wire(settings)
        host, port = settings.bridge.listen
        structlog.get_logger().info(
            "serving",
            listen=f"http://{host}:{port}",
            public_url=settings.bridge.public_url,
            connections=list(settings.connections),
            clerk="sandbox" if settings.bridge.clerk.sandbox else settings.bridge.clerk.api_url,
        )
        app = build(settings)
        memory.settle()
        try:
            web.run_app(app, host=host, port=port, access_log=None, print=None, shutdown_timeout=STOP_SECONDS)
        except OSError as error:
            raise click.ClickException(f"cannot listen on {host}:{port}: {error.strerror or error}") from error
