"""People are told last: an app that takes no frame keeps nobody else from what comes after a commit."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from rideflow.dispatch.messages import ExpireOffers
from rideflow.operations.offers import DispatchTrip
from rideflow.supply.keys import ZoneKeys
from tests.adapters.dispatch.accepting import offered_one
from tests.adapters.dispatch.places import BORDER, NORTH, SOUTH, driver_standing, off, rider_waits_in, tick
from tests.adapters.dispatch.zone import Zone
from tests.adapters.supply.street import ZONE

type Act = Callable[..., None]


class TimedOut(BaseException):
    """The function's time is over: nothing is done after this."""


@pytest.fixture
def dies(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> Act:
    """Runs a call in a function that dies as soon as somebody is told; everybody was told before it is set up."""

    def push(*_: object, **__: object) -> int:
        raise TimedOut

    def run(call: Callable[..., object], *arguments: object) -> None:
        zone.ticks.take()
        zone.expiries.take()
        for zone_id in (NORTH, SOUTH):
            zone.street.redis.delete(ZoneKeys(zone_id).tick_due)
        with monkeypatch.context() as patched:
            patched.setattr(zone.street.told, "push", push)
            with pytest.raises(TimedOut):
                call(*arguments)

    return run


def ticked(zone: Zone) -> list[str]:
    return [message.zone for message, _ in zone.ticks.take()]


def test_a_tick_has_its_offers_end_and_the_next_tick_before_drivers_are_told(zone: Zone, dies: Act) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()

    dies(zone.tick)

    assert zone.offers(trip) == {driver: "open"}
    assert zone.expiries.take() == [(ExpireOffers(zone=ZONE), timedelta(seconds=15))]
    assert ticked(zone) == [ZONE]
    assert zone.street.free() == []


def test_a_tick_reserves_over_the_border_before_drivers_are_told(zone: Zone, dies: Act) -> None:
    driver = driver_standing(zone.street, off(BORDER, -300))
    trip = rider_waits_in(zone, NORTH, off(BORDER, 200))

    dies(tick, zone.here, NORTH)

    assert zone.offers(trip) == {driver: "open"}
    assert zone.street.redis.zscore(ZoneKeys(SOUTH).reserved, str(driver)) is not None


def test_a_tick_whose_later_decision_fails_has_the_earlier_offers_end_and_tells_of_them(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each decision commits its offers."""
    taken, free, _ = (zone.street.driver_at(metres) for metres in (100, 200, 300))
    trips = [zone.rider_waits(), zone.rider_waits()]
    zone.street.rows("update drivers set online = false where id = %s", taken)
    zone.ticks.take()
    make, made = zone.here.offers.make, list[int]()

    def fails_the_second_time(*arguments: object, **more: object) -> object:
        if made:
            raise ZeroDivisionError
        made.append(1)
        return make(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(type(zone.here.offers), "make", lambda _, *given, **more: fails_the_second_time(*given, **more))
    with pytest.raises(ZeroDivisionError):
        zone.tick()

    (offered,) = [trip for trip in trips if zone.offers(trip) == {free: "open"}]
    assert zone.offered(free) == [offered]
    assert zone.expiries.take() == [(ExpireOffers(zone=ZONE), timedelta(seconds=15))]


def test_an_accept_is_on_the_bus_before_the_rider_is_told(zone: Zone, dies: Act) -> None:
    zone.strategy("joint", offers_per_driver=2)
    driver = zone.street.driver_at(100)
    trips = [zone.rider_waits(), zone.rider_waits()]
    zone.tick()
    zone.tick()
    assert sorted(zone.offered(driver)) == sorted(trips)

    dies(zone.here.offer_responses.accept, driver, trips[0])

    assert [event["type"] for event in zone.street.bus.events] == ["DriverAssigned"]
    assert ticked(zone) == [ZONE]


def test_an_operator_s_offer_has_its_end_before_the_driver_is_told(zone: Zone, dies: Act) -> None:
    driver, trip = zone.street.driver_at(15_000), zone.rider_waits()

    wanted = DispatchTrip(driver_id=driver, reason="nobody else is near")
    dies(zone.here.manual.offer, uuid4(), trip, wanted, str(uuid4()))

    assert zone.expiries.take() == [(ExpireOffers(zone=ZONE), timedelta(seconds=15))]


def test_a_driver_s_leave_asks_for_a_tick_before_anybody_is_told(zone: Zone, dies: Act) -> None:
    driver, trip = offered_one(zone)
    zone.street.rows("update drivers set online = false where id = %s", driver)

    dies(zone.here.requests.driver_left, driver)

    assert zone.offers(trip) == {driver: "withdrawn"}
    assert ticked(zone) == [ZONE]


def test_an_assignment_answers_the_saga_and_frees_the_losers_before_they_are_told(zone: Zone, dies: Act) -> None:
    zone.strategy("broadcast", offers_per_trip=2)
    drivers = [zone.street.driver_at(metres) for metres in (100, 200)]
    trip = zone.rider_waits()
    zone.tick()
    zone.here.offer_responses.accept(drivers[0], trip)
    zone.street.redis.zadd(ZoneKeys(ZONE).reserved, {str(drivers[1]): 4_102_444_800_000})

    dies(zone.here.requests.driver_assigned, trip, drivers[0])

    assert zone.saga == [(f"token-{trip}", "assigned")]
    assert zone.street.redis.zscore(ZoneKeys(ZONE).reserved, str(drivers[1])) is None


def _cancelled(zone: Zone, trip: UUID) -> None:
    zone.here.requests.trip_ended(trip, "cancelled")


def _given_up(zone: Zone, trip: UUID) -> None:
    zone.here.requests.give_up(trip, str(trip))


@pytest.mark.parametrize("end", [_cancelled, _given_up])
def test_a_trip_s_end_frees_its_drivers_before_they_are_told(
    zone: Zone, dies: Act, end: Callable[[Zone, UUID], None]
) -> None:
    driver, trip = offered_one(zone)
    if end is _cancelled:
        zone.here.trips.cancel(zone.request(trip)["rider_id"], trip, None)

    dies(end, zone, trip)

    assert zone.offers(trip) == {driver: "withdrawn"}
    assert len(zone.street.free()) == 1
    assert zone.trip(trip)["state"] == ("cancelled" if end is _cancelled else "no_driver_found")
    assert zone.saga == ([(f"token-{trip}", "cancelled")] if end is _cancelled else [])
