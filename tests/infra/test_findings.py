"""checkov and cfripper find nothing in the templates that is not argued, and no argument outlives its finding."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.findings import Finding, arguments, judge
from infra.findings.scanning import ScanError, scan
from infra.stages import ON_AWS
from tests.infra.synthesis import Synthesis
from tests.installing import install

_OPEN = {"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "Description": "planted"}
PLANTED = {
    "Resources": {
        "Open": {
            "Type": "AWS::EC2::SecurityGroup",
            "Properties": {"GroupDescription": "planted", "VpcId": "vpc-1", "SecurityGroupIngress": [_OPEN]},
        }
    }
}
"""A group that lets in everybody: both tools have rules about it."""


@pytest.fixture(scope="module")
def tools() -> None:
    install("template-tools")


@pytest.fixture(scope="module")
def findings(
    tools: None, synthesis: Callable[[str], Synthesis], tmp_path_factory: pytest.TempPathFactory
) -> list[Finding]:
    """Of the stages on AWS. In dev a faulty template lies beside the others."""
    found: list[Finding] = []
    for stage in ON_AWS:
        folder, scratch = tmp_path_factory.mktemp(stage), tmp_path_factory.mktemp(f"{stage}-scratch")
        for name, template in synthesis(stage).templates.items():
            (folder / f"{name}.template.json").write_text(json.dumps(template), encoding="utf-8")
        if stage == "dev":
            (folder / "RideFlow-dev-planted.template.json").write_text(json.dumps(PLANTED), encoding="utf-8")
        found += scan(stage, folder, scratch)
    return found


def test_every_finding_is_argued_and_every_argument_has_a_finding(findings: list[Finding]) -> None:
    judgement = judge((each for each in findings if not each.where.startswith("planted/")), arguments())

    assert [str(each) for each in judgement.unargued] == []
    assert [str(each) for each in judgement.stale] == []


def test_a_fault_in_a_template_is_found_by_both_tools_and_argued_by_nobody(findings: list[Finding]) -> None:
    planted = [each for each in findings if each.where.startswith("planted/")]

    assert ("checkov", "CKV_AWS_24") in {(each.tool, each.rule) for each in planted}
    assert ("cfripper", "EC2SecurityGroupOpenToWorldRule") in {(each.tool, each.rule) for each in planted}
    assert len(judge(planted, arguments()).unargued) == len(planted)


def test_a_folder_without_templates_is_refused(tools: None, tmp_path: Path) -> None:
    with pytest.raises(ScanError, match="no templates"):
        list(scan("dev", tmp_path, tmp_path))


def test_a_template_that_a_tool_cannot_read_is_refused(tools: None, tmp_path: Path) -> None:
    """It would be without findings."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"SecurityGroupIngress": [{"FromPort": "many"}]}}
    template = tmp_path / "RideFlow-dev-broken.template.json"
    template.write_text(json.dumps({"Resources": {"Group": group}}), encoding="utf-8")

    with pytest.raises(ScanError, match="cfripper"):
        list(scan("dev", tmp_path, scratch))
