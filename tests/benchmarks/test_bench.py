"""The bench measures the documented operations, and reports failures instead of other figures."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import NotMeasuredError, main
from local import paths
from local.paths import StackFolder

type Row = dict[str, Any]


@pytest.fixture
def no_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A checkout without a running local cloud."""
    monkeypatch.setattr(paths, "STACK", StackFolder(tmp_path))


def measured(tmp_path: Path, part: str, *options: str) -> dict[str, Row]:
    """The part's rows by name, from a process of its own: the part replaces AWS and fills the product's caches."""
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--only", part, "--json", str(figures), *options]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    document = json.loads(figures.read_text())
    assert list(document) == [part]
    return {row["name"]: row for row in document[part]}


@dataclass(frozen=True)
class ItsProcess:
    name: str
    process: int


def its_process(_options: object) -> list[ItsProcess]:
    return [ItsProcess("process", os.getpid())]


def cannot_be_measured(is_optional: bool, _options: object) -> list[Row]:
    raise NotMeasuredError("no figures", is_optional=is_optional)


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


@pytest.mark.long
def test_the_ledger_is_measured_by_what_it_books_what_is_settled_and_what_is_read(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "--only", "ledger", "--json", str(figures), "--repeats", "50"]
    done = subprocess.run(command, cwd=paths.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    one, four, settled, *reads = json.loads(figures.read_text())["ledger"]

    assert (one["name"], four["name"], settled["name"]) == ("one connection", "4 connections", "one connection")
    for row in (one, four):
        assert row["journals_per_s"] == pytest.approx(2 * row["rides_per_s"], abs=1)
        assert row["ratio"] == pytest.approx(row["floor_per_s"] / row["rides_per_s"], abs=0.02)
    assert settled["ratio"] == pytest.approx(settled["floor_per_s"] / settled["settles_per_s"], abs=0.05)
    assert [read["entries"] for read in reads] == [1_000_000] * 5


def test_the_channel_is_measured_with_the_whole_market_in_view_and_with_a_part_of_it(tmp_path: Path) -> None:
    rows = measured(tmp_path, "channel", "--fleets", "40,80", "--repeats", "20")

    assert list(rows) == [
        f"{drivers} drivers, {part}" for drivers in (40, 80) for part in ("whole market", "a twentieth")
    ]
    for row in rows.values():
        assert 200 < row["bytes_per_s"] <= row["largest_frame"] <= 32 * 1024
        assert 0 <= row["redis_ms"] < 1000
        assert 0 < row["script_p90_ms"] < 1000
        assert 0 < row["cpu_ms"] < 1000
    assert rows["80 drivers, a twentieth"]["bytes_per_s"] < rows["80 drivers, whole market"]["bytes_per_s"]


def test_the_use_of_a_ride_has_each_operation_and_what_the_stores_did_for_it(tmp_path: Path) -> None:
    rows = measured(tmp_path, "usage", "--rides", "3")

    once = ("trips.request_trip", "payments.capture_payment", "locations.measure_path")
    assert [rows[name]["a_ride"] for name in once] == [1, 1, 1]
    assert rows["locations.record_position"]["a_ride"] == 9
    assert all(0 <= row["cpu_ms"] < 1000 for row in rows.values() if "cpu_ms" in row)
    assert rows["trips.request_trip"]["cpu_ms"] > 0
    for name in ("PostgreSQL's processor", "Redis's processor", "log"):
        assert rows[name]["value"] >= 0
    assert rows["statements"]["value"] > 20
    assert rows["Redis commands"]["value"] > 9
    assert 50 < rows["memory of the process"]["value"] < 256


def test_parts_measured_in_one_run_each_have_a_process_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise the product's clients would outlive the stores of one part."""
    from benchmarks import __main__ as bench

    monkeypatch.setattr(bench, "_PARTS", dict.fromkeys(("first", "second"), bench.Part("processes", its_process)))
    figures = tmp_path / "figures.json"

    assert main(["--json", str(figures)]) == 0
    processes = [row["process"] for rows in json.loads(figures.read_text()).values() for row in rows]
    assert len({os.getpid(), *processes}) == 3
    shown = capsys.readouterr().out
    assert all(str(process) in shown for process in processes)


@pytest.mark.parametrize("is_optional", [False, True])
def test_a_part_that_cannot_be_measured_is_reported_by_any_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], is_optional: bool
) -> None:
    from benchmarks import __main__ as bench

    part = bench.Part("nothing", partial(cannot_be_measured, is_optional))
    monkeypatch.setattr(bench, "_PARTS", {"first": part, "second": part})

    assert main([]) == (0 if is_optional else 1)
    said = capsys.readouterr()
    assert ("first: passed over. no figures" in said.out, "first: no figures" in said.err) == (
        is_optional,
        not is_optional,
    )


def test_driven_distances_are_measured_for_each_noise_and_share_of_standing_without_a_stack(
    tmp_path: Path, no_stack: None
) -> None:
    rows = measured(tmp_path, "paths", "--drives", "28")

    assert len(rows) == 28
    assert {row["noise"] for row in rows.values()} == {
        *("white 0 m", "white 3 m", "white 5 m", "white 10 m"),
        *("correlated 0 m", "correlated 10 m", "correlated 20 m"),
    }
    assert {row["standing"] for row in rows.values()} == {0.0, 0.1, 0.2, 0.4}
    for row in rows.values():
        assert 0 <= row["error_p50"] <= row["error_p95"] < 0.2
        assert row["charged_above_quote"] == 0
    noisiest = rows["white 10 m, 40% standing"]
    assert noisiest["error_p50"] < noisiest["summed_p50"] / 4


def test_driven_distances_are_measured_for_each_interval_of_fixes_without_a_stack(
    tmp_path: Path, no_stack: None
) -> None:
    rows = measured(tmp_path, "intervals", "--drives", "48")

    assert list(rows) == [f"every {seconds} s" for seconds in (3, 5, 10, 15, 30, 45)]
    assert [row["complete"] for row in rows.values()][:2] == [1, 1]
    for row in list(rows.values())[2:]:
        assert row["complete"] < 1
        assert row["complete_error_p95"] < row["error_p50"]
        assert 0.99 <= row["least_charged"] <= row["most_charged"] <= 1


@pytest.mark.long
def test_rides_go_through_the_whole_flow_in_two_processes_and_end_paid(tmp_path: Path) -> None:
    rows = measured(tmp_path, "flow", "--rides", "2")

    assert list(rows) == ["whole_ride", "stripe_alone"]
    for row in rows.values():
        assert (row["rides"], row["processes"]) == (2, 2)
        assert row["rides_per_s"] > 0


@pytest.mark.long
def test_dispatch_is_measured_beside_its_bare_store_calls_and_every_storm_has_one_winner(tmp_path: Path) -> None:
    rows = measured(tmp_path, "dispatch", "--repeats", "5", "--zones", "20:3,60:5")

    ticks = [rows.pop(f"tick_{drivers}_drivers") for drivers in (20, 60)]
    assert [row["requests"] for row in ticks] == [3, 5]
    for row in ticks:
        assert 0 < row["matches"] <= row["requests"]
        shares = [row[f"{share}_pct"] for share in ("redis", "postgres", "solver", "python")]
        assert min(shares) > 0
        assert sum(shares) == pytest.approx(100, abs=0.3)
    counts = [rows.pop(f"demand_{drivers}_drivers") for drivers in (20, 60)]
    assert [row["requests_of_the_hour"] for row in counts] == [40, 120]
    for row in counts:
        assert row["ratio"] == pytest.approx(row["p50_ms"] / row["floor_p50_ms"], rel=0.05)
    assert list(rows) == ["location_message", "locations_service", "accept_storm"]
    assert rows["locations_service"]["positions_per_s"] < rows["locations_service"]["variadic_geoadd_per_s"]
    storm = rows["accept_storm"]
    assert storm["accepts_per_s"] == pytest.approx(storm["storms_per_s"] * storm["drivers"], rel=0.05)


def test_decisions_cost_no_less_than_the_optimum_and_serve_no_more(tmp_path: Path) -> None:
    rows = measured(tmp_path, "decisions", "--repeats", "2", "--decisions", "60:30,12:15")

    assert list(rows) == ["decide_30_requests_60_drivers", "decide_15_requests_12_drivers"]
    for row in rows.values():
        assert 0 < row["matches"] <= row["most_matches"]
        assert 1 <= row["cost_ratio"] < 1.05


def test_a_zone_without_drivers_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--only", "dispatch", "--zones", "0:5"])

    assert ended.value.code == 2
    assert "--zones" in capsys.readouterr().err


@pytest.mark.usefixtures("no_stack")
def test_a_request_for_figures_of_a_local_cloud_that_is_not_up_is_refused(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--only", "local"]) == 1
    assert f"start it with `{paths.command('up')}`" in capsys.readouterr().err


@pytest.mark.usefixtures("no_stack")
def test_a_local_cloud_that_is_not_up_does_not_keep_the_rest_from_being_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import __main__ as bench

    monkeypatch.setattr(bench, "_PARTS", {"local": bench._PARTS["local"]})
    figures = tmp_path / "figures.json"

    assert main(["--json", str(figures)]) == 0
    assert "local: passed over. The local cloud is not running" in capsys.readouterr().out
    assert json.loads(figures.read_text()) == {}


@pytest.mark.parametrize("columns", [80, 120])
def test_help_tells_the_parts_and_the_shape_of_their_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit) as ended:
        main(["--help"])

    shown = capsys.readouterr().out
    assert ended.value.code == 0
    for told in (
        "handlers",
        "imports",
        "flow",
        "usage",
        "dispatch",
        "local",
        "rides_per_s",
        "accepts_per_s",
        "empty_p50_ms",
    ):
        assert told in shown
    own, _, rest = shown.partition("\n\n")[2].partition("\noptions:")
    lines = (own + rest.partition("\n\n")[2]).splitlines()
    assert columns - 15 < max(len(line) for line in lines) <= columns
