"""`docs/getting-started.md` works: its commands, one after the other, play a ride on the local cloud."""

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from local.paths import ROOT, VENV
from local.stack import Stack

GUIDE = ROOT / "docs" / "getting-started.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WITHIN_S = 300

# The guide's `rideflow`, for the tests' stack. `up` and `down` only print their help: other tests need the stack.
RIDEFLOW = """
import sys
from local import paths
from local.cli import main
paths.STACK = paths.TEST_STACK
if sys.argv[1] in ("up", "down"):
    sys.argv[2:] = ["--help"]
main()
"""


def commands() -> list[str]:
    return BLOCK.findall(GUIDE.read_text())


def test_every_command_of_the_guide_plays_its_part_of_a_ride(stack: Stack, tmp_path: Path) -> None:
    checkout(tmp_path)
    script = "set -eu\n" + "\n".join(commands())
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    refused = [answer for answer in answers if str(answer.get("type", "")).startswith("urn:rideflow:problem:")]
    assert refused == []
    (quote,) = [answer for answer in answers if "expires_at" in answer]
    (receipt,) = [answer for answer in answers if "breakdown" in answer and "trip_id" in answer]
    assert 0 < receipt["amount_minor"] <= quote["amount_minor"]
    reasons = receipt["reasons"]
    assert (reasons["because"], reasons["coverage"]) == ("route_kept", 1), "the fare is that of the driven path"
    assert reasons["driven_distance_m"] == pytest.approx(1420, abs=50), "the path begins at the pickup"
    (statement,) = [answer for answer in answers if "lines" in answer]
    assert [line["amount_minor"] for line in statement["lines"]] == [statement["account"]["balance_minor"]]
    assert 0 < statement["account"]["balance_minor"] < receipt["amount_minor"], "the driver has a share of the fare"
    (cancelled,) = [answer for answer in answers if answer.get("cancelled_by")]
    assert (cancelled["state"], cancelled["cancel_rule"]) == ("cancelled", "no_driver_yet"), "Ben's bank was passed"
    seen = next(line for line in done.stdout.splitlines() if line.isdigit())
    assert int(seen) >= 5, "the rider saw the car come"


def test_the_guide_can_be_pasted_into_a_shell_that_expands_its_history() -> None:
    """Bash expands an exclamation mark before a character to a former command, within double quotes too."""
    assert [block for block in commands() if re.search(r"!\S", block)] == []


def test_an_answer_without_the_member_that_is_asked_for_is_shown(tmp_path: Path) -> None:
    checkout(tmp_path)
    (abbreviations,) = (block for block in commands() if "field()" in block)
    refused = """{"code": "driver_exists", "status": 409}"""

    done = subprocess.run(
        ["sh", "-c", f"{abbreviations}\necho '{refused}' | field id"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (1, "")
    assert "driver_exists" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_guide_says_all_that_a_newcomer_has_to_know() -> None:
    text = GUIDE.read_text()
    for needed in (
        "123456",
        "pm_card_visa",
        "rideflow operator",
        "san_francisco/areas.geojson",
        "every four seconds",
        "rideflow logs",
        "rideflow down",
        "docs/getting-started.md",
    ):
        assert needed in text + (ROOT / "README.md").read_text(), needed


def checkout(folder: Path) -> None:
    """A checkout with the programs that the guide calls by path."""
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "websockets"):
        (programs / name).write_text(f'#!/bin/sh\nexec {shlex.quote(str(VENV / "bin" / name))} "$@"\n')
    python, program = shlex.quote(str(VENV / "bin" / "python")), shlex.quote(RIDEFLOW)
    (programs / "rideflow").write_text(f'#!/bin/sh\nexec {python} -c {program} "$@"\n')
    for script in programs.iterdir():
        script.chmod(0o755)
