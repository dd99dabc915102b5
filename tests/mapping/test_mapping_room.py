"""`mappings` is pure: the same person, rules and moment give the same decision, wherever it runs."""

import ast
import sys
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[2] / "mappings"
FILES = sorted(ROOM.rglob("*.py"))
ALLOWED = {"mappings", "yaml", "pydantic", "pydantic_core"}
IMPURE = {
    "asyncio",
    "time",
    "random",
    "secrets",
    "uuid",
    "os",
    "socket",
    "http",
    "urllib",
    "sqlite3",
    "threading",
    "subprocess",
}


def imported(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOM)))
def test_a_file_of_the_room_imports_no_clock_chance_or_world(path):
    found = imported(path)
    assert found & IMPURE == set()
    assert {name for name in found if name not in sys.stdlib_module_names} <= ALLOWED


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOM)))
def test_a_file_of_the_room_asks_nobody_for_the_time(path):
    calls = {node.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Attribute)}
    assert calls & {"now", "utcnow", "today"} == set()


def test_pydantic_stands_at_the_edge_only():
    edge = {"model.py", "salvage.py", "located/validate.py", "located/hints.py", "located/fields.py"}
    assert {str(path.relative_to(ROOM)) for path in FILES if imported(path) & {"pydantic", "pydantic_core"}} == edge
