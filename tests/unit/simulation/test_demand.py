from pathlib import Path

import pytest

from rideflow.kernel.geo import distance_m
from simulation.demand import SHORTEST_RIDE_M, compressed, drawn, recorded
from simulation.recording import RecordingError
from tests.market_data import DEPLOYED
from tests.unit.simulation.recorded import TRIPS, trips_file

RIDE = "37.7749,-122.4194,37.7936,-122.3958,600"


@pytest.mark.parametrize("name", ["trips.csv", "trips.csv.gz"])
def test_a_recording_is_thinned_evenly_and_counts_from_its_first_ride(tmp_path: Path, name: str) -> None:
    path = trips_file(tmp_path, *(f"t{number},{1000 + 60 * number},{RIDE}" for number in range(10)), name=name)

    assert [(ride.id, ride.after_s) for ride in recorded(path, 5)] == [
        ("t0", 0), ("t2", 120), ("t4", 240), ("t6", 360), ("t8", 480),
    ]  # fmt: skip


def test_trips_that_are_no_ride_or_leave_the_city_are_passed_over(tmp_path: Path) -> None:
    path = trips_file(
        tmp_path,
        "meter,1000,37.7749,-122.4194,37.7750,-122.4195,20",
        "leaves,1001,37.7749,-122.4194,36.6,-121.9,7200",
        f"ride,1002,{RIDE}",
    )

    assert [ride.id for ride in recorded(path, 1)] == ["ride"]
    with pytest.raises(RecordingError, match="holds fewer rides in the served area than were asked for: 1 of 2"):
        recorded(path, 2)


@pytest.mark.parametrize(("text", "said"), [
    (TRIPS + "t1,soon,37.7,-122.4,37.8,-122.4,60,V1\n", r"trips.csv, line 2: this is not a trip: .*soon"),
    (TRIPS + "t1,1,97.7,-122.4,37.8,-122.4,60,V1\n", "line 2"),
    (TRIPS + "t1,1,37.7\n", "line 2"),
    ("trip,when\n1,2\n", "has no column 'trip_id'"),
    (b"\xff\xfe", "cannot be read"),
    (None, "cannot be read"),
])  # fmt: skip
def test_an_invalid_recording_is_refused_with_the_place_of_the_fault(
    tmp_path: Path, text: str | bytes | None, said: str
) -> None:
    path = tmp_path / "trips.csv"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())

    with pytest.raises(RecordingError, match=said):
        recorded(path, 1)


def test_a_gzip_file_that_is_cut_off_is_told(tmp_path: Path) -> None:
    whole = trips_file(tmp_path, *(f"t{number},{number},{RIDE}" for number in range(500)), name="trips.csv.gz")
    whole.write_bytes(whole.read_bytes()[:-20])

    with pytest.raises(RecordingError, match="cannot be read"):
        recorded(whole, 1)


def test_the_same_seed_draws_the_same_evening_and_another_seed_another() -> None:
    assert drawn(20, 1) == drawn(20, 1) != drawn(20, 2)


def test_drawn_rides_lie_in_the_served_area_and_are_rides() -> None:
    rides = drawn(200, 3)

    for ride in rides:
        assert DEPLOYED.zone_at(ride.pickup).market is DEPLOYED.zone_at(ride.dropoff).market
        assert distance_m(ride.pickup, ride.dropoff) >= SHORTEST_RIDE_M
        assert 0 < ride.duration_s < 7200
    assert [ride.after_s for ride in rides] == sorted(ride.after_s for ride in rides)
    assert 0 <= rides[0].after_s <= rides[-1].after_s <= 6 * 3600


def test_compressing_keeps_the_rhythm() -> None:
    rides = drawn(30, 1)
    shorter = compressed(rides, 60)

    assert shorter[-1].after_s == pytest.approx(60)
    assert shorter[10].after_s / 60 == pytest.approx(rides[10].after_s / rides[-1].after_s)
