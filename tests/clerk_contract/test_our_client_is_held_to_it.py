"""No verb of our client is without a test that runs on a real Clerk, too."""

import ast
import importlib
import inspect
import pkgutil
from pathlib import Path

import bridge.clerk

OURS = sorted(Path(__file__).parent.glob("test_our_client_*.py"))


def test_every_verb_of_the_client_is_called_by_a_test_on_every_peer() -> None:
    """Add yours to the file of its noun here: it takes `clerk` and `peer`, and names what it makes by `peer`."""
    called = {name for file in OURS for name in calls(ast.parse(file.read_text(encoding="utf-8")))}
    assert len(called) > 20
    assert sorted(verbs() - called) == []


def verbs() -> set[str]:
    """`users.create` and so on: every public coroutine of a noun."""
    found = set()
    for module in pkgutil.iter_modules(bridge.clerk.__path__):
        noun = importlib.import_module(f"bridge.clerk.{module.name}")
        for name, value in vars(noun).items():
            own = inspect.isfunction(value) and value.__module__ == noun.__name__ and not name.startswith("_")
            if own and (inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value)):
                found.add(f"{module.name}.{name}")
    return found


def calls(tree: ast.AST) -> set[str]:
    """Every `noun.verb(…)` of a file."""
    functions = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [one for one in functions if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name)]
    return {f"{one.value.id}.{one.attr}" for one in named if isinstance(one.value, ast.Name)}
