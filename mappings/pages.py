"""Which section of docs/mapping.md explains which place of a mapping file. Every problem names one."""

from mappings.located import Path

PAGE = "docs/mapping.md"
YAML = f"{PAGE}#yaml"
TESTS = f"{PAGE}#tests"
GRANT = f"{PAGE}#grant"
CAPTURES = f"{PAGE}#captures"
USELESS = f"{PAGE}#rules-that-do-nothing"

_SECTIONS = {
    "connection": "the-file",
    "groups": "groups",
    "rules": "rules",
    "when": "when",
    "group_like": "captures",
    "attribute": "attributes",
    "captures": "captures",
    "grant": "grant",
    "from": "dates",
    "until": "dates",
    "limits": "limits",
    "otherwise": "otherwise",
    "tests": "tests",
}
_OWN_WORDS = {"groups", "attribute", "captures", "grant", "otherwise", "tests"}  # below these, keys are the file's own words


def see(path: Path | None) -> str:
    """The section about a place; None: YAML itself."""
    if path is None:
        return YAML
    section = "the-file"
    for part in path:
        section = _SECTIONS.get(str(part), section)
        if part in _OWN_WORDS:
            break
    return f"{PAGE}#{section}"


def sections() -> set[str]:
    """Every page and section that a problem may name."""
    return {YAML, USELESS, *(f"{PAGE}#{section}" for section in _SECTIONS.values())}
