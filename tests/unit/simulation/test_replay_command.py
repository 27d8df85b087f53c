"""`rideflow replay` as scripts and people call it."""

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
    (["--policy", "best"], "best is none of nearest, edge, optimal, rideflow"),
    (["--drivers", "0"], "--drivers: 0 is below 1"),
    (["--drivers", "many"], "'many' are not whole numbers"),
    (["--seeds", "1,-2"], "--seeds: -2 is below 0"),
    (["--drivers", "3"], "2 vehicles were recorded; 3 were asked for"),
    (["--from", "9000"], "has no trip in this time"),
])  # fmt: skip
def test_what_cannot_be_replayed_is_said_in_a_sentence(tmp_path: Path, options: list[str], said: str) -> None:
    refused = replay(tmp_path, *options)

    assert refused.exit_code == 1
    assert said in refused.stderr
