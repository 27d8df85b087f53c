"""`make check` leaves out no stage's templates, and not the console."""

import json
from pathlib import Path

from infra.stages import STAGES
from local.cdk import node
from local.paths import CONSOLE
from tools.check import Check, console_checks, template_checks


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


def test_the_consoles_checks_are_the_ones_that_its_own_package_names() -> None:
    own = json.loads((CONSOLE / "package.json").read_text())["scripts"]["check"].split(" && ")
    checked = [check.command for check in console_checks()]

    assert [Path(program).name for _, program, *_ in checked] == ["generate.mjs", "tsc", "biome"]
    assert [command.split()[-1] for command in own] == [command[-1] for command in checked]
    assert {(command[0], check.folder) for command, check in zip(checked, console_checks(), strict=True)} == {
        (str(node()), CONSOLE)
    }


def test_a_check_of_the_console_that_fails_tells_the_tools_own_words(tmp_path: Path) -> None:
    (tmp_path / "wrong.ts").write_text("export const amount: number = 'seven';\n")
    tsc = console_checks()[1].command[:2]

    failure = Check("types", [*tsc, "--noEmit", "wrong.ts"], tmp_path).run()

    assert failure is not None
    assert "Type 'string' is not assignable to type 'number'" in failure
