"""Database addresses, read in one place: ``sqlite:///FILE`` (``sqlite:////FILE`` is absolute) and ``postgresql://…``."""

from pathlib import Path

from bridge.errors import BridgeError


def sqlite_file(url: str) -> Path | None:
    """The file of a SQLite address, None for a PostgreSQL one; `BridgeError` for anything else."""
    kind, _, rest = url.partition("://")
    if kind in {"postgresql", "postgres"} and rest:
        return None
    if kind == "sqlite" and rest.startswith("/") and rest[1:] not in {"", "/", ":memory:"}:
        return Path(rest[1:])
    raise BridgeError(
        "database_url_unknown",
        f"The database URL starts with {kind!r}." if kind != "sqlite" else "The database URL names no file.",
        hint="Use sqlite:///FILE or postgresql://USER@HOST/NAME.",
    )
