"""docs/errors.md tells of every error the bridge can name, and of no other."""

import ast
import re
from pathlib import Path

from bridge.answers.saml.advice import ADVICE
from bridge.saml.status import REFUSALS
from bridge.store.errors import _POSTGRESQL, _SQLITE

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "errors.md"


def _trees() -> list[ast.Module]:
    paths = [path for path in (ROOT / "bridge").rglob("*.py") if "sandbox" not in path.relative_to(ROOT).parts[1:2]]
    return [ast.parse(path.read_text(encoding="utf-8")) for path in paths]


def _families(trees: list[ast.Module]) -> set[str]:
    """BridgeError and everything that descends from it, by name."""
    known, before = {"BridgeError"}, 0
    while len(known) != before:
        before = len(known)
        for tree in trees:
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and known & {ast.unparse(base) for base in node.bases}:
                    known.add(node.name)
    return known


def _codes() -> set[str]:
    trees = _trees()
    # an error may be chosen first and made then, or name its own code
    families = _families(trees) | {"_lost", "kind", "super().__init__"}
    found = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in families and node.args:
                texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
                found |= {text for text in texts[:1] if re.fullmatch(r"[a-z_]+", text)}
    return found


def test_every_code_has_a_row_and_every_row_a_code() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("## Clerk's own")[0]
    cells = re.findall(r"^\| (`[^|]*`) \|", text, re.MULTILINE)
    told = {code for cell in cells for code in re.findall(r"`(\w+)`", cell)}
    assert told == _codes() | {code for code, _ in _SQLITE.values()} | {code for _, code, _ in _POSTGRESQL}


def test_advice_is_given_about_codes_that_there_are() -> None:
    assert set(ADVICE) - _codes() - {code for code, _ in REFUSALS.values()} == set()
