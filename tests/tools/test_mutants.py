"""The kept list of planted faults: the code of each is at its place, and tests notice nearly all of them."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.mutants.__main__ import LEAST_KILLED
from tools.mutants.fault import AnchorError, Fault, faults, place_of
from tools.mutants.workspace import Ran, Workspace

ROOT = Path(__file__).resolve().parents[2]
LEAST_PLANTED = 120

PUMP = Fault(
    name="pump", file="layers/pump.py", within="Pump.start", code="if self.full:", becomes="if True:", tests=()
)


@pytest.mark.parametrize("fault", faults(), ids=lambda fault: fault.name)
def test_a_fault_stands_where_it_says_and_leaves_a_program(fault: Fault) -> None:
    place = place_of(fault, ROOT)
    text = place.with_fault(fault)

    assert text != place.text
    if place.path.suffix == ".py":
        ast.parse(text)
    for test in fault.tests:
        assert (ROOT / test).exists(), test


def test_a_copy_of_the_checkout_is_tried_with_its_own_packages(tmp_path: Path) -> None:
    root, copy = tmp_path / "checkout", tmp_path / "copy"
    pump_in(root, "packages/water/src/pump.py", "        return")
    (root / "tests").mkdir()
    (root / "tests/test_pump.py").write_text(
        "import pump\n\ndef test_it_is_the_copys():\n    assert '/copy/' in pump.__file__\n"
    )
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)

    assert Workspace(root, copy).run(["tests/test_pump.py"]) == Ran("survived", "")


def test_a_copy_shares_what_is_large_and_has_a_stack_of_its_own(tmp_path: Path) -> None:
    """The tests of a fault may start the stack while that of the checkout is up."""
    root, copy = tmp_path / "checkout", tmp_path / "copy"
    for name in ("venvs/lambda", "test"):
        (root / ".rideflow" / name).mkdir(parents=True)
    (root / ".rideflow" / "supervisor.lock").touch()
    (root / ".gitignore").write_text(".rideflow\n")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)

    Workspace(root, copy)

    assert (copy / ".rideflow/venvs/lambda").is_dir()
    assert [each.name for each in (copy / ".rideflow").iterdir()] == ["venvs"]


def test_there_are_enough_faults() -> None:
    assert len(faults()) >= LEAST_PLANTED


def pump_in(folder: Path, file: str, body: str) -> Path:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"class Pump:\n    def start(self):\n{body}\n\n    def stop(self):\n        if self.full: pass\n")
    return path


def test_code_is_found_in_its_function_however_it_is_wrapped(tmp_path: Path) -> None:
    path = pump_in(tmp_path, PUMP.file, "        if self.full:\n            return")

    place = place_of(PUMP, tmp_path)

    assert place.path == path
    assert place.with_fault(PUMP).count("if True:") == 1
    assert "if self.full: pass" in place.with_fault(PUMP)


def test_code_that_moved_with_its_function_is_found(tmp_path: Path) -> None:
    moved = pump_in(tmp_path, "functions/water/pump.py", "        if self.full:\n            return")

    assert place_of(PUMP, tmp_path).path == moved


@pytest.mark.parametrize(
    "body",
    [
        "        if self.empty:\n            return",
        "        if self.full:\n            return\n        if self.full: pass",
    ],
    ids=["gone", "twice"],
)
def test_code_that_is_gone_or_stands_twice_is_complained_of(tmp_path: Path, body: str) -> None:
    pump_in(tmp_path, PUMP.file, body)

    with pytest.raises(AnchorError, match="pump"):
        place_of(PUMP, tmp_path)


@pytest.mark.long
def test_the_tests_notice_nearly_every_fault_and_the_others_are_argued(tmp_path: Path) -> None:
    written = tmp_path / "mutants.json"

    done = subprocess.run(
        [sys.executable, "-m", "tools.mutants", "--json", str(written)], cwd=ROOT, check=False, capture_output=True,
        text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-4000:]
    verdicts = json.loads(written.read_text())["mutants"]
    killed = [verdict for verdict in verdicts if verdict["outcome"] == "killed"]
    assert done.stdout.strip().splitlines()[-1] == f"{len(verdicts)} planted, {len(killed)} killed"
    assert len(killed) >= LEAST_KILLED * len(verdicts)
