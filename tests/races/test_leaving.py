"""Drivers go offline, or their phones fall silent, while a trip is offered to them."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from rideflow.dispatch.errors import DriverOfflineError, OfferWithdrawnError
from rideflow.dispatch.messages import Tick
from rideflow.drivers.errors import DriverOnTripError
from rideflow.operations.offers import DispatchTrip
from rideflow.supply.errors import DriverNotOnlineError
from rideflow.supply.model import Recorded
from rideflow.trips.model import Trip
from tests.adapters.supply.street import ZONE
from tests.races.arena import Arena
from tests.races.processes import act

pytestmark = pytest.mark.race


def assert_drives_or_left(arena: Arena, driver: UUID, trip: Trip, accepted: Any) -> None:
    """The driver is online with the trip, or offline without it."""
    (card,) = arena.rows("select online from published_drivers where driver_id = %s", driver)
    if accepted is True:
        assert (card["online"], arena.now(trip).driver_id) == (True, driver)
    else:
        assert isinstance(accepted, DriverOfflineError | OfferWithdrawnError)
        assert (card["online"], arena.now(trip).state) == (False, "matching")
        arena.news()
        assert arena.offers(trip.id) == {driver: "withdrawn"}


def test_a_driver_who_goes_offline_while_accepting_drives_or_is_offline(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.asked()

        accepted, left = arena.at_once(
            act("offer_responses.accept", driver, trip.id), act("driving.go_offline", driver)
        )

        assert (accepted is True) == isinstance(left, DriverOnTripError)
        assert_drives_or_left(arena, driver, trip, accepted)
        arena.round_ends(trip)
    arena.raced()


def test_a_heartbeat_lost_while_an_offer_is_open_takes_the_offer_back_or_comes_too_late(
    arena: Arena, rounds: range
) -> None:
    """An operator asked a driver who had been silent for almost a minute; the sweep and its news race the answer."""
    for _ in rounds:
        driver, trip = arena.street.driver_at(100), arena.waits()
        arena.street.passes(55)
        arena.manual.offer(uuid4(), trip.id, DispatchTrip(driver_id=driver, reason="asked by phone"), str(uuid4()))
        arena.street.passes(6)

        accepted, *_ = arena.at_once(
            act("offer_responses.accept", driver, trip.id, within_s=0.06), *[act("lose_silent_drivers")] * 2
        )

        assert_drives_or_left(arena, driver, trip, accepted)
        arena.round_ends(trip)
    arena.raced()


def test_a_phone_that_comes_back_while_its_heartbeat_is_lost_leaves_no_half_a_driver(
    arena: Arena, rounds: range
) -> None:
    for _ in rounds:
        driver, trip = arena.street.driver_at(100), arena.waits()
        arena.street.passes(55)
        arena.manual.offer(uuid4(), trip.id, DispatchTrip(driver_id=driver, reason="asked by phone"), str(uuid4()))
        arena.street.passes(6)

        accepted, *_ = arena.at_once(
            act("offer_responses.accept", driver, trip.id, within_s=0.06),
            act("lose_silent_drivers"),
            act("tracking.record", driver, [arena.street.position(110)], within_s=0.06),
        )

        if accepted is True:
            assert arena.now(trip).driver_id == driver
        else:
            assert_drives_or_left(arena, driver, trip, accepted)
        arena.round_ends(trip)
    arena.raced()


def test_an_offer_made_while_its_driver_goes_offline_is_taken_back(arena: Arena, rounds: range) -> None:
    """The offer is made by a tick or an operator before the event arrives."""
    offered = 0
    for number in rounds:
        driver, trip = arena.street.driver_at(100), arena.waits()
        asks = (
            act("matcher.run", Tick(zone=ZONE))
            if number % 2
            else act("manual.offer", uuid4(), trip.id, DispatchTrip(driver_id=driver, reason="VIP"), str(uuid4()))
        )

        arena.at_once(asks, act("driving.go_offline", driver))
        arena.news()

        offers = set(arena.offers(trip.id).values())
        assert offers <= {"withdrawn"}
        offered += bool(offers)
        assert arena.street.free() == []
        arena.round_ends(trip)
    arena.raced()
    assert len(rounds) < 200 or offered > 0


def test_a_first_position_that_comes_while_its_driver_goes_offline_makes_nobody_free(
    arena: Arena, rounds: range
) -> None:
    for _ in rounds:
        driver = arena.street.driver()

        recorded, _ = arena.at_once(
            act("tracking.record", driver, [arena.street.position(100)], within_s=0.015), act("leave", driver)
        )

        assert isinstance(recorded, Recorded | DriverNotOnlineError)
        arena.round_ends()
    arena.raced()


def test_old_news_of_going_offline_leaves_the_offers_of_a_driver_who_is_back(arena: Arena, rounds: range) -> None:
    for _ in rounds:
        driver, trip = arena.asked()
        vehicle = arena.driving.get(driver).vehicles[0].id
        arena.driving.go_offline(driver)

        *_, accepted = arena.at_once(
            act("go_online", driver, vehicle),
            act("requests.driver_left", driver),
            act("offer_responses.accept", driver, trip.id),
        )
        assert accepted is True or isinstance(accepted, DriverOfflineError | OfferWithdrawnError)
        state = arena.offers(trip.id)[driver]
        arena.requests.driver_left(driver)  # the event once more, after the driver is back

        assert arena.offers(trip.id) == {driver: state}
        assert (state == "accepted") == (arena.now(trip).driver_id == driver)
        arena.round_ends(trip)
    arena.raced()
