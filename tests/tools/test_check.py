"""`make check` leaves out no stage's templates."""

from pathlib import Path

from infra.stages import STAGES
from tools.check import template_checks


def test_the_templates_of_every_stage_are_made_and_checked(tmp_path: Path) -> None:
    checked: dict[str, list[str]] = {}
    for check in template_checks(tmp_path):
        tool, *arguments = check.command
        checked.setdefault(tool, []).append(arguments[-1])
        if tool == "rideflow":  # as it does
            (tmp_path / Path(arguments[-1]).name).mkdir()
            (tmp_path / Path(arguments[-1]).name / "a.template.json").touch()

    folders = [tmp_path / stage for stage in STAGES]
    assert checked["rideflow"] == [str(folder) for folder in folders]
    assert checked["cfn-lint"] == [str(folder / "a.template.json") for folder in folders]
