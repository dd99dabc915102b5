"""docs/scim-dialects.md says of each healer what the code says."""

from pathlib import Path

from scim.dialects import HEALERS, STRICT_ALLOWS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "scim-dialects.md"


def test_the_page_lists_every_healer_with_its_shape_source_and_strictness() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("## The healers")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    listed = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines]
    assert listed == [
        (f"`{healer.name}`", healer.shape, healer.source, "takes" if healer.name in STRICT_ALLOWS else "refuses")
        for healer in HEALERS.values()
    ]
