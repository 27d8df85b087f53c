"""`rideflow logs`."""

import pytest
from typer.testing import CliRunner

from local import paths
from local.cli import app
from local.paths import StackFolder


@pytest.mark.parametrize(
    "name", ["trips.request_trip", "trips/request_trip", "request_trip", "rideflow-local-trips-request_trip"]
)
def test_logs_finds_a_function_by_any_of_its_names(folder: StackFolder, name: str) -> None:
    (folder.function_logs / "rideflow-local-trips-request_trip.log").write_text("first\nlast\n")
    assert CliRunner().invoke(app, ["logs", name]).stdout == "first\nlast\n"


def test_logs_begins_with_as_many_lines_as_asked(folder: StackFolder) -> None:
    folder.log("localstack").write_text("first\nsecond\nlast\n")
    assert CliRunner().invoke(app, ["logs", "localstack", "-n", "2"]).stdout == "second\nlast\n"


def test_logs_of_an_ambiguous_name_tells_the_choices(folder: StackFolder) -> None:
    for name in ("trips-request_trip", "trips-get_trip"):
        (folder.function_logs / f"rideflow-local-{name}.log").touch()
    answer = CliRunner().invoke(app, ["logs", "trip"])
    assert answer.exit_code == 1
    assert "trips.get_trip, trips.request_trip" in answer.stderr


def test_logs_of_a_function_that_ran_and_logged_nothing_say_so(folder: StackFolder) -> None:
    (folder.function_logs / "rideflow-local-trips-get_trip.log").touch()
    assert CliRunner().invoke(app, ["logs", "get_trip"]).stdout == "trips.get_trip has logged nothing.\n"


def test_logs_of_an_unknown_name_says_where_to_look(folder: StackFolder) -> None:
    answer = CliRunner().invoke(app, ["logs", "nobody"])
    assert answer.exit_code == 1
    assert f"`{paths.command('logs')}` lists" in answer.stderr
