"""`rideflow replay` as scripts and people use it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from local.cli import app
from tests.unit.simulation.recorded import pings_file, trips_file


def replay(folder: Path, *options: str) -> Result:
    trips = trips_file(folder, "t1,100,37.76,-122.42,37.77,-122.42,60", "t2,160,37.77,-122.42,37.76,-122.42,60")
    pings = pings_file(folder, "0,V1,37.76,-122.42", "0,V2,37.77,-122.42")
    return CliRunner().invoke(app, ["replay", "--trips", str(trips), "--pings", str(pings), *options])


def test_lists_of_fleets_and_policies_give_a_result_each(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    done = replay(
        tmp_path,
        "--drivers",
        "2,1",
        "--policy",
        "nearest,rideflow",
        "--seeds",
        "1,2",
        "--tick",
        "5",
        "--json",
        str(out),
    )

    assert done.exit_code == 0, done.output
    results = json.loads(out.read_text())["results"]
    assert [(each["drivers"], each["policy"]) for each in results] == [
        (2, "nearest"), (2, "rideflow"), (1, "nearest"), (1, "rideflow"),
    ]  # fmt: skip
    assert all((each["tick"], each["seeds"]) == (5, [1, 2]) for each in results)
    assert results[0]["served"] == 100


@pytest.mark.parametrize(("options", "said"), [
    (["--policy", "best"], "best is none of nearest, edge, optimal, rideflow, forward"),
    (["--drivers", "0"], "--drivers: 0 is below 1"),
    (["--drivers", "many"], "'many' are not whole numbers"),
    (["--seeds", "1,-2"], "--seeds: -2 is below 0"),
    (["--drivers", "3"], "Fewer vehicles were recorded than drivers were asked for: 2 of 3"),
    (["--from", "9000"], "has no trip in this time"),
])  # fmt: skip
def test_a_replay_that_is_impossible_is_refused_with_a_sentence(tmp_path: Path, options: list[str], said: str) -> None:
    refused = replay(tmp_path, *options)

    assert refused.exit_code == 1
    assert said in refused.stderr


def test_the_plot_is_a_png_with_a_line_for_each_policy(tmp_path: Path) -> None:
    out = tmp_path / "cost.png"

    done = replay(tmp_path, "--drivers", "1,2", "--policy", "nearest,rideflow", "--seeds", "1", "--plot", str(out))

    assert done.exit_code == 0, done.output
    assert out.read_bytes().startswith(b"\x89PNG")


def test_how_wrong_the_estimates_are_is_printed_beside_the_straight_line(tmp_path: Path) -> None:
    done = replay(tmp_path, "--drivers", "1", "--seeds", "1")

    assert "RMSLE" in done.output
    assert "straight line" in done.output


@pytest.mark.parametrize("option", ["--json", "--plot"])
def test_an_output_that_cannot_be_written_is_refused_before_anything_is_replayed(tmp_path: Path, option: str) -> None:
    refused = replay(tmp_path, "--trips", str(tmp_path / "none.csv"), option, str(tmp_path / "no" / "folder"))

    assert refused.exit_code == 1
    assert f"{option}: " in refused.stderr
    assert "cannot be written" in refused.stderr.replace("\n", " ")


def test_a_refused_replay_leaves_no_empty_file_and_an_old_one_as_it_was(tmp_path: Path) -> None:
    old, new = tmp_path / "old.json", tmp_path / "new.png"
    old.write_text("figures")

    assert replay(tmp_path, "--drivers", "3", "--json", str(old), "--plot", str(new)).exit_code == 1

    assert old.read_text() == "figures"
    assert not new.exists()
