"""A call that waited for a lock decides on what is there after the wait, not on what was there before it.

Each test lets one transaction hold a lock, another call wait for it, the world change, and the transaction commit.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from rideflow.dispatch.errors import DriverHasOfferError
from rideflow.dispatch.frames import OfferWithdrawn
from rideflow.dispatch.model import MadeOffer, Promise, Strategy
from rideflow.dispatch.store import Wait
from rideflow.dispatch.zones import Zones
from rideflow.drivers.api import GoOnline
from rideflow.drivers.service import Driving
from rideflow.drivers.store import PostgresDrivers
from rideflow.kernel.outbox import Outbox
from rideflow.matching.world import Proposal
from rideflow.operations.offers import DispatchTrip
from rideflow.operations.zones import OperatorZones, StrategyView
from tests.adapters.dispatch.dropping_off import DROPOFF, drops_off_soon, waits
from tests.adapters.dispatch.places import off
from tests.adapters.dispatch.zone import PATIENCE, Environment, Zone
from tests.adapters.supply.street import CORNER, ZONE
from tests.keys import with_seals
from tests.waiting import Held, held

pytestmark = pytest.mark.race


@pytest.fixture
def other(zone: Zone) -> Environment:
    """What is done there is committed when `meanwhile` ends."""
    return zone.environment()


@pytest.fixture
def meanwhile(zone: Zone, other: Environment) -> Callable[[], AbstractContextManager[Held]]:
    return partial(held, zone.street.database_url, other.database)


def offered(environment: Environment, trip: UUID, driver: UUID, *, token: int = 2**51, **more: Any) -> list[MadeOffer]:
    """As a tick that has chosen the driver for the trip writes it down."""
    strategy = Strategy(**({"offers_per_driver": 2} | more))
    proposal = Proposal(trip, driver, 100.0, 30.0)
    now, lives = environment.zone.street.now, timedelta(seconds=15)
    return environment.offers.make(ZONE, token, [proposal], strategy, now, lives=lives)


def zones_of(zone: Zone, environment: Environment) -> OperatorZones:
    zones = Zones(environment.database, zone.street.markets, zone.street.clock)
    return OperatorZones(zones, environment.database, zone.street.clock)


def driving(zone: Zone, environment: Environment) -> Driving:
    publish = Outbox(environment.database, zone.street.bus).publish
    return Driving(PostgresDrivers(environment.database, with_seals), publish, zone.street.markets, zone.street.clock)


def back_online(zone: Zone, environment: Environment, driver: UUID) -> None:
    vehicle = driving(zone, environment).get(driver).vehicles[0].id
    driving(zone, environment).go_online(driver, GoOnline(vehicle_id=vehicle, lat=CORNER.lat, lng=CORNER.lng))


def locks_request(holding: Held, trip: UUID) -> None:
    holding.rows("select trip_id from match_requests where trip_id = %s for update", trip)


def live(zone: Zone) -> set[tuple[UUID, UUID]]:
    rows = zone.street.rows("select trip_id, driver_id from offers where state in ('open', 'promised')")
    return {(row["trip_id"], row["driver_id"]) for row in rows}


# The end of a wait.


@pytest.mark.parametrize("end", ["trip_ended", "give_up"])
def test_an_offer_made_while_its_request_waits_to_be_closed_is_taken_back(
    zone: Zone, other: Environment, meanwhile: Any, end: str
) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    close = partial(getattr(zone.here.requests, end), trip, "cancelled" if end == "trip_ended" else None)

    with meanwhile() as tick:
        assert len(offered(other, trip, driver)) == 1
        closing = tick.lets_wait(close)
    closing.result()

    assert zone.offers(trip) == {driver: "withdrawn"}
    assert [frame for frame in zone.street.told.to(driver) if isinstance(frame, OfferWithdrawn)] != []


# An offer is made.


def test_a_tick_that_waited_for_another_ones_fence_counts_the_offers_that_it_made(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    drivers, trip = [zone.street.driver_at(100), zone.street.driver_at(200)], zone.rider_waits()

    with meanwhile() as first:
        assert len(offered(other, trip, drivers[0], token=2**51)) == 1
        second = first.lets_wait(partial(offered, zone.here, trip, drivers[1], token=2**52))

    assert second.result() == []
    assert zone.offers(trip) == {drivers[0]: "open"}


def test_a_tick_that_waited_for_the_fence_asks_nobody_who_has_taken_a_trip_meanwhile(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    driver, taken, trip = zone.street.driver_at(100), zone.rider_waits(), zone.rider_waits()
    offered(zone.here, taken, driver)

    with meanwhile() as fence:
        fence.rows("select from zone_fences for update")
        tick = fence.lets_wait(partial(offered, zone.here, trip, driver))
        assert zone.environment().offer_responses.accept(driver, taken) is True

    assert tick.result() == []
    assert zone.offers(trip) == {}


def test_a_tick_that_waited_for_the_fence_asks_nobody_who_went_offline_meanwhile(zone: Zone, meanwhile: Any) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    zone.street.rows("insert into zone_fences values (%s, 0)", ZONE)

    with meanwhile() as fence:
        fence.rows("select from zone_fences for update")
        tick = fence.lets_wait(partial(offered, zone.here, trip, driver))
        driving(zone, zone.environment()).go_offline(driver)
        zone.environment().requests.driver_left(driver)

    assert tick.result() == []
    assert zone.offers(trip) == {}


def test_a_tick_that_waited_for_the_fence_leaves_a_trip_that_was_promised_meanwhile(zone: Zone, meanwhile: Any) -> None:
    zone.strategy("joint", forward_s=120)
    ahead, _ = drops_off_soon(zone)
    trip = waits(zone, off(DROPOFF, 200))
    zone.tick()
    driver = zone.street.driver_at(100)

    with meanwhile() as fence:
        fence.rows("select from zone_fences for update")
        tick = fence.lets_wait(partial(offered, zone.here, trip, driver, offers_per_trip=2))
        assert isinstance(zone.environment().offer_responses.accept(ahead, trip), Promise)

    assert tick.result() == []
    assert zone.offers(trip) == {ahead: "promised"}


def test_a_tick_waits_for_nobody_who_ends_a_driver_s_lapsed_offer_and_leaves_the_driver_to_the_next(
    zone: Zone, meanwhile: Any
) -> None:
    """An accept, or whatever else ends offers, may want what the tick has locked: they would wait for each other."""
    driver, lapsed = zone.street.driver_at(100), zone.rider_waits()
    offered(zone.here, lapsed, driver)
    zone.street.passes(16)
    trip = zone.rider_waits()
    zone.here.database.execute("set lock_timeout = '2s'", {})  # so that a wait fails the test and does not block it

    with meanwhile() as ending:
        ending.rows("update offers set state = 'withdrawn', ended_at = now() where trip_id = %s", lapsed)
        assert offered(zone.here, trip, driver, offers_per_driver=1) == []

    assert [made.driver_id for made in offered(zone.here, trip, driver, offers_per_driver=1)] == [driver]


def test_a_tick_waits_for_no_operator_who_asks_a_driver_anew(zone: Zone, other: Environment, meanwhile: Any) -> None:
    """The operator waits for the tick's fence; their choice has the driver's room meanwhile."""
    driver, asked, trip = zone.street.driver_at(100), zone.rider_waits(), zone.rider_waits()
    offered(zone.here, asked, driver)
    zone.street.passes(16)
    zone.reports(driver)
    wanted = DispatchTrip(driver_id=driver, reason="asked by phone", ask_again=True)

    with meanwhile() as tick:
        tick.rows("select from zone_fences for update")
        asking = tick.lets_wait(partial(zone.here.manual.offer, uuid4(), asked, wanted, str(uuid4())))
        assert offered(other, trip, driver, offers_per_driver=1) == []
    asking.result()

    assert (zone.offers(asked), zone.offers(trip)) == ({driver: "open"}, {})


# An offer is accepted or declined.


def test_an_accept_that_waited_takes_back_what_its_driver_was_offered_meanwhile(zone: Zone, meanwhile: Any) -> None:
    driver, trip, other_trip = zone.street.driver_at(100), zone.rider_waits(), zone.rider_waits()
    offered(zone.here, trip, driver)

    with meanwhile() as holding:
        locks_request(holding, trip)
        accepting = holding.lets_wait(partial(zone.here.offer_responses.accept, driver, trip))
        assert len(offered(zone.environment(), other_trip, driver)) == 1

    assert accepting.result() is True
    assert live(zone) == set()


def test_an_accept_that_waited_takes_back_what_others_were_offered_meanwhile(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    drivers, trip = [zone.street.driver_at(100), zone.street.driver_at(200)], zone.rider_waits()
    offered(zone.here, trip, drivers[0])

    with meanwhile() as tick:
        assert len(offered(other, trip, drivers[1], offers_per_trip=2)) == 1
        accepting = tick.lets_wait(partial(zone.here.offer_responses.accept, drivers[0], trip))

    assert accepting.result() is True
    assert zone.offers(trip) == {drivers[0]: "accepted", drivers[1]: "withdrawn"}


def test_an_accept_waits_for_the_trip_before_it_locks_the_request(zone: Zone, meanwhile: Any) -> None:
    """As everybody does: whoever holds the trip and wants the request finds it free, so that none waits in a circle."""
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    offered(zone.here, trip, driver)

    with meanwhile() as holding:
        holding.rows("select id from trips where id = %s for no key update", trip)
        accepting = holding.lets_wait(partial(zone.here.offer_responses.accept, driver, trip))
        holding.rows("select trip_id from match_requests where trip_id = %s for update nowait", trip)

    assert accepting.result() is True


def test_an_accept_ahead_locks_both_trips_in_one_order(zone: Zone, meanwhile: Any) -> None:
    """A transaction that holds the first of them can lock the second."""
    zone.strategy("joint", forward_s=120)
    driver, in_hand = drops_off_soon(zone)
    next_trip = waits(zone, off(DROPOFF, 200))
    zone.tick()
    first, second = sorted([in_hand, next_trip])

    with meanwhile() as holding:
        holding.rows("select id from trips where id = %s for no key update", first)
        accepting = holding.lets_wait(partial(zone.here.offer_responses.accept, driver, next_trip))
        holding.rows("select id from trips where id = %s for no key update nowait", second)

    assert isinstance(accepting.result(), Promise)


def test_a_decline_that_waited_declines_what_an_operator_asked_anew_meanwhile(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    offered(zone.here, trip, driver)
    zone.street.passes(16)
    zone.expire()
    zone.reports(driver)

    with meanwhile() as asking:
        wanted = DispatchTrip(driver_id=driver, reason="asked by phone", ask_again=True)
        other.manual.offer(uuid4(), trip, wanted, str(uuid4()))
        declining = asking.lets_wait(partial(zone.here.offer_responses.decline, driver, trip))
    declining.result()

    assert zone.offers(trip) == {driver: "declined"}


def test_the_end_of_other_offers_does_not_wait_for_one_that_is_being_answered(zone: Zone, meanwhile: Any) -> None:
    drivers = [zone.street.driver_at(metres) for metres in (100, 110)]
    answered, over = zone.rider_waits(), zone.rider_waits()
    for trip, driver in zip((answered, over), drivers, strict=True):
        offered(zone.here, trip, driver)
    zone.street.passes(16)
    zone.here.database.execute("set lock_timeout = '2s'", {})  # so that a wait fails the test and does not block it

    with meanwhile() as answering:
        answering.rows("select from offers where trip_id = %s for update", answered)
        zone.expire()
        assert (zone.offers(answered), zone.offers(over)) == ({drivers[0]: "open"}, {drivers[1]: "expired"})

    zone.expire()
    assert zone.offers(answered) == {drivers[0]: "expired"}


# News of an assignment, and of a driver who left.


def test_a_driver_hands_the_trip_back_before_or_after_the_news_of_its_assignment_not_while_it_is_heard(
    zone: Zone, meanwhile: Any
) -> None:
    """The news withdraws what else the driver was offered, which is right for as long as they drive."""
    driver, trip, left_open = zone.street.driver_at(100), zone.rider_waits(), zone.rider_waits()
    offered(zone.here, trip, driver)
    assert zone.here.offer_responses.accept(driver, trip) is True
    zone.street.rows(
        "insert into offers (trip_id, driver_id, zone, slot, state, offered_at, expires_at, pickup_distance_m,"
        " pickup_eta_s) values (%s, %s, %s, 0, 'open', %s, %s, 1, 1)",
        *(left_open, driver, ZONE, zone.street.now, zone.street.now),
    )

    with meanwhile() as holding:
        holding.rows("select from offers where trip_id = %s for update", left_open)
        hearing = holding.lets_wait(partial(zone.here.requests.driver_assigned, trip, driver))
        handing_back = holding.lets_wait(partial(zone.environment().trips.cancel, driver, trip, None))
    hearing.result(), handing_back.result()

    assert zone.offers(left_open) == {driver: "withdrawn"}
    assert zone.trip(trip)["state"] == "matching"


def test_news_of_a_driver_who_left_waits_for_their_coming_back_and_takes_nothing_away(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    offered(zone.here, trip, driver)
    driving(zone, zone.here).go_offline(driver)

    with meanwhile() as coming:
        back_online(zone, other, driver)
        hearing = coming.lets_wait(partial(zone.here.requests.driver_left, driver))
    hearing.result()

    assert zone.offers(trip) == {driver: "open"}


# A request is opened.


def test_of_two_waits_opened_at_once_the_second_answers_for_the_first(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    trip = zone.street.trip("matching")
    until = zone.street.now + PATIENCE

    with meanwhile() as first:
        assert other.offers.open(trip, Wait("first", "token-1", until), zone.street.now) is not None
        second = first.lets_wait(
            partial(zone.here.offers.open, trip, Wait("second", "token-2", until), zone.street.now)
        )

    opened = second.result()
    assert opened is not None
    assert opened.replaced_token == "token-1"


# An operator chooses.


def test_a_driver_whom_an_operator_is_asking_goes_offline_afterwards(zone: Zone, meanwhile: Any) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    wanted = DispatchTrip(driver_id=driver, reason="VIP")

    with meanwhile() as holding:
        locks_request(holding, trip)
        asking = holding.lets_wait(partial(zone.here.manual.offer, uuid4(), trip, wanted, str(uuid4())))
        leaving = holding.lets_wait(partial(driving(zone, zone.environment()).go_offline, driver))
    asking.result(), leaving.result()

    zone.here.requests.driver_left(driver)
    assert zone.offers(trip) == {driver: "withdrawn"}


def test_an_operator_who_waited_for_a_tick_is_told_that_it_asked_the_driver(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    driver, trip = zone.street.driver_at(100), zone.rider_waits()
    wanted = DispatchTrip(driver_id=driver, reason="VIP")

    with meanwhile() as tick:
        offered(other, trip, driver)
        asking = tick.lets_wait(partial(zone.here.manual.offer, uuid4(), trip, wanted, str(uuid4())))

    with pytest.raises(DriverHasOfferError, match="has an offer to answer"):
        asking.result()


def test_of_two_strategies_set_at_once_the_second_is_logged_with_the_first_as_what_was_before(
    zone: Zone, other: Environment, meanwhile: Any
) -> None:
    first, second = StrategyView(strategy="broadcast", offers_per_trip=3), StrategyView(forward_s=60)

    with meanwhile() as setting:
        zones_of(zone, other).set_strategy(uuid4(), ZONE, first)
        waiting = setting.lets_wait(partial(zones_of(zone, zone.here).set_strategy, uuid4(), ZONE, second))
    waiting.result()

    logged = zone.street.rows("select details from operator_actions order by id")
    assert [each["details"]["before"] for each in logged] == [None, first.model_dump()]


def test_who_waits_is_seen_from_a_third_connection(zone: Zone, meanwhile: Any) -> None:
    """A call that does not wait fails the test that says it does."""
    with meanwhile() as holding, pytest.raises(AssertionError, match="did not wait"):
        holding.lets_wait(lambda: psycopg.connect(zone.street.database_url, row_factory=dict_row).close())
