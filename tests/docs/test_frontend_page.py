"""The snippet of docs/frontend.md, checked by TypeScript against the package of npm. It is skipped where node is absent.

What is installed goes into pytest's cache, once for each version.
"""

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.support.npm import installed, require_node

PAGE = Path(__file__).resolve().parents[2] / "docs" / "frontend.md"
PACKAGES = ("@clerk/react@6.18.0", "react@19.3.1", "react-dom@19.3.1", "@types/react@19.3.0", "typescript@5.9.3")
OPTIONS = {
    "strict": True,
    "jsx": "react-jsx",
    "module": "esnext",
    "moduleResolution": "bundler",
    "target": "es2022",
    "lib": ["es2022", "dom", "dom.iterable"],
    "noEmit": True,
    "skipLibCheck": True,
    "types": [],
}


def snippet() -> str:
    return re.findall(r"```tsx\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]


@pytest.fixture(scope="session")
def packages(pytestconfig: pytest.Config) -> Path:
    """A folder with the packages in it, whole or not at all."""
    require_node()
    return installed(pytestconfig, f"clerk-react-{PACKAGES[0].rpartition('@')[2]}", *PACKAGES)


def test_the_page_of_the_dashboard_fits_the_types_of_the_package(packages: Path) -> None:
    assert _checked(packages, snippet()) == ""


def test_a_mistake_in_it_would_be_noticed(packages: Path) -> None:
    assert "error TS" in _checked(packages, snippet().replace("clerk.client.signIn.create", "clerk.client.signIn.make"))


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_only_a_path_of_the_dashboard_is_opened_afterwards() -> None:
    """What it opens, as a browser would resolve it."""
    body = snippet().partition("function pathOf(given: string | null): string {")[2].partition("\n}\n")[0]
    given = ["/runs/42?a=b#c", "//evil.example", "/.//evil.example", "/a/..//evil.example", "/%2e//evil.example"]
    given += ["/\\evil.example", "/\t/evil.example", "https://evil.example/", "javascript:alert(1)", ""]
    code = f"""const window = {{location: new URL("https://app.example/sign-in")}};
    function pathOf(given) {{ {body} }}
    console.log(JSON.stringify({json.dumps(given)}.map(one => new URL(pathOf(one), window.location).href)))"""
    opened = json.loads(_run("node", "-e", code).stdout)
    assert opened == ["https://app.example/runs/42?a=b#c"] + ["https://app.example/"] * (len(given) - 1)


def test_what_clerk_refuses_is_called_as_clerk_calls_it() -> None:
    """facts: a second use, an old one, one that was taken back."""
    for code in ("sign_in_token_already_used_code", "ticket_expired_code", "sign_in_token_revoked_code"):
        assert code in snippet()


def _checked(packages: Path, code: str) -> str:
    """What TypeScript says about it; nothing, where it fits."""
    with tempfile.TemporaryDirectory(dir=packages) as folder:
        Path(folder, "SignInByTicket.tsx").write_text(code, encoding="utf-8")
        options = {"compilerOptions": OPTIONS, "files": ["SignInByTicket.tsx"]}
        Path(folder, "tsconfig.json").write_text(json.dumps(options), encoding="utf-8")
        return _run("node", str(packages / "node_modules/typescript/bin/tsc"), "-p", folder).stdout


def _run(*command: str, cwd: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=180, check=False)
