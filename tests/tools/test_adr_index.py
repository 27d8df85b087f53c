"""The index of the decision records."""

from pathlib import Path

import pytest

from tools.adr_index import MalformedRecordError, index, records

HEAD = "# 7. A record\n\n*Accepted 2026-11-28; amended by ADR 9.*\n\n**Decision.** …\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0012-another.md").write_text("# 12. Another\n\n*Superseded 2026-11-29; by ADR 13.*\n\nText.\n")
    (tmp_path / "0007-a-record.md").write_text(HEAD)
    (tmp_path / "README.md").write_text("The index itself is no record.")
    return tmp_path


def test_the_index_lists_each_record_with_its_date_and_status(folder: Path) -> None:
    rows = [line for line in index(records(folder)).splitlines() if line.startswith("| ") and "](" in line]

    assert rows == [
        "| 7 | [A record](0007-a-record.md) | 2026-11-28 | accepted; amended by ADR 9 |",
        "| 12 | [Another](0012-another.md) | 2026-11-29 | superseded; by ADR 13 |",
    ]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("0008-no-date.md", "# 8. No date\n\n**Decision.** …\n"),
        ("0008-other-number.md", HEAD),
        ("8-short.md", HEAD.replace("# 7.", "# 8.")),
    ],
)
def test_a_record_that_the_index_cannot_list_is_named(folder: Path, file: str, text: str) -> None:
    (folder / file).write_text(text)

    with pytest.raises(MalformedRecordError, match=file):
        records(folder)
