"""How every page of the sandbox is rendered: from templates beside the code, and a shell that they share."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader

_SHARED = Path(__file__).parent / "templates"


def templates(room: Path) -> Environment:
    """Those of a room's folder, and the shared ones."""
    return Environment(
        loader=FileSystemLoader([room / "templates", _SHARED]), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
