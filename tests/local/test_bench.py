"""The bench measures what it says, and measures nothing rather than something else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from local import paths
from local.bench.__main__ import main
from local.paths import StackFolder

type Row = dict[str, Any]


@pytest.fixture
def no_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout where no local cloud runs."""
    monkeypatch.setattr(paths, "STACK", StackFolder(tmp_path))


def measured(tmp_path: Path, part: str, *options: str) -> dict[str, Row]:
    """The part's rows by name, from a process of its own: it answers for AWS and fills the product's caches."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "local.bench", "--only", part, "--json", str(figures), *options]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(figures.read_text())
    assert list(document) == [part]
    return {row["name"]: row for row in document[part]}


def test_hot_handlers_make_the_store_round_trips_they_promise(tmp_path: Path) -> None:
    rows = measured(tmp_path, "handlers", "--repeats", "5")

    assert list(rows) == ["location", "request_trip", "accept_offer"]
    assert (rows["location"]["statements"], rows["location"]["scripts"]) == (0, 1)
    # Reading the quote, writing the trip.
    assert (rows["request_trip"]["statements"], rows["request_trip"]["scripts"]) == (2, 0)
    # Writing the assignment.
    assert (rows["accept_offer"]["statements"], rows["accept_offer"]["scripts"]) == (1, 1)
    for row in rows.values():
        assert 0 < row["p50_us"] <= row["p99_us"]
        assert row["ratio"] == pytest.approx(row["p50_us"] / row["floor_p50_us"], abs=0.01)


def test_rides_go_through_the_whole_flow_in_two_processes_and_end_paid(tmp_path: Path) -> None:
    rows = measured(tmp_path, "flow", "--rides", "2")

    assert list(rows) == ["whole_ride", "stripe_alone"]
    for row in rows.values():
        assert (row["rides"], row["processes"]) == (2, 2)
        assert row["rides_per_s"] > 0


@pytest.mark.usefixtures("no_stack")
def test_a_local_cloud_that_is_not_up_is_said_to_whoever_asked_for_its_figures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--only", "local"]) == 1
    assert "start it with `rideflow up`" in capsys.readouterr().err


@pytest.mark.usefixtures("no_stack")
def test_a_local_cloud_that_is_not_up_does_not_keep_the_rest_from_being_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from local.bench import __main__ as bench

    monkeypatch.setattr(bench, "_PARTS", {"local": bench._PARTS["local"]})
    figures = tmp_path / "figures.json"

    assert main(["--json", str(figures)]) == 0
    assert "local: passed over. The local cloud is not running" in capsys.readouterr().out
    assert json.loads(figures.read_text()) == {}


def test_help_tells_the_parts_and_the_shape_of_their_figures(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    shown = capsys.readouterr().out
    assert ended.value.code == 0
    for told in ("handlers", "imports", "flow", "local", "rides_per_s", "empty_p50_ms"):
        assert told in shown
