import pytest

from rideflow.kernel.geo import Point
from rideflow.kernel.ride_requirements import PLAIN, Heading, RideRequirements, Traits, unmet

PREPAID = Traits(refuses=("prepaid",))


@pytest.mark.parametrize(("requirements", "traits", "lacks"), [
    (RideRequirements(), PLAIN, None),
    (RideRequirements(wheelchair_accessible=True), PLAIN, "wheelchair_accessible"),
    (RideRequirements(wheelchair_accessible=True), Traits(wheelchair_accessible=True), None),
    (RideRequirements(min_driver_rating=4.7), Traits(rating=4.6), "min_driver_rating"),
    (RideRequirements(min_driver_rating=4.7), Traits(rating=4.7), None),
    (RideRequirements(min_driver_rating=5.0), PLAIN, None),
    (RideRequirements(payment="prepaid"), PREPAID, "payment"),
    (RideRequirements(payment="credit"), PREPAID, None),
    (RideRequirements(), PREPAID, None),
])  # fmt: skip
def test_a_driver_suits_if_they_meet_every_requirement(
    requirements: RideRequirements, traits: Traits, lacks: str | None
) -> None:
    assert unmet(requirements, traits) == lacks


@pytest.mark.parametrize(("count", "rating"), [(0, None), (4, None), (5, 4.7)])
def test_a_mean_of_few_ratings_says_nothing(count: int, rating: float | None) -> None:
    known = Traits.known(1, wheelchair_accessible=False, rating=4.66, rating_count=count)

    assert known.rating == rating


@pytest.mark.parametrize("traits", [
    PLAIN,
    Traits(7, wheelchair_accessible=True, rating=4.0, refuses=("debit", "prepaid")),
    Traits(7, takes_upgrades=True),
    Traits(7, refuses=("credit",), heading=Heading(Point(lat=1, lng=2), 3.0), takes_upgrades=True),
    Traits(7, heading=Heading(Point(lat=-37.5, lng=-122.25), 1790877600.5)),
])  # fmt: skip
def test_an_entry_in_redis_is_read_as_it_was_written(traits: Traits) -> None:
    assert Traits.of_entry(traits.entry()) == traits


def test_an_entry_of_code_that_knew_no_upgrades_is_read() -> None:
    assert Traits.of_entry("7|1|4.0|debit,prepaid|") == Traits(7, True, 4.0, ("debit", "prepaid"))


def test_a_driver_without_an_entry_has_nothing_special() -> None:
    assert Traits.of_entry("") == PLAIN
