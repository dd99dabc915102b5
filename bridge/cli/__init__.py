"""``inferpipe-bridge``: a file per group of commands, each loaded only when it is called."""

from importlib import import_module

import click

from bridge.errors import BridgeError

COMMANDS = {
    "serve": ("bridge.cli.serve", "serve"),
    "sandbox": ("bridge.cli.sandbox", "sandbox"),
    "demo": ("bridge.cli.demo", "demo"),
    "check": ("bridge.cli.check", "check"),
    "preview": ("bridge.cli.preview", "preview"),
    "plan": ("bridge.cli.plan", "plan"),
    "explain": ("bridge.cli.explain", "explain"),
    "who": ("bridge.cli.who", "who"),
    "status": ("bridge.cli.status", "status"),
    "hold": ("bridge.cli.hold", "hold"),
    "conflict": ("bridge.cli.conflict", "conflict"),
    "drift": ("bridge.cli.drift", "drift"),
    "workspaces": ("bridge.cli.workspaces", "workspaces"),
    "revoke": ("bridge.cli.revoke", "revoke"),
    "sessions": ("bridge.cli.sessions", "sessions"),
    "token": ("bridge.cli.token", "token"),
    "client": ("bridge.cli.client", "client"),
    "mapping": ("bridge.cli.mapping", "mapping"),
    "audit": ("bridge.cli.audit", "audit"),
    "requests": ("bridge.cli.requests", "requests"),
    "conformance": ("bridge.cli.conformance", "conformance"),
    "clerk": ("bridge.cli.clerk", "clerk"),
    "saml": ("bridge.cli.saml", "saml"),
    "config": ("bridge.cli.config", "config"),
}


class _Commands(click.Group):
    """Finds a command by name and turns our errors into a sentence and exit code 1."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BridgeError as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="inferpipe-bridge", prog_name="inferpipe-bridge")
def main() -> None:
    """Your identity provider decides who is in which Inferpipe workspace.

    Settings come from the folder BRIDGE_CONFIG (default: config/) and the environment; `inferpipe-bridge config` shows
    each value in force and where it comes from.
    """
