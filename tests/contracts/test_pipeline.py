"""The pipeline's workflow is one that GitHub reads: `check-jsonschema` holds it to the schema that it carries."""

from pathlib import Path

import pytest

from local.paths import ROOT
from tests.contracts.foreign import PYTHON, run, said

WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
SCHEMA = ("--builtin-schema", "vendor.github-workflows")


@pytest.mark.usefixtures("tools")
def test_the_workflow_fits_github_s_schema() -> None:
    checked = run(PYTHON / "check-jsonschema", *SCHEMA, WORKFLOW)
    assert checked.returncode == 0, said(checked)


@pytest.mark.usefixtures("tools")
@pytest.mark.parametrize(("right", "wrong"), [("runs-on:", "run-on:"), ("needs: test", "need: test")])
def test_a_workflow_that_github_would_refuse_is_found(tmp_path: Path, right: str, wrong: str) -> None:
    faulty = tmp_path / "release.yml"
    faulty.write_text(WORKFLOW.read_text().replace(right, wrong))
    assert run(PYTHON / "check-jsonschema", *SCHEMA, faulty).returncode == 1
