"""The file of arguments: what an entry covers, and what it must say."""

from pathlib import Path

import pytest

from infra.findings import Argument, ArgumentsError, Finding, arguments, judge


def test_an_argument_covers_its_rule_of_its_tool_on_its_resources_alone() -> None:
    argument = Argument("checkov", "CKV_1", "data/AWS::S3::Bucket.*", "because")
    finding = Finding("checkov", "CKV_1", "data/AWS::S3::Bucket.Paths", "message", "prod")
    others = [
        Finding("cfripper", "CKV_1", finding.where, "message", "prod"),
        Finding("checkov", "CKV_2", finding.where, "message", "prod"),
        Finding("checkov", "CKV_1", "api/AWS::S3::Bucket.Paths", "message", "prod"),
    ]

    assert judge([finding], [argument]).passes
    assert judge([finding, *others], [argument]).unargued == sorted(others)
    assert judge(others, [argument]).stale == [argument]
    assert not judge([], [argument]).passes


@pytest.mark.parametrize(
    "entry",
    [
        'tool = "checkov"\nrule = "CKV_1"\nresources = "*"',
        'tool = "checkov"\nrule = "CKV_1"\nresources = "*"\nreason = " "',
        'tool = "checkov"\nrule = "CKV_1"\nresources = "*"\nreason = "because"\nuntil = "2027"',
    ],
)
def test_an_entry_without_a_reason_is_refused(entry: str, tmp_path: Path) -> None:
    file = tmp_path / "accepted.toml"
    file.write_text(f"[[finding]]\n{entry}\n", encoding="utf-8")

    with pytest.raises(ArgumentsError, match=r"accepted\.toml"):
        arguments(file)
